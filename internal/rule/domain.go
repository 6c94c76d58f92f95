package rule

import (
	"entgo.io/ent/dialect/sql"
)

// Staff is so for those who work for the platform.
var Staff = user("staff", func(s *scope, _ row, id func(*sql.Builder)) condition { return s.staff(id) })

// Unlocked is so of a classroom's content that the user may open: everything,
// unless the classroom enforces progression; then what comes after no active
// content that they have not completed.
var Unlocked = user("unlocked content", func(s *scope, r row, id func(*sql.Builder)) condition {
	return either(
		not(s.exists("Classroom", func(c row) condition {
			return both(is(c.column("id"), r.column("classroom_id")), isTrue(c.column("enforce_progression")))
		})),
		not(s.exists("ClassroomContent", func(earlier row) condition {
			return both(
				is(earlier.column("classroom_id"), r.column("classroom_id")),
				isTrue(earlier.column("is_active")),
				before(earlier, r),
				not(s.exists("ClassroomContentCompletion", func(done row) condition {
					return both(is(done.column("content_id"), earlier.column("id")), is(done.column("user_id"), id))
				})),
			)
		})),
	)
})

// before is so of content that comes before other content of its classroom.
func before(a, b row) condition {
	return where(func(w *sql.Builder) {
		w.WriteByte('(')
		a.column("order")(w)
		w.WriteString(", ")
		a.column("id")(w)
		w.WriteString(") < (")
		b.column("order")(w)
		w.WriteString(", ")
		b.column("id")(w)
		w.WriteByte(')')
	})
}

// LastInOrder is so of a participant who comes after all others of the wheel.
var LastInOrder = Fact{says: "at the end of the order", on: func(s *scope, r row) condition {
	return not(s.exists("WheelParticipant", func(other row) condition {
		return both(is(other.column("wheel_id"), r.column("wheel_id")), where(func(b *sql.Builder) {
			other.column("order")(b)
			b.WriteString(" >= ")
			r.column("order")(b)
		}))
	}))
}}

// Free is so of a tier that has no price above zero.
var Free = Fact{says: "free", on: func(s *scope, r row) condition {
	return not(s.exists("CommunityGroupPrice", func(price row) condition {
		return both(is(price.column("community_group_id"), r.column("id")), where(func(b *sql.Builder) {
			price.column("amount")(b)
			b.WriteString(" > 0")
		}))
	}))
}}
