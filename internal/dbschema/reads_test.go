package dbschema_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/pgtest"
)

// planner is a database whose planner takes an index wherever one helps, and
// sorts only where nothing else is left, as it would with a million rows.
func planner(t *testing.T) *sql.DB {
	t.Helper()
	db := open(t, "postgres", pgtest.New(t, migrated{}))
	db.SetMaxOpenConns(1)
	run(t, db, `SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET enable_incremental_sort = off`)
	return db
}

func plan(t *testing.T, db *sql.DB, stmt string) string {
	t.Helper()
	return strings.Join(query(t, db, "EXPLAIN (COSTS OFF) "+stmt), "\n")
}

// Lists that grow with what people do are read page by page, each from where the
// one before it ended, without reading what comes before or sorting anything.
func TestPagesOfGrowingListsAreReadInTheOrderOfAnIndex(t *testing.T) {
	db := planner(t)
	for _, list := range []struct {
		table string
		of    string // the column of the row that the list belongs to, "" for one of all
		order []string
	}{
		{"Post", "forum_id", []string{"is_pinned", "created_at", "id"}},
		{"Post", "parent_post_id", []string{"created_at", "id"}},
		{"Message", "conversation_id", []string{"created_at", "id"}},
		{"CommunityMember", "community_id", []string{"joined_at", "id"}},
		{"CommunityView", "community_id", []string{"viewed_at", "id"}},
		{"CommunityFeedback", "community_id", []string{"created_at", "id"}},
		{"PublicFeeds", "community_id", []string{"created_at", "id"}},
		{"PublicFeeds", "parent_feed_id", []string{"created_at", "id"}},
		{"CommunityBlogPost", "community_id", []string{"created_at", "id"}},
		{"CommunityBlogPostReply", "community_blog_post_id", []string{"created_at", "id"}},
		{"PaymentTransaction", "creator_payout_account_id", []string{"created_at", "id"}},
		{"BlogPost", "", []string{"created_at", "id"}},
		{"Community", "", []string{"created_at", "id"}},
	} {
		var values, falling []string
		for _, column := range list.order {
			value := map[string]string{"is_pinned": "true", "id": "7"}[column]
			if value == "" {
				value = "now()"
			}
			values, falling = append(values, value), append(falling, column+" DESC")
		}
		for _, way := range []struct{ sign, order string }{
			{">", strings.Join(list.order, ", ")},
			{"<", strings.Join(falling, ", ")},
		} {
			where := fmt.Sprintf("(%s) %s (%s)", strings.Join(list.order, ", "), way.sign, strings.Join(values, ", "))
			if list.of != "" {
				where = list.of + " = 1 AND " + where
			}
			stmt := fmt.Sprintf(`SELECT * FROM "%s" WHERE %s ORDER BY %s LIMIT 20`, list.table, where, way.order)
			if p := plan(t, db, stmt); strings.Contains(p, "Sort") || !regexp.MustCompile(`Index Cond: .*ROW\(`).MatchString(p) {
				t.Errorf("%s:\n%s", stmt, p)
			}
		}
	}
}

func TestHotReadsHaveAnIndex(t *testing.T) {
	db := planner(t)
	for _, read := range []struct{ stmt, plan string }{
		// A token is found by its beginning, whatever the collation.
		{`SELECT * FROM "User" WHERE verification_token LIKE 'ABCDEFGH%' AND is_active`, `user_verification_token.*\n.*~>=~`},
		{`SELECT * FROM "User" WHERE reset_password_token LIKE 'ABCDEFGH%' AND is_active`, `user_reset_password_token.*\n.*~>=~`},
		{`SELECT * FROM "User" WHERE lower(email) = lower('Ada@example.com')`, `user_email_lower`},
		// The attempts of a user at a quiz.
		{`SELECT count(*) FROM "SimpleQuizSubmission" WHERE quiz_id = 1 AND user_id = 2`, `Only Scan using quizsubmission_quiz_id_user_id`},
		// The bytes that an owner's files take.
		{`SELECT sum(file_size) FROM "StorageUsage" WHERE owner_id = 1`, `Only Scan using storageusage_owner_id_file_size`},
		// The next job, which no other worker takes.
		{`SELECT * FROM "QuizGenerationJob" WHERE status = 'queued' ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`, `using quizgenerationjob_queued`},
		// What is unread.
		{`SELECT count(*) FROM "Message" WHERE conversation_id = 1 AND created_at > now()`, `Only Scan using message_conversation_id_created_at_id`},
		// What a user is and may in a community.
		{`SELECT * FROM "CommunityMember" WHERE user_id = 1 AND community_id = 2`, `communitymember_user_id_community_id`},
		{`SELECT * FROM "CommunityGroupAccess" WHERE user_id = 1 AND community_id = 2`, `communitygroupaccess_user_id_community_id_community_group_id`},
		{`SELECT * FROM "Forum_payment_plans" WHERE forum_id = 1`, `forumgroup_forum_id_communitygroup_id`},
		// What belongs to a row, in its order or few enough to be sorted.
		{`SELECT * FROM "WheelParticipant" WHERE wheel_id = 1 ORDER BY "order"`, `using wheelparticipant_wheel_id_order`},
		{`SELECT * FROM "ClassroomContent" WHERE classroom_id = 1 AND is_active`, `classroomcontent_classroom_id`},
		{`SELECT * FROM "Meeting" WHERE community_id = 1 AND start_datetime > now() ORDER BY start_datetime LIMIT 20`, `using meeting_community_id_start_datetime`},
	} {
		if p := plan(t, db, read.stmt); strings.Contains(p, "Sort") || !regexp.MustCompile(read.plan).MatchString(p) {
			t.Errorf("%s: want %s in\n%s", read.stmt, read.plan, p)
		}
	}
}

// Every index costs each write of its table.
func TestNoIndexIsTheBeginningOfAnother(t *testing.T) {
	for _, pair := range query(t, open(t, "postgres", pgtest.New(t, migrated{})), `
		SELECT format('%s is the beginning of %s', short.indexrelid::regclass, long.indexrelid::regclass)
		FROM pg_index short JOIN pg_index long ON long.indrelid = short.indrelid AND long.indexrelid <> short.indexrelid
		WHERE short.indrelid::regclass::text NOT LIKE 'atlas%'
		  AND NOT short.indisunique AND short.indexprs IS NULL AND long.indexprs IS NULL AND long.indpred IS NULL AND short.indpred IS NULL
		  AND long.indkey::text || ' ' LIKE short.indkey::text || ' %'
		  AND long.indclass::text || ' ' LIKE short.indclass::text || ' %'
		ORDER BY 1`) {
		t.Error(pair)
	}
}
