package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// djangoSchema is a script that makes tables of a schema as Django would: without
// defaults, with foreign keys that are checked at the end of the transaction and
// have no deletion rule, with an index for each, with unique rules as constraints,
// with second indexes for the patterns of unique texts, and with hashes in names.
func djangoSchema(s catalogue.Schema, tables ...string) string {
	var script, keys strings.Builder
	for _, table := range tables {
		own := s.Of(table)
		var parts []string
		for _, o := range own {
			switch o.Kind {
			case catalogue.Column:
				d := parseColumn(o.Def)
				part := quoted(o.Name) + " " + d.typ + d.identity
				if d.notNull {
					part += " NOT NULL"
				}
				parts = append(parts, part)
			case catalogue.PrimaryKey:
				parts = append(parts, o.Def)
			case catalogue.Check:
				parts = append(parts, "CONSTRAINT "+quoted(table+strings.TrimPrefix(o.Name, strings.ToLower(table)))+" "+o.Def)
			case catalogue.ForeignKey:
				def, _, _ := strings.Cut(o.Def, " ON DELETE")
				k := parseKey(def)
				fmt.Fprintf(&keys, "ALTER TABLE %s ADD CONSTRAINT %s %s DEFERRABLE INITIALLY DEFERRED;\n",
					quoted(table), djangoName(table, k.columns, "_fk_"+k.table+"_"+k.refColumns), def)
				fmt.Fprintf(&keys, "CREATE INDEX %s ON %s (%s);\n", djangoName(table, k.columns, ""), quoted(table), k.columns)
			}
		}
		fmt.Fprintf(&script, "CREATE TABLE %s (%s);\n", quoted(table), strings.Join(parts, ", "))
		for _, o := range own.Of(table, catalogue.Index) {
			script.WriteString(djangoIndex(own, o))
		}
	}
	return script.String() + keys.String()
}

var indexed = regexp.MustCompile(`^(UNIQUE )?USING btree \(([^)]*)\)( WHERE .*)?$`)

func djangoIndex(own catalogue.Schema, o catalogue.Object) string {
	p := indexed.FindStringSubmatch(o.Def)
	unique, columns, where := p[1] != "", p[2], p[3]
	sole, _ := own.Get(catalogue.Column, o.Table, columns)
	var sql string
	switch {
	case unique && where == "":
		sql = fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (%s);\n", quoted(o.Table), djangoName(o.Table, columns, "_uniq"), columns)
	case unique:
		sql = fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s (%s)%s;\n", djangoName(o.Table, columns, "_uniq"), quoted(o.Table), columns, where)
	case slices.ContainsFunc(own.Of(o.Table, catalogue.ForeignKey), func(k catalogue.Object) bool { return parseKey(k.Def).columns == columns }):
		// It comes with the key.
	default:
		sql = fmt.Sprintf("CREATE INDEX %s ON %s (%s);\n", djangoName(o.Table, columns, "_idx"), quoted(o.Table), columns)
	}
	if sql != "" && strings.HasPrefix(sole.Def, "character varying") {
		sql += fmt.Sprintf("CREATE INDEX %s ON %s (%s varchar_pattern_ops);\n", djangoName(o.Table, columns, "_like"), quoted(o.Table), columns)
	}
	return sql
}

// djangoName is the quoted name of a constraint or index, with a hash.
func djangoName(table, columns, end string) string {
	end = fmt.Sprintf("_%08x%s", crc32.ChecksumIEEE([]byte(table+columns+end)), end)
	name := table + "_" + strings.NewReplacer(", ", "_", `"`, "").Replace(columns)
	return quoted(name[:min(len(name), 63-min(len(end), 40))] + end[:min(len(end), 40)])
}

// legacyState is a database of the payment-plan era, made from the schema of
// today. It has few rows: [legacyRows] are put into it and into the real one.
type legacyState struct{}

func (legacyState) Key() string {
	script, err := legacyScript()
	return fmt.Sprint("legacy state ", crc32.ChecksumIEEE([]byte(script)), err)
}

func (legacyState) Build(ctx context.Context, db *sql.DB, _ string) error {
	script, err := legacyScript()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, script)
	return err
}

func legacyScript() (string, error) {
	// The first migration is the graph without what is only this module's.
	s, err := catalogue.At("20261123000001")
	if err != nil {
		return "", err
	}
	return djangoSchema(s, s.Tables()...) + beforeToday, nil
}

// beforeToday goes back from today to the payment-plan era.
const beforeToday = `
DROP TABLE "AppSubscriptionTierPrice", "CommunityGroupPrice", "CommunitySocialLink", "CommunityStore", "CommunityTelegram",
	"CreatorPayoutAccount", "PayoutProfile", "StoreDownloadToken", "StoreProduct", "StorePurchase" CASCADE;
ALTER TABLE "PaymentTransaction" DROP COLUMN store_purchase_id, DROP COLUMN creator_payout_account_id, DROP COLUMN billing_country,
	DROP COLUMN payment_gateway, DROP COLUMN paystack_transaction_reference, DROP COLUMN paystack_transfer_reference,
	ALTER COLUMN stripe_payment_intent_id SET NOT NULL;
ALTER TABLE "AppSubscription" DROP COLUMN billing_country, DROP COLUMN payment_gateway, DROP COLUMN paystack_customer_code,
	DROP COLUMN paystack_subscription_code, DROP COLUMN paystack_transaction_reference;
ALTER TABLE "CommunityMemberSubscription" DROP COLUMN billing_country, DROP COLUMN payment_gateway, DROP COLUMN paystack_customer_code,
	DROP COLUMN paystack_subscription_code, DROP COLUMN paystack_transaction_reference;
ALTER TABLE "Classroom" DROP COLUMN published_at;
ALTER TABLE "AppSubscriptionTier" ADD COLUMN price numeric(10,2) NOT NULL;
ALTER TABLE "AppSubscriptionTier" RENAME COLUMN max_free_community_groups TO max_free_payment_plans;
ALTER TABLE "AppSubscriptionTier" RENAME COLUMN max_paid_community_groups TO max_paid_payment_plans;
ALTER TABLE "SimpleQuizSubmission" DROP COLUMN community_id, DROP COLUMN quiz_title_snapshot, DROP COLUMN quiz_id_at_submit,
	ALTER COLUMN quiz_id SET NOT NULL;
ALTER TABLE "SimpleQuiz_payment_plans" RENAME COLUMN simplequiz_id TO quiz_id;
ALTER TABLE "SimpleQuiz" RENAME TO "Quiz";
ALTER TABLE "SimpleQuizSubmission" RENAME TO "QuizSubmission";
ALTER TABLE "SimpleQuiz_payment_plans" RENAME TO "Quiz_payment_plans";
ALTER TABLE "CommunityGroup" DROP COLUMN is_monthly, DROP COLUMN is_yearly, DROP COLUMN is_lifetime,
	ADD COLUMN fee numeric(10,2) NOT NULL, ADD COLUMN is_recurring boolean NOT NULL, ADD COLUMN is_free boolean NOT NULL;
ALTER TABLE "CommunityGroupAccess" RENAME COLUMN community_group_id TO payment_plan_id;
ALTER TABLE "CommunityMemberSubscription" RENAME COLUMN community_group_id TO payment_plan_id;
ALTER TABLE "Classroom_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "Forum_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "Meeting_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "MeetingSeries_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "Poll_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "Quiz_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "Resource_payment_plans" RENAME COLUMN communitygroup_id TO paymentplan_id;
ALTER TABLE "CommunityGroup" RENAME TO "PaymentPlan";
ALTER TABLE "CommunityGroupAccess" RENAME TO "UserPaymentPlan";
` + replaceKey + `
SELECT pg_temp.replace_key('UserPaymentPlan', 'user_id, community_id, payment_plan_id', 'user_id, community_id');
SELECT pg_temp.replace_key('CommunityMemberSubscription', 'user_id, community_id, payment_plan_id', 'user_id, community_id');
`

// replaceKey makes a function for the session that puts a unique constraint in the
// place of another, which it knows by its columns.
const replaceKey = `
CREATE OR REPLACE FUNCTION pg_temp.replace_key(tbl text, before text, after text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE key text;
BEGIN
	SELECT conname INTO STRICT key FROM pg_catalog.pg_constraint
	WHERE conrelid = format('public.%I', tbl)::regclass AND pg_catalog.pg_get_constraintdef(oid) = 'UNIQUE (' || before || ')';
	EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT %I', tbl, key);
	EXECUTE format('ALTER TABLE public.%I ADD CONSTRAINT %I UNIQUE (%s)', tbl, tbl || '_' || md5(after) || '_uniq', after);
END $$;
`
