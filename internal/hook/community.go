package hook

import (
	"context"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// FreeTier is the name of the free tier that every community begins with.
const FreeTier = "hobby plan"

// townHall is the name of the forum that every community begins with.
const townHall = "town_hall"

// CommunityDefaults makes the rows that every community begins with: its free
// tier, its forum, its Telegram settings and its store. The user who makes the
// community, if the context's viewer is one, becomes its owner, with access to the
// free tier.
func CommunityDefaults() ent.Hook {
	const some = 100 // communities whose rows are made by one statement
	return created(every, func(ctx context.Context, m ent.Mutation, communities []*orm.Change) error {
		v, _ := viewer.FromContext(ctx)
		for part := range slices.Chunk(communities, some) {
			var rows []*orm.NewRow
			for _, c := range part {
				rows = append(rows, beginnings(c, v)...)
			}
			if err := orm.Make(ctx, m, rows...); err != nil {
				return err
			}
		}
		return nil
	})
}

// beginnings are the rows that a community made by a viewer begins with. They are
// as old as the community.
func beginnings(c *orm.Change, v viewer.Viewer) []*orm.NewRow {
	type values = map[string]any
	community, at := c.ID(), c.New("created_at")
	tier := &orm.NewRow{Entity: "CommunityGroup", Values: values{
		"community_id": community, "name": FreeTier, "description": "Default free tier for the community",
		"created_at": at, "updated_at": at,
	}}
	rows := []*orm.NewRow{
		tier,
		{Entity: "Forum", Values: values{
			"community_id": community, "name": townHall, "description": "Town Hall discussion forum for the community",
			"created_at": at, "updated_at": at,
		}},
		{Entity: "CommunityTelegram", Values: values{"community_id": community, "created_at": at, "updated_at": at}},
		{Entity: "CommunityStore", Values: values{"community_id": community, "created_at": at, "updated_at": at}},
	}
	if user, ok := v.UserID(); ok {
		rows = append(rows,
			&orm.NewRow{Entity: "CommunityMember", Values: values{
				"community_id": community, "user_id": user, "role": "owner", "joined_at": at,
			}},
			&orm.NewRow{Entity: "CommunityGroupAccess", Values: values{
				"community_id": community, "community_group_id": tier, "user_id": user, "subscribed_at": at,
			}},
		)
	}
	return rows
}

// TownHallStays keeps the forum that every community begins with: it is neither
// renamed nor deleted by itself. Other than through the client it goes with its
// community.
func TownHallStays() ent.Hook {
	r := rule("Forum", "forum_town_hall_stays")
	gone := func(c *orm.Change, deleted bool) bool {
		return c.Old("name") == townHall && (deleted || c.Differs("name"))
	}
	return changing(updates|deletions, r.Fields, func(_ context.Context, m ent.Mutation, rows []*orm.Change) error {
		for _, c := range rows {
			if gone(c, m.Op().Is(deletions)) {
				return orm.Refuse(c, r)
			}
		}
		return nil
	})
}

// CountReports adds new abuse reports to their communities' flag_count.
func CountReports() ent.Hook {
	return creating(every, func(ctx context.Context, m ent.Mutation, reports []*orm.Change) error {
		var about []int64 // once for each report
		for _, c := range reports {
			if id, ok := orm.NewValue[int64](c, "community_id"); ok {
				about = append(about, id)
			}
		}
		communities := idsIn(reports, "community_id")
		if len(communities) > 1 {
			// One after the other in the order of their ids, as all writers do.
			if err := orm.LockRows(ctx, m, "Community", communities); err != nil {
				return err
			}
		}
		up := orm.SQL(m).Update("Community").Where(orm.AnyOf("id", communities))
		up.Set("flag_count", sql.ExprFunc(func(b *sql.Builder) {
			b.Ident("flag_count").WriteString(" + (SELECT count(*) FROM ")
			orm.Each(b, about)
			b.WriteString(" WHERE list.value = ").Ident("Community").WriteByte('.').Ident("id").WriteByte(')')
		}))
		_, err := orm.Exec(ctx, m, up)
		return err
	})
}
