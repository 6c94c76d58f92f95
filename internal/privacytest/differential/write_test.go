package differential

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	entgo "entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A writing is one update or deletion. By the rules it does what the system would
// do to the rows that the rules let the person write, other rules than those of
// privacy included.
type writing struct {
	*comparison
	typ    *orm.Type
	change *change // nil for a deletion
	value  any     // that the change gives, in Go; nil for NULL
}

// write tries one random update or deletion, of many rows and of one.
func (c *comparison) write(typ *orm.Type, p person, who viewer.Viewer) {
	cond, seen := c.subject(typ, p)
	w := c.writing(typ)
	defer c.say("%s writes %s (%v) where %s", who, typ.Name, w.change, cond.says)
	var allowed []row
	for _, r := range seen {
		if w.may(p, r) {
			allowed = append(allowed, r)
			c.sum.changed[typ.Name]++
		}
	}
	got, want := w.try(viewer.NewContext(c.t.Context(), who), "", nil, cond.where), w.try(conformance.System(c.t), "", idsOf(allowed), nil)
	if got != want {
		c.t.Errorf("many: got %s, want %s, of the rows %v", got, want, idsOf(allowed))
	}
	w.one(p, who)
}

// touch tries one random update or deletion of one row.
func (c *comparison) touch(typ *orm.Type, p person, who viewer.Viewer) {
	w := c.writing(typ)
	defer c.say("%s writes one %s (%v)", who, typ.Name, w.change)
	w.one(p, who)
}

// one tries the writing on one row, more often one that the person sees.
func (w *writing) one(p person, who viewer.Viewer) {
	system := conformance.System(w.t)
	rows, seen := w.rows[w.typ.Name], p.view(w.typ.Name)
	if len(rows) == 0 {
		return
	}
	if own := p.about(seen); len(own) > 0 && w.IntN(3) == 0 {
		rows = own
	} else if len(seen) > 0 && w.IntN(4) > 0 {
		rows = seen
	}
	n := rows[w.IntN(len(rows))]
	var want string
	switch visible := slices.Contains(idsOf(seen), n.id()); {
	case visible && w.may(p, n):
		want = w.try(system, "One", []int64{n.id()}, nil)
		w.sum.changed[w.typ.Name]++
	case visible:
		want = string(apierror.Forbidden)
		w.sum.refused++
	default:
		want = string(apierror.NotFound)
		w.sum.refused++
	}
	got := w.try(viewer.NewContext(w.t.Context(), who), "One", []int64{n.id()}, nil)
	if got == string(apierror.InvalidValue) {
		want = w.try(system, "One", []int64{n.id()}, nil) // a value is looked at before it is asked who writes it
	}
	if got != want {
		w.t.Errorf("one: got %s, want %s, of the row %d", got, want, n.id())
	}
}

// about are the rows that refer to the person.
func (p person) about(rows []row) (own []row) {
	for _, r := range rows {
		for _, v := range r {
			if v == p.id {
				own = append(own, r)
				break
			}
		}
	}
	return own
}

// writing draws an update, or else a deletion.
func (c *comparison) writing(typ *orm.Type) *writing {
	c.sum.writes++
	w := &writing{comparison: c, typ: typ}
	if c.IntN(3) > 0 {
		w.draw()
	}
	return w
}

// intricate are entities of which it depends on the row, the column or the value who
// may write, and the columns that it depends on. They are tried more often.
var intricate = map[string][]string{
	"User": {"username", "is_staff", "email"}, "Community": {"is_active", "flag_count", "name"}, "Post": {"message", "allow_replies", "is_pinned"},
	"CommunityMember":  {"role", "role", "approved_at", "approved_by_id", "is_blocked", "blocked_at", "blocked_by_id", "points"},
	"WheelParticipant": {"preference_message", "order", "approval_status", "approved_at", "approved_by_id"},
	"WheelHandoff":     {"note", "status", "acknowledged_at", "acknowledged_by_id"}, "WheelHandoffAttachment": {"file_url"},
	"Message": {"content", "is_read"}, "ConversationParticipant": {"is_muted", "last_read_at"}, "PollVote": {"option_id"}, "Wheel": {"status", "title"},
	"CommunityBlogPost": {"title", "writer_id"}, "CommunityTelegram": {"token", "platform_link_code", "private_is_enabled"},
	"CreatorPayoutAccount": {"label", "is_primary", "status"}, "Forum": {"name"}, "StoreProduct": {"name", "file_url"}, "PublicFeed": {"message"},
	"PostAttachment": {"file_url"}, "UserProfile": {"bio"}, "PublicFeedsAttachment": {"file_url"},
}

// may is what the rules say of a row.
func (w *writing) may(p person, r row) bool {
	r = w.get(r["id"]) // as it is, not as the person sees it
	if w.change == nil {
		return p.mayDelete(w.typ.Name, r)
	}
	return p.mayUpdate(w.typ.Name, r, *w.change) && w.reaches(p)
}

// draw draws what an update sets: a column to what another row has in it. Where
// there is nothing to set it leaves a deletion.
func (w *writing) draw() {
	rows := w.rows[w.typ.Name]
	if len(rows) == 0 {
		return
	}
	from := rows[w.IntN(len(rows))]
	n := w.loaded(w.typ)[from.id()]
	update := w.builder(w.client, "Update")
	columns := slices.Clone(w.typ.Columns)
	w.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	if ruled := intricate[w.typ.Name]; ruled != nil && w.IntN(4) > 0 {
		columns = slices.Insert(columns, 0, ruled[w.IntN(len(ruled))])
	}
	for _, column := range columns {
		name, v := field(w.typ, n, column)
		if !update.MethodByName("Set" + name).IsValid() {
			continue // it never changes
		}
		w.change = &change{column, from[column]}
		if from[column] != nil {
			w.value = reflect.Indirect(v).Interface()
		}
		return
	}
}

// reaches reports whether the person sees the row that a change refers to.
func (w *writing) reaches(p person) bool {
	for _, e := range w.typ.Edges {
		if e.Key == w.change.column && w.change.to != nil {
			return slices.Contains(idsOf(p.view(e.To)), w.change.to.(int64))
		}
	}
	return true
}

func (w *writing) builder(c *ent.Client, method string) reflect.Value {
	return reflect.ValueOf(c).Elem().FieldByName(w.typ.Name).MethodByName(method).Call(nil)[0]
}

// try writes the rows with the ids, or those that a predicate selects, and says how
// that ended, down to what the entity's rows hold then. It is undone.
func (w *writing) try(ctx context.Context, one string, ids []int64, where func(*sql.Selector)) string {
	w.t.Helper()
	tx, err := w.client.Tx(conformance.System(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(); err != nil {
			w.t.Error(err)
		}
	}()
	op, run := "Delete", "Exec"
	if w.change != nil {
		op, run = "Update", "Save"
	}
	var b reflect.Value
	if one != "" {
		b = reflect.ValueOf(tx.Client()).Elem().FieldByName(w.typ.Name).MethodByName(op + "OneID").Call(values(ids[0]))[0]
	} else {
		if where == nil {
			in := make([]any, len(ids))
			for i, id := range ids {
				in[i] = id
			}
			where = sql.FieldIn("id", in...)
		}
		b = w.builder(tx.Client(), op)
		with(b, "Where", where)
	}
	if w.change != nil {
		m := b.MethodByName("Mutation").Call(nil)[0].Interface().(entgo.Mutation)
		if w.value == nil {
			err = m.ClearField(w.change.column)
		} else {
			err = m.SetField(w.change.column, w.value)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	out := b.MethodByName(run).Call(values(ctx))
	if err := errorOf(out); err != nil {
		var known *apierror.Error
		if errors.As(err, &known) {
			return string(known.Code)
		}
		if ent.IsNotFound(err) {
			return string(apierror.NotFound)
		}
		return err.Error()
	}
	n := any("")
	if one == "" {
		n = out[0].Interface()
	}
	return fmt.Sprint(n, " changed, ", w.contents(tx.Client()))
}

// contents are the ids of all rows and, after an update, what the column holds.
func (w *writing) contents(c *ent.Client) (all []string) {
	q := query(c, w.typ.Name)
	with(q, "Order", func(s *sql.Selector) { s.OrderBy(s.C("id")) })
	rows := reflect.ValueOf(result(w.t, q, "All", conformance.System(w.t)))
	for i := range rows.Len() {
		n := rows.Index(i).Elem()
		text := fmt.Sprint(n.FieldByName("ID").Int())
		if w.change != nil {
			_, v := field(w.typ, n, w.change.column)
			text += fmt.Sprint("=", reflect.Indirect(v))
		}
		all = append(all, text)
	}
	return all
}
