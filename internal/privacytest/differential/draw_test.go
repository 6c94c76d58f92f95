package differential

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// many is how many rows of an entity are tried to be made, where it isn't two.
var many = map[string]int{
	"User": 7, "UserRole": 3, "UserProfile": 7, "Community": 2, "CommunityMember": 30, "CommunityGroup": 4, "CommunityGroupAccess": 16,
	"Classroom": 3, "ClassroomContent": 10, "ClassroomContentCompletion": 8, "Forum": 4, "Post": 5, "PostLike": 4, "Message": 4,
	"ConversationParticipant": 6, "Poll": 3, "PollOption": 5, "PollVote": 6, "Meeting": 4, "MeetingAttendee": 4, "MeetingSeries": 3,
	"MeetingSeriesAttendee": 3, "Wheel": 4, "WheelParticipant": 12, "WheelHandoff": 5, "WheelHandoffAttachment": 3, "StoreProduct": 4, "StorePurchase": 6,
	"PaymentTransaction": 9, "CommunityMemberSubscription": 3, "CommunityStore": 3, "StoreDownloadToken": 1,
	"ClassroomGroup": 1, "ForumGroup": 3, "QuizGroup": 1, "PollGroup": 2, "MeetingGroup": 2, "MeetingSeriesGroup": 1, "ResourceGroup": 1,
	"ClassroomAttachment": 3, "QuizSubmission": 4,
	"CommunityBlogPostReply": 3, "CommunityFeedback": 3, "CommunityMemberBadge": 3, "Quiz": 3, "Resource": 3, "ResourceContent": 4,
}

// choices are the values that a column is given, where who may do what depends on
// it or it is private.
var choices = map[string][]any{
	"CommunityMember.role": {"owner", "co_owner", "moderator", "moderator", "contributor", "contributor",
		"member", "member", "member", "member", "member", "applicant"},
	"CommunityMember.is_blocked":          {int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(1)},
	"User.is_active":                      {int64(1), int64(1), int64(1), int64(1), int64(1), int64(0)},
	"User.is_staff":                       {int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(1)},
	"Community.is_active":                 {int64(1), int64(1), int64(0)},
	"CommunityGroupAccess.expires_at":     {nil, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2901, 1, 1, 0, 0, 0, 0, time.UTC)},
	"Classroom.is_published":              {int64(1), int64(1), int64(1), int64(0)},
	"Wheel.status":                        {"draft", "open_for_join", "in_progress", "completed", "cancelled"},
	"WheelParticipant.approval_status":    {"approved", "approved", "pending", "rejected"},
	"WheelHandoff.status":                 {"pending", "action_done", "acknowledged"},
	"StorePurchase.status":                {"pending", "completed", "completed", "refunded"},
	"CommunityMember.blocked_at":          {nil, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
	"User.last_login":                     {nil, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
	"UserProfile.gender":                  {nil, "male", "female"},
	"UserProfile.phone_number":            {nil, "+2348000001", "+2348000002"},
	"CommunityGroupAccess.is_active":      {int64(1), int64(1), int64(1), int64(0)},
	"Classroom.enforce_progression":       {int64(1), int64(1), int64(0)},
	"ClassroomContent.is_active":          {int64(1), int64(1), int64(0)},
	"Community.flag_count":                {int64(0), int64(1), int64(2)},
	"User.email_change_code":              {nil, "000001", "000002"},
	"WheelParticipant.preference_message": {nil, "first", "last"},
	"ClassroomContent.order":              {int64(1), int64(2), int64(3)},
}

// own are columns that no two rows of the entity have the same text in.
var own = map[string][]string{
	"User": {"email", "username"}, "Role": {"name"}, "Tag": {"name", "slug"}, "Community": {"alias"}, "BlogPost": {"slug"},
	"CommunityBlogPost": {"slug"}, "Classroom": {"name"}, "CommunityGroup": {"name"}, "CommunityBadgeDefinition": {"code"},
	"Resource": {"name"}, "BadgeDefinition": {"code"}, "StorePurchase": {"buyer_email"}, "QuizGenerationJob": {"job_id"},
}

// A drawing is a graph in the making.
type drawing struct {
	*rand.Rand
	*graph
	types     map[string]*orm.Type
	templates map[string]row
	ids       int64
	taken     map[string]bool
}

// draw draws a graph: rows like the templates, with random keys and rights.
func draw(r *rand.Rand, types map[string]*orm.Type, templates map[string]row) *graph {
	d := &drawing{r, &graph{map[string][]row{}, map[int64]row{}, map[int64]string{}, time.Now()}, types, templates, 1_000_000, map[string]bool{}}
	for _, entity := range entities {
		n := many[entity]
		if n == 0 {
			n = 2
		}
		for range n {
			d.add(entity)
		}
	}
	return d.graph
}

// add makes a row, unless it would break a rule of the database.
func (d *drawing) add(entity string) {
	typ := d.types[entity]
	r := row{}
	for c, v := range d.templates[entity] {
		r[c] = v
	}
	d.ids++
	r["id"] = d.ids
	for _, c := range typ.Columns {
		switch values := choices[entity+"."+c]; {
		case values != nil:
			r[c] = values[d.IntN(len(values))]
		case isBool(typ, c):
			r[c] = int64(d.IntN(2))
		case slices.Contains(own[entity], c):
			r[c] = fmt.Sprintf("n%d", d.ids)
		case slices.Contains(private[entity], c) && nullable(entity, c) && orm.GoType(typ, c).Kind() == reflect.String:
			r[c] = []any{nil, "https://example.com/1", "https://example.com/2"}[d.IntN(3)]
		}
	}
	for _, key := range tables[typ.Table].ForeignKeys {
		if len(key.Columns) > 1 {
			continue
		}
		column := key.Columns[0]
		all := d.rows[byTable[key.RefTable.Name]]
		r[column.Name] = nil
		if len(all) > 0 && (!column.Nullable || d.IntN(4) != 0) {
			r[column.Name] = all[d.IntN(len(all))]["id"]
		}
		if r[column.Name] == nil && !column.Nullable {
			return
		}
	}
	if d.fit(entity, r) && d.unique(typ, r) {
		d.rows[entity] = append(d.rows[entity], r)
		d.byID[d.ids], d.of[d.ids] = r, entity
	}
}

// unique reports whether no other row has what only one may have.
func (d *drawing) unique(typ *orm.Type, r row) bool {
	var keys []string
	for _, index := range tables[typ.Table].Indexes {
		if !index.Unique || index.Annotation != nil && index.Annotation.Where != "" {
			continue
		}
		key := index.Name
		for _, c := range index.Columns {
			if r[c.Name] == nil {
				key = ""
				break
			}
			key += fmt.Sprintf("|%v", r[c.Name])
		}
		if key != "" {
			keys = append(keys, key)
		}
	}
	for _, c := range tables[typ.Table].Columns {
		if c.Unique && r[c.Name] != nil {
			keys = append(keys, fmt.Sprintf("%s.%s|%v", typ.Table, c.Name, r[c.Name]))
		}
	}
	if slices.ContainsFunc(keys, func(k string) bool { return d.taken[k] }) {
		return false
	}
	for _, k := range keys {
		d.taken[k] = true
	}
	return true
}

// pick is a random row of the entity with the values, nil if there is none.
func (d *drawing) pick(entity string, such row) row {
	var all []row
	for _, r := range d.rows[entity] {
		if r.has(such) {
			all = append(all, r)
		}
	}
	if all == nil {
		return nil
	}
	return all[d.IntN(len(all))]
}

// put makes a column refer to a random row with the values, and reports whether
// there is one.
func (d *drawing) put(r row, column, entity string, such row) bool {
	found := d.pick(entity, such)
	r[column] = nil
	if found != nil {
		r[column] = found["id"]
	}
	return found != nil
}

// fit makes the columns of a row agree with each other and with those of the rows
// that it refers to, as the database and the platform's rules want it.
func (d *drawing) fit(entity string, r row) bool {
	in := func(column string) any { return d.get(r[column])["community_id"] }
	switch entity {
	case "Role":
		r["is_admin_role"] = number(len(d.rows[entity]) == 0)
	case "CommunityMember":
		return r["role"] != "owner" || !d.any(entity, row{"role": "owner", "community_id": r["community_id"]})
	case "CommunityGroup":
		r["is_monthly"], r["is_yearly"], r["is_lifetime"] = int64(0), int64(0), int64(0)
	case "CommunityGroupAccess", "CommunityMemberSubscription":
		r["community_id"] = in("community_group_id")
	case "CommunityMemberBadge":
		return d.put(r, "community_member_id", "CommunityMember", row{"community_id": in("community_badge_id")})
	case "Forum":
		r["name"] = []any{"town_hall", fmt.Sprintf("n%d", r.id())}[d.IntN(2)]
	case "ClassroomGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("classroom_id")})
	case "ForumGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("forum_id")})
	case "ResourceGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("resource_id")})
	case "QuizGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("simplequiz_id")})
	case "PollGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("poll_id")})
	case "MeetingGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("meeting_id")})
	case "MeetingSeriesGroup":
		return d.put(r, "communitygroup_id", "CommunityGroup", row{"community_id": in("meetingseries_id")})
	case "Post":
		if r["parent_post_id"] = nil; d.IntN(3) == 0 {
			d.put(r, "parent_post_id", "Post", row{"forum_id": r["forum_id"]})
		}
	case "PublicFeed":
		if r["parent_feed_id"] = nil; d.IntN(3) == 0 {
			d.put(r, "parent_feed_id", "PublicFeed", row{"community_id": r["community_id"]})
		}
	case "PollVote":
		return d.put(r, "option_id", "PollOption", row{"poll_id": r["poll_id"]})
	case "Quiz":
		r["has_attempt_limit"] = int64(0)
	case "QuizSubmission":
		if r["quiz_id"] != nil {
			r["community_id"] = in("quiz_id")
		}
	case "Meeting":
		r["series_sequence"] = nil
		if r["series_id"] != nil && d.put(r, "series_id", "MeetingSeries", row{"community_id": r["community_id"]}) {
			r["series_sequence"] = r.id() - 1_000_000
		}
	case "WheelParticipant":
		r["order"] = r.id() - 1_000_000
	case "WheelHandoff":
		wheel := row{"wheel_id": r["wheel_id"]}
		d.put(r, "from_participant_id", "WheelParticipant", wheel)
		d.put(r, "to_participant_id", "WheelParticipant", wheel)
		return r["from_participant_id"] != r["to_participant_id"]
	case "CreatorPayoutAccount":
		r["is_primary"] = int64(0)
	case "AppSubscriptionTier":
		r["tier_name"] = []any{"free_hobby", "hobby"}[d.IntN(2)]
	case "PaymentTransaction":
		of := []string{"app_subscription", "community_member_subscription", "store_purchase"}
		for i, keep := 0, d.IntN(len(of)); i < len(of); i++ {
			if i != keep {
				r[of[i]+"_id"] = nil
			} else {
				r["transaction_type"] = of[i]
			}
		}
		r["status"], r["platform_fee"], r["owner_amount"] = "pending", int64(0), int64(0)
		r["transferred_to_owner"], r["transferred_at"], r["stripe_payment_intent_id"], r["paystack_transaction_reference"] = int64(0), nil, nil, nil
	}
	return true
}
