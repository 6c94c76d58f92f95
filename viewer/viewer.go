// Package viewer says for whom something is done: the context of every operation
// carries a [Viewer].
//
//	ctx = viewer.NewContext(ctx, viewer.User(id))
//	community, err := client.Community.Create().SetName("Gardeners").Save(ctx)
//
// makes the user the owner of the new community. What a user is to a community is
// looked up in the database each time, never taken from the context.
package viewer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent"
)

// Viewer is somebody who asks: nobody in particular, a user, or the platform
// itself. The zero value is the anonymous viewer.
type Viewer struct {
	userID int64
	reason string
}

// Anonymous is somebody who has not signed in.
func Anonymous() Viewer { return Viewer{} }

// User is the signed-in user with the id, which is above zero.
func User(id int64) Viewer {
	if id <= 0 {
		panic(fmt.Sprintf("viewer: %d is no id of a user", id))
	}
	return Viewer{userID: id}
}

// System is the platform itself, acting for the reason, which is for logs and
// must not be empty: "expire subscriptions".
func System(reason string) Viewer {
	if reason == "" {
		panic("viewer: the system acts without a reason")
	}
	return Viewer{reason: reason}
}

// UserID is the id of the user; false for every other viewer.
func (v Viewer) UserID() (id int64, ok bool) { return v.userID, v.userID != 0 }

// Reason is why the system acts; false for every other viewer.
func (v Viewer) Reason() (reason string, ok bool) { return v.reason, v.reason != "" }

// String names the viewer for logs.
func (v Viewer) String() string {
	switch {
	case v.userID != 0:
		return fmt.Sprintf("user %d", v.userID)
	case v.reason != "":
		return "system: " + v.reason
	}
	return "anonymous"
}

type key struct{}

// NewContext returns a context that carries the viewer.
func NewContext(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, key{}, v)
}

// ErrNoViewer is returned by every operation whose context carries no viewer.
var ErrNoViewer = errors.New("viewer: the context carries no viewer: use viewer.NewContext")

// Required returns the viewer that the context carries, or [ErrNoViewer].
func Required(ctx context.Context) (Viewer, error) {
	v, ok := FromContext(ctx)
	if !ok {
		return Viewer{}, ErrNoViewer
	}
	return v, nil
}

// FromContext returns the viewer that the context carries; false if it carries
// none.
func FromContext(ctx context.Context) (v Viewer, ok bool) {
	v, ok = ctx.Value(key{}).(Viewer)
	return v, ok
}

// Withheld reports whether a private column of a row was kept from the viewer whom
// the row was read or updated for: its field is then the zero value, whatever the
// column holds.
//
//	if viewer.Withheld(u, user.FieldEmail) {
//		… // not: has no e-mail address
//	}
//
// An update withholds a private column unless the viewer sees it in every row. From
// the row that a creation gives back, which has what its caller set, nothing is
// withheld. Statements that select, group or aggregate columns tell nothing of it:
// to them the column is NULL, which Scan takes into a pointer of a struct.
func Withheld(row interface {
	Value(string) (ent.Value, error)
}, column string) bool {
	names, err := row.Value("withheld")
	if err != nil {
		return false // not read for a viewer from whom anything of it is private
	}
	return strings.Contains(fmt.Sprint(",", names), ","+column+",")
}
