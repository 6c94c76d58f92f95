// Package rule is the algebra of the module's privacy: facts about a row and a
// viewer, put together into the policy of an entity, which is one condition of
// every statement that reads or writes its rows.
//
// A policy stands in the schema of its entity and reads as a sentence:
//
//	func (Poll) Policy() ent.Policy {
//		return &rule.Policy{
//			Read:   rule.AnyOf(rule.Gate("community_id", "Poll_payment_plans", "poll_id"), rule.Moderator("community_id")),
//			Create: rule.For(rule.Moderator("community_id")),
//			Update: rule.For(rule.Moderator("community_id")),
//			Delete: rule.Moderator("community_id"),
//		}
//	}
//
// Beside what a policy says, three things always hold. The system does everything.
// Staff read everything that isn't confidential, and write where a person may.
// A user whose account is not active is treated as somebody who isn't signed in.
package rule

import (
	"fmt"
	"slices"
	"sync"

	"entgo.io/ent/dialect/sql"
)

// A Policy says who may do what with the rows of an entity.
type Policy struct {
	// Within holds for whatever else is said of the rows, save for staff: that their
	// community is active, or one of the viewer's own. It is left out for what belongs
	// to no community.
	Within Fact
	// Read is who sees a row. Who doesn't see it can't tell it from one that isn't
	// there.
	Read Fact
	// Create is who makes a row, and which columns they set.
	Create Rights
	// Update is who changes a row, and which of its columns.
	Update Rights
	// Delete is who deletes a row.
	Delete Fact
	// Private is who sees the columns that not everybody sees who sees the row.
	Private []Private
	// Blind are foreign keys that may be set to rows which the viewer doesn't see,
	// because Create says of them what has to hold.
	Blind []string
	// Confidential rows are not for staff.
	Confidential bool

	views sync.Map // by viewOf, each a view
}

// Private are columns that are NULL for all but those whom the fact is so for.
type Private struct {
	Who     Fact
	Columns []string
}

// Rights are who may write what of a row.
type Rights []Right

// A Right is given to those whom the fact is so for: to write the columns, or all
// of them where it names none. Columns of an exclusive right are for those alone
// who have an exclusive right that names them.
type Right struct {
	Who       Fact
	Sets      []string
	Exclusive bool
}

// For gives the right to write the columns, or all.
func For(who Fact, columns ...string) Rights { return Rights{}.And(who, columns...) }

// And gives one more right.
func (rs Rights) And(who Fact, columns ...string) Rights {
	return append(rs[:len(rs):len(rs)], Right{who, columns, false})
}

// Only takes columns from everybody else.
func (rs Rights) Only(who Fact, columns ...string) Rights {
	return append(rs[:len(rs):len(rs)], Right{who, columns, true})
}

// any is who has any of the rights.
func (rs Rights) any() Fact {
	var who []Fact
	for _, r := range rs {
		who = append(who, r.Who)
	}
	return AnyOf(who...)
}

// toSet are the rights that let somebody write the column: which of them all.
func (rs Rights) toSet(column string) (which []int) {
	var usual []int
	for i, r := range rs {
		switch named := slices.Contains(r.Sets, column); {
		case named && r.Exclusive:
			which = append(which, i)
		case named || len(r.Sets) == 0:
			usual = append(usual, i)
		}
	}
	if which != nil {
		return which
	}
	return usual
}

// inside is the fact, where the row is within what its community shows.
func (p *Policy) inside(f Fact) Fact {
	if f.within || p.Within.on == nil {
		return f
	}
	return Fact{on: func(s *scope, r row) condition {
		if s.within[r.name] {
			return f.on(s, r)
		}
		within := p.Within.on(s, r)
		defer s.enter(p.Within.places(s, r))()
		return both(within, f.on(s, r))
	}}
}

// visible is who sees a row.
func (p *Policy) visible() Fact { return p.inside(p.Read) }

// write is the condition under which the viewer may write a row, the columns
// included. Columns that the same rights are for are asked about once.
func (p *Policy) write(s *scope, r row, rights Rights, columns []string) condition {
	conditions := []condition{p.entitled(s, r, rights.any())}
	asked := make(map[string]bool)
	for _, c := range columns {
		which := rights.toSet(c)
		key := fmt.Sprint(which)
		if asked[key] || len(which) == len(rights) {
			continue
		}
		asked[key] = true
		var by Rights
		for _, i := range which {
			by = append(by, rights[i])
		}
		conditions = append(conditions, p.entitled(s, r, by.any()))
	}
	return both(conditions...)
}

// granted is the condition under which a fact is so for the viewer or the viewer
// is one of the staff.
func (p *Policy) granted(s *scope, r row, f Fact) condition {
	return p.decided(s, r, f, func(Fact) condition { return always })
}

// grantedBeside is granted, where the row is seen in any case. That says of users
// already that their account is active, and the row within what its community
// shows to them, or that they are staff; unless everybody sees the row.
func (p *Policy) grantedBeside(s *scope, r row, f Fact) condition {
	id, signedIn := s.viewer.UserID()
	open := s.anybody(func(s *scope) condition { return p.visible().on(s, r) })
	if !signedIn || !open.known || open.holds {
		return p.granted(s, r, f)
	}
	defer s.enter(p.Within.places(s, r))()
	own := f.on(s, r)
	if p.Confidential || own.known {
		return own
	}
	return either(own, s.staff(value(id)))
}

// entitled is granted, for what is written: staff do it where a person may, and
// what has to be so of the row has to be for them too.
func (p *Policy) entitled(s *scope, r row, f Fact) condition {
	return p.decided(s, r, f, func(f Fact) condition {
		s.asPerson = true
		defer func() { s.asPerson = false }()
		return f.on(s, r)
	})
}

// decided is the condition under which a fact is so for the viewer, or for staff
// what they need of it.
func (p *Policy) decided(s *scope, r row, f Fact, needed func(Fact) condition) condition {
	if _, system := s.viewer.Reason(); system {
		return always
	}
	f = p.inside(f)
	open := s.anybody(func(s *scope) condition { return f.on(s, r) })
	id, signedIn := s.viewer.UserID()
	if !signedIn || open.known && open.holds {
		return open
	}
	own := f.ofUsers().on(s, r)
	if own.known && !own.holds {
		return open // staff don't do what is the system's
	}
	if !p.Confidential {
		if need := needed(f); need.known {
			own = own.orElse(both(s.staff(value(id)), need))
		} else {
			own = either(own, both(s.staff(value(id)), need))
		}
	}
	// What holds for everybody comes last: where a user sees more it is seldom asked.
	return either(both(s.active(value(id)), own), open)
}

// active is so of a user whose account is active.
func (s *scope) active(id func(*sql.Builder)) condition {
	return s.exists("User", func(u row) condition {
		return both(is(u.column("id"), id), isTrue(u.column("is_active")))
	})
}

// staff is so of a user who works for the platform.
func (s *scope) staff(id func(*sql.Builder)) condition {
	return either(
		s.exists("User", func(u row) condition {
			return both(is(u.column("id"), id), isTrue(u.column("is_staff")))
		}),
		s.exists("User_roles", func(ur row) condition {
			return both(is(ur.column("user_id"), id), s.exists("Roles", func(role row) condition {
				return both(is(role.column("id"), ur.column("role_id")), isTrue(role.column("is_admin_role")))
			}))
		}),
	)
}
