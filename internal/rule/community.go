package rule

import (
	"entgo.io/ent/dialect/sql"
)

// What somebody can be in a community, from the bottom up. A blocked person and an
// applicant are nothing.
var (
	contributors = []string{"contributor", "moderator", "co_owner", "owner"}
	members      = append([]string{"member"}, contributors...)
	moderators   = []string{"moderator", "co_owner", "owner"}
	managers     = []string{"co_owner", "owner"}
	owners       = []string{"owner"}
)

// Member is so for members, and all above, of the community in the column.
func Member(column string) Fact { return ranked("member", column, members) }

// Contributor is so for contributors and all above.
func Contributor(column string) Fact { return ranked("contributor+", column, contributors) }

// Moderator is so for moderators, co-owners and the owner.
func Moderator(column string) Fact { return ranked("moderator+", column, moderators) }

// Manager is so for co-owners and the owner.
func Manager(column string) Fact { return ranked("manager", column, managers) }

// Owner is so for the owner.
func Owner(column string) Fact { return ranked("owner", column, owners) }

func ranked(says, column string, roles []string) Fact {
	return user(says, func(s *scope, r row, id func(*sql.Builder)) condition {
		return rank(s, r.column(column), id, roles)
	})
}

func rank(s *scope, community, id func(*sql.Builder), roles []string) condition {
	key := keyed("CommunityMember", id, community)
	m := s.alias(key)
	return s.lookup(lookup{key: key, such: literal(m.column("role"), roles...)}, "CommunityMember", both(
		is(m.column("user_id"), id),
		is(m.column("community_id"), community),
		not(isTrue(m.column("is_blocked"))),
	))
}

// Active is so where the community in the column is active. Everything that
// belongs to an inactive community is for its managers.
func Active(column string) Fact {
	manager := Manager("id")
	return Fact{says: "active community", on: func(s *scope, r row) condition {
		return s.parent("Community", r, column, func(c row) condition {
			return either(isTrue(c.column("is_active")), manager.on(s, c))
		})
	}}
}

// Gate is so for members whom one of the tiers lets in that open the row: those
// linked to it by rows of the table, whose column holds the row's id. A row that
// no tier is linked to is open to every member.
func Gate(community, table, column string) Fact {
	linked := func(s *scope, r row, such func(link row) condition) condition {
		return s.exists(table, func(link row) condition {
			return both(is(link.column(column), r.column("id")), such(link)).rowByRow(s.dialect)
		})
	}
	return AllOf(Member(community), user("gate", func(s *scope, r row, id func(*sql.Builder)) condition {
		return either(
			not(linked(s, r, func(row) condition { return always })),
			linked(s, r, func(link row) condition {
				return s.exists("CommunityGroupAccess", func(a row) condition {
					return both(
						is(a.column("user_id"), id),
						is(a.column("community_id"), r.column(community)),
						is(a.column("community_group_id"), link.column("communitygroup_id")),
						isTrue(a.column("is_active")),
						either(null(a.column("expires_at")), later(a.column("expires_at"), s.now)),
					)
				})
			}),
		)
	})).Called("member with gate")
}
