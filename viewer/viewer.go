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
	"fmt"
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

// FromContext returns the viewer that the context carries; false if it carries
// none.
func FromContext(ctx context.Context) (v Viewer, ok bool) {
	v, ok = ctx.Value(key{}).(Viewer)
	return v, ok
}
