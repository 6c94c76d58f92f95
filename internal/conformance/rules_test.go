package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	entfield "entgo.io/ent/schema/field"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/ent/schema/schematype"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/invariant"
)

// good are the values, by column, that a row needs for a rule to be about it.
var good = map[string]map[string]any{
	"communitymember_one_owner":                         {"role": "owner"},
	"creatorpayoutaccount_user_id_payment_gateway":      {"is_primary": true},
	"storepurchase_product_id_buyer_email_completed":    {"status": "completed"},
	"storepurchase_buyer_email_normalized":              {"status": "pending"},
	"paymenttransaction_paystack_transaction_reference": {"currency": "NGN"},
	"paymenttransaction_app_subscription_is_not_shared": {"transaction_type": "app_subscription"},
	"meeting_series_id_series_sequence":                 {"series_id": "MeetingSeries"}, // a new one
	"meeting_series_of_community":                       {"series_id": "MeetingSeries"},
	"meeting_series_sequence_check":                     {"series_id": "MeetingSeries"},
	"meeting_series_sequence_from_one":                  {"series_id": "MeetingSeries"},
	"simplequiz_no_limit_of_zero":                       {"max_attempts": 0},
	"user_username":                                     {"username": "?"}, // any
}

// bad are the values, by column, that make a good row break a rule. Rules that
// are not here are broken by a value that their name tells, or by another row.
var bad = map[string]map[string]any{
	"communitygroup_one_cadence":                        {"is_monthly": true, "is_yearly": true},
	"communityfeedback_rating_range":                    {"rating": 6},
	"simplequiz_no_limit_of_zero":                       {"has_attempt_limit": true},
	"simplequizsubmission_score_range":                  {"score": "100.01"},
	"meeting_ends_after_start":                          {"end_datetime": time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
	"meeting_series_sequence_from_one":                  {"series_sequence": 0},
	"meetingseries_interval_from_one":                   {"interval": 0},
	"meetingseries_occurrence_count_from_one":           {"recurrence_end_type": "after_count", "occurrence_count": 0},
	"meetingseries_occurrence_count_check":              {"recurrence_end_type": "after_count", "occurrence_count": -1},
	"meetingseries_weekly_days_iso":                     {"recurrence_frequency": "weekly", "weekly_days": schematype.Weekdays{8}},
	"meetingseries_weekly_days_with_weekly":             {"recurrence_frequency": "weekly", "weekly_days": schematype.Weekdays{}},
	"meetingseries_end":                                 {"recurrence_end_type": "on_date"},
	"paymenttransaction_total_amount_not_negative":      {"total_amount": "-0.01", "status": "pending"},
	"wheelparticipant_wheel_id_user_id":                 {"order": 7}, // beside those of another row
	"paymenttransaction_subject":                        {"store_purchase_id": 1},
	"paymenttransaction_shares":                         {"platform_fee": "0", "owner_amount": "0.01"},
	"paymenttransaction_app_subscription_is_not_shared": {"platform_fee": "0.1"},
	"storepurchase_buyer_email_normalized":              {"buyer_email": "Buyer@Example.com"},
	"storageusage_file_size_not_negative":               {"file_size": -1},
	"wheelparticipant_order_from_one":                   {"order": 0},
	"user_email_not_empty":                              {"email": ""},
}

// cured are the ways to write by which a hook makes the bad row a good one.
var cured = map[string][]string{
	"simplequiz_no_limit_of_zero":          {"create", "create bulk"},
	"storepurchase_buyer_email_normalized": {"create", "create bulk", "update one", "update many"},
}

// An offence is a row, and the values by which it breaks a rule.
type offence struct {
	entity *entity
	row    any
	values map[string]any // by column
	not    []string       // ways to write that do not break the rule, such as "update one"
}

// A judge makes offences against rules.
type judge struct {
	Database
	factory *factory.Factory
	byTable map[string]*entity
}

func newJudge(t *testing.T, d Database) judge {
	t.Helper()
	j := judge{d, factory.New(d.Client), map[string]*entity{}}
	all := entities(t, d.Client)
	for i := range all {
		j.byTable[all[i].table.Name] = &all[i]
	}
	if d.Dialect == dialect.SQLite {
		d.DB.SetMaxOpenConns(1)
		if _, err := d.DB.ExecContext(System(t), "PRAGMA foreign_keys = on"); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func (j judge) make(t *testing.T, e *entity, values map[string]any) any {
	t.Helper()
	row, err := e.make(System(t), j.factory, func(create reflect.Value) {
		for column, v := range values {
			f := e.field(column)
			if text, ok := v.(string); ok && j.byTable[text] != nil {
				v = idOf(j.make(t, j.byTable[text], nil))
			} else if v == "?" {
				v = fmt.Sprintf("any-%d", j.Client.User.Query().CountX(System(t)))
			}
			set(create, f.name, f.parse(t, v))
		}
	})
	if err != nil {
		t.Fatalf("%s: a good row: %v", e.name, err)
	}
	return row
}

// column is the value of a row's column; nil for NULL.
func (e *entity) column(row any, name string) any {
	v := reflect.ValueOf(e.contents(row)[e.field(name).name])
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	return v.Interface()
}

// offend makes an offence against a rule.
func (j judge) offend(t *testing.T, r *invariant.Rule) offence {
	t.Helper()
	e := j.byTable[r.Table]
	o := offence{entity: e, row: j.make(t, e, good[r.Name]), values: map[string]any{}}
	first := r.Fields[0]
	sameAs := func(columns []string) {
		other := j.make(t, e, good[r.Name])
		for _, c := range columns {
			o.values[c] = e.column(other, c)
		}
		for c, v := range bad[r.Name] {
			o.values[c] = v
		}
	}
	switch kept := r.Kept.(type) {
	case invariant.Key:
		o.values[first] = idOf(j.make(t, j.byTable[kept.RefTable], nil))
		return o
	case invariant.Unique:
		if sameAs(kept.Columns); len(kept.Columns) == 0 {
			sameAs(r.Fields)
			o.values[first] = strings.ToUpper(o.values[first].(string))
		}
		return o
	case invariant.Graph:
		if kept.Unique {
			sameAs(r.Fields)
			return o
		}
	}
	switch {
	case bad[r.Name] != nil:
		o.values = bad[r.Name]
	case r.Name == "wheelhandoff_not_to_self":
		o.values[first] = e.column(o.row, "from_participant_id")
	case strings.HasSuffix(r.Name, "_not_negative"):
		o.values[first] = "-0.01"
	case strings.HasSuffix(r.Name, "_check"):
		o.values[first] = -1
	case strings.HasSuffix(r.Name, "_currency_code"):
		o.values[first] = "usd"
	case strings.HasSuffix(r.Name, "_country_code"):
		o.values[first] = "n1"
	case strings.HasSuffix(r.Name, "_format"):
		o.values[first] = "not a handle"
	default:
		t.Fatalf("%s: how is it broken?", r.Name)
	}
	return o
}

// commit commits the offence by plain SQL.
func (o offence) commit(ctx context.Context, d Database) error {
	var sets []string
	var args []any
	for column, v := range o.values {
		switch w := v.(type) {
		case schematype.Weekdays:
			text, _ := json.Marshal(w)
			v = string(text)
		case time.Time:
			v = w.UTC().Format("2006-01-02 15:04:05-07:00")
		case decimal.Decimal:
			v = w.String()
		}
		args = append(args, v)
		sets = append(sets, fmt.Sprintf(`"%s" = $%d`, column, len(args)))
	}
	_, err := d.DB.ExecContext(ctx, fmt.Sprintf(`UPDATE "%s" SET %s WHERE id = %d`, o.entity.table.Name, strings.Join(sets, ", "), idOf(o.row)), args...)
	return err
}

// writes are the ways to commit the offence through the client. A column that
// never changes can't be updated; who tries is told that at compile time.
func (o offence) writes(ctx context.Context, t *testing.T, d Database) map[string]func() error {
	t.Helper()
	offend := func(builder reflect.Value) reflect.Value {
		for column, v := range o.values {
			f := o.entity.field(column)
			set(builder, f.name, f.parse(t, v))
		}
		return builder
	}
	exec := func(builder reflect.Value) error { return errorOf(builder.MethodByName("Exec").Call(values(ctx))) }
	another := func() reflect.Value {
		// A row like it, which has its place.
		if _, err := d.DB.ExecContext(ctx, fmt.Sprintf(`DELETE FROM "%s" WHERE id = %d`, o.entity.table.Name, idOf(o.row))); err != nil {
			t.Fatal(err)
		}
		return offend(o.entity.createLike(o.row))
	}
	ways := map[string]func() error{
		"3 create":      func() error { return exec(another()) },
		"4 create bulk": func() error { return exec(o.entity.call("CreateBulk", another().Interface())[0]) },
	}
	update := o.entity.call("Update")[0]
	for column := range o.values {
		if !update.MethodByName("Set" + o.entity.field(column).name).IsValid() {
			return ways
		}
	}
	ways["1 update one"] = func() error { return exec(offend(o.entity.call("UpdateOne", o.row)[0])) }
	ways["2 update many"] = func() error {
		where := update.MethodByName("Where")
		this := reflect.ValueOf(func(s *sql.Selector) { s.Where(sql.EQ(s.C("id"), idOf(o.row))) })
		where.Call([]reflect.Value{this.Convert(where.Type().In(0).Elem())})
		return exec(offend(update))
	}
	return ways
}

// names tells whether a driver's error names the constraint of a rule, as far as
// the database names it.
func names(err error, name string, r *invariant.Rule) bool {
	var pg *pq.Error
	if errors.As(err, &pg) {
		return pg.Constraint == name
	}
	if r != nil {
		columns := r.Fields
		switch kept := r.Kept.(type) {
		case invariant.Key:
			return strings.Contains(err.Error(), "FOREIGN KEY constraint failed")
		case invariant.Unique:
			columns = kept.Columns
		}
		if text := strings.Join(columns, ", "+r.Table+"."); len(columns) > 0 && strings.Contains(err.Error(), "UNIQUE constraint failed: "+r.Table+"."+text) {
			return true
		}
	}
	return strings.Contains(err.Error(), name)
}

func TestEveryRuleOfTheDatabaseIsKept(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, j := System(t), newJudge(t, d)
		for _, r := range invariant.All() {
			if !r.InDatabase() {
				continue
			}
			o := j.offend(t, r)
			if err := o.commit(ctx, d); err == nil || !names(err, r.Name, r) {
				t.Errorf("%s: plain SQL that breaks it with %v: %v", r.Name, o.values, err)
				continue
			}
			want := r.Broken(o.entity.name)
			ways := o.writes(ctx, t, d)
			for _, way := range slices.Sorted(maps.Keys(ways)) {
				err := ways[way]()
				if slices.Contains(cured[r.Name], way[2:]) {
					if err != nil {
						t.Errorf("%s, %s: %v", r.Name, way, err)
					}
					continue
				}
				var got *apierror.Error
				if !errors.As(err, &got) || !errors.Is(err, r.Code) || got.Code != want.Code || got.Entity != want.Entity || !slices.Contains(r.Fields, got.Field) {
					t.Errorf("%s, %s: %v (%#v), want %#v", r.Name, way, err, got, want)
					continue
				}
				if cbent.IsConstraintError(err) && *got != *want {
					t.Errorf("%s, %s: the constraint is told as %#v, want %#v", r.Name, way, got, want)
				}
				if !cbent.IsConstraintError(err) && !cbent.IsValidationError(err) {
					t.Errorf("%s, %s: %T is no error that ent's users know", r.Name, way, err)
				}
			}
		}
	})
}

func TestEveryChoiceOfTheDatabaseIsKept(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		j := newJudge(t, d)
		n := 0
		for _, e := range entities(t, d.Client) {
			var row any
			for _, f := range e.fields {
				if f.column.Type != entfield.TypeEnum {
					continue
				}
				if n++; row == nil {
					row = j.make(t, &e, nil)
				}
				name := strings.ToLower(e.table.Name) + "_" + f.column.Name + "_choice"
				o := offence{entity: &e, row: row, values: map[string]any{f.column.Name: "neither"}}
				if name == "paymenttransaction_transaction_type_choice" {
					o.values["community_member_subscription_id"] = nil // which the type has to fit
				}
				if err := o.commit(System(t), d); err == nil || !names(err, name, nil) {
					t.Errorf("%s.%s: a value that it can't have: %v", e.name, f.name, err)
				}
			}
		}
		if n < 20 {
			t.Errorf("%d columns with choices", n)
		}
	})
}

// What is refused by a constraint that no rule stands for has a code all the same.
func TestReferencesAreTold(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, c := System(t), d.Client
		f := factory.New(c)
		subscription := factory.Must(ctx, t, f.AppSubscription)
		community := factory.Must(ctx, t, f.Community)
		for what, tt := range map[string]struct {
			err  error
			want apierror.Error
		}{
			"a parent that isn't there": {
				c.Forum.Create().SetName("f").SetCommunityID(404).Exec(ctx),
				apierror.Error{Code: apierror.InvalidReference, Entity: "Forum", Field: "community_id"},
			},
			"one of two in bulk": {
				c.Forum.CreateBulk(c.Forum.Create().SetName("f").SetCommunity(community), c.Forum.Create().SetName("g").SetCommunityID(404)).Exec(ctx),
				apierror.Error{Code: apierror.InvalidReference, Entity: "Forum", Field: "community_id"},
			},
			"a tier with subscriptions": {
				c.AppSubscriptionTier.DeleteOneID(subscription.TierID).Exec(ctx),
				apierror.Error{Code: apierror.InUse, Entity: "AppSubscriptionTier"},
			},
			"a row that isn't there": {
				c.Forum.DeleteOneID(404).Exec(ctx),
				apierror.Error{Code: apierror.NotFound, Entity: "Forum"},
			},
			"a value that is missing": {
				c.Forum.Create().SetCommunity(community).Exec(ctx),
				apierror.Error{Code: apierror.MissingValue, Entity: "Forum", Field: "name"},
			},
			"a link twice": {
				func() error {
					link := factory.Must(ctx, t, f.PollGroup)
					return c.PollGroup.Create().SetPollID(link.PollID).SetCommunityGroupID(link.CommunityGroupID).Exec(ctx)
				}(),
				apierror.Error{Code: apierror.AlreadyExists, Entity: "PollGroup", Field: "poll_id"},
			},
		} {
			if got := apierror.From(tt.err); got == nil || *got != tt.want {
				t.Errorf("%s: %v, want %#v", what, tt.err, tt.want)
			}
		}
	})
}

// Every constraint of the migrated database is one that the rules name, one that
// keeps choices, or a plain one whose kind has a code.
func TestEveryConstraintHasACode(t *testing.T) {
	d := Postgres(t)
	ctx := System(t)
	found := map[string]bool{}
	for _, text := range texts(ctx, t, d.DB, `
		SELECT c.relname || '|' || n.conname || '|' || n.contype::text || array_length(n.conkey, 1)
		FROM pg_constraint n JOIN pg_class c ON c.oid = n.conrelid WHERE n.connamespace = 'public'::regnamespace AND n.contype <> 'p'
		UNION ALL
		SELECT c.relname || '|' || i.relname || '|' || 'u' || x.indnatts
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
		WHERE x.indisunique AND NOT x.indisprimary AND c.relnamespace = 'public'::regnamespace`) {
		parts := strings.Split(text, "|")
		found[parts[0]+"."+parts[1]] = true
		if invariant.Named(parts[0], parts[1]) != nil || strings.HasSuffix(parts[1], "_choice") {
			continue
		}
		if kind := parts[2]; kind != "f1" && kind[:1] != "u" {
			t.Errorf("%s of %s has no rule: add one to package invariant", parts[1], parts[0])
		}
	}
	columns := texts(ctx, t, d.DB, `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'`)
	codes, once := apierror.Codes(), map[string]bool{}
	for _, r := range invariant.All() {
		if r.InDatabase() && !found[r.Table+"."+r.Name] {
			t.Errorf("%s: the database has no such constraint of %s", r.Name, r.Table)
		}
		if !slices.Contains(codes, r.Code) {
			t.Errorf("%s: the catalogue has no code %q", r.Name, r.Code)
		}
		if once[r.Name] {
			t.Errorf("%s stands for two rules", r.Name)
		}
		once[r.Name] = true
		for _, c := range r.Fields {
			if !slices.Contains(columns, r.Table+"."+c) {
				t.Errorf("%s: there is no column %s.%s", r.Name, r.Table, c)
			}
		}
		if r.Says == "" || r.Reason == "" || len(r.Fields) == 0 {
			t.Errorf("%s lacks words or fields", r.Name)
		}
	}
}
