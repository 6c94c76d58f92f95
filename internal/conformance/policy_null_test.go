package conformance

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/internal/rule"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// mayBeNull are the columns without a value in some rows by which policies compare
// people or find other rows, and what a NULL means there: nobody, or nothing, of whom
// the fact could be so. No Not turns that around.
var mayBeNull = []string{
	"BlogPost.writer_id",          // the account is gone
	"CommunityBlogPost.writer_id", // the account is gone
	"CommunityLeaveReason.user_id",
	"CommunityView.user_id", // viewed by somebody who wasn't signed in
	"PaymentTransaction.app_subscription_id",
	"PaymentTransaction.community_member_subscription_id",
	"PaymentTransaction.creator_payout_account_id", // the payment uses none
	"PaymentTransaction.store_purchase_id",
	"PublicFeeds.parent_feed_id",   // no reply: for moderators alone
	"SimpleQuizSubmission.quiz_id", // the quiz is gone; new ones have one
	"StorePurchase.buyer_user_id",  // bought without an account
}

// A policy that asks for another row by a column which may be NULL says so.
func TestPoliciesFollowColumnsThatHaveAValue(t *testing.T) {
	nullable := map[string]bool{}
	for _, table := range migrate.Tables {
		for _, c := range table.Columns {
			nullable[table.Name+"."+c.Name] = c.Nullable
		}
	}
	var (
		from  = regexp.MustCompile(`FROM "(\w+)" AS "(v\d+)"`)
		equal = regexp.MustCompile(`"(\w+)"\."(\w+)" = (?:"(\w+)"\."(\w+)"|\$\d+)`)
		found = map[string]bool{}
		n     int
	)
	for _, typ := range orm.Types() {
		for _, p := range orm.Policies(typ) {
			for _, condition := range p.(*rule.Policy).Conditions(viewer.User(1), dialect.Postgres, typ.Table) {
				b := sql.Dialect(dialect.Postgres)
				text, _ := b.Select("id").From(b.Table(typ.Table)).Where(condition).Query()
				tables := map[string]string{typ.Table: typ.Table}
				for _, m := range from.FindAllStringSubmatch(text, -1) {
					tables[m[2]] = m[1]
				}
				for _, m := range equal.FindAllStringSubmatch(text, -1) {
					for _, side := range [][2]string{{m[1], m[2]}, {m[3], m[4]}} {
						if side[0] == "" {
							continue
						}
						n++
						column := tables[side[0]] + "." + side[1]
						if _, known := nullable[column]; !known {
							t.Errorf("%s: %s is no column", typ.Name, column)
						}
						if nullable[column] {
							found[column] = true
						}
					}
				}
			}
		}
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, mayBeNull) {
		t.Errorf("policies follow %q, which may be NULL; known are %q", got, mayBeNull)
	}
	if n < 1000 {
		t.Errorf("only %d comparisons were found", n)
	}
}
