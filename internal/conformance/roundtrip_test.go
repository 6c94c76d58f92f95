package conformance

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/communitybuilder/communitybuilder/apierror"
	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
)

// alternatives are the ways to fill a row whose columns can't all have any value
// at once: fixed values by column, nil for NULL.
var alternatives = map[string][]map[string]any{
	// Without a limit that other rows would feel.
	"AppSubscriptionTier": {{"storage_limit_gb": math.MaxInt32}},
	// A cadence needs a price.
	"CommunityGroup":  {{"is_monthly": false, "is_yearly": false, "is_lifetime": false}},
	"CommunityMember": {{"is_blocked": true}},
	"User":            {{"verification_token": nil}, {"reset_password_token": nil}},
	// Countries are written in upper case.
	"UserAddress":                 {{"billing_country": "GH"}},
	"AppSubscription":             {{"billing_country": "GH"}},
	"CommunityMemberSubscription": {{"billing_country": "GH"}},
	"StorePurchase":               {{"billing_country": "GH"}},
	"MeetingSeries": {
		{"time_zone": "America/Argentina/ComodRivadavia", "recurrence_frequency": "weekly", "recurrence_end_type": "on_date", "occurrence_count": nil},
		{"time_zone": "UTC", "recurrence_frequency": "yearly", "weekly_days": nil, "recurrence_end_type": "after_count", "recurrence_end_date": nil},
	},
	"PaymentTransaction": {
		{"transaction_type": "app_subscription", "community_member_subscription_id": nil, "store_purchase_id": nil, "creator_payout_account_id": nil,
			"platform_fee": "0", "owner_amount": "0", "transferred_to_owner": false, "transferred_at": nil, "billing_country": "GH"},
		{"transaction_type": "community_member_subscription", "app_subscription_id": nil, "store_purchase_id": nil,
			"total_amount": "99999999.99", "platform_fee": "0.01", "owner_amount": "99999999.98", "billing_country": "GH"},
		{"transaction_type": "store_purchase", "app_subscription_id": nil, "community_member_subscription_id": nil,
			"total_amount": "99999999.99", "platform_fee": "99999999.98", "owner_amount": "0.01", "billing_country": "GH"},
	},
	"QuizSubmission": {{"quiz_id_at_submit": nil}}, // follows the quiz
	"Wheel": {
		{"status": "open_for_join", "started_at": nil},
		{"status": "in_progress", "max_members": 2},
	},
	"WheelHandoff": {
		{"status": "action_done", "acknowledged_by_id": nil, "acknowledged_at": nil},
		{"status": "acknowledged", "acknowledged_by_id": nil},
	},
	"WheelParticipant": {
		{"round_received_at": nil},
		{"order": 1, "approval_status": "approved"},
	},
}

// A filler makes rows of an entity with every field set.
type filler struct {
	entity  *entity
	byTable map[string]*entity
	factory *factory.Factory
	extreme extreme
	way     int            // which of the alternatives
	fixed   map[string]any // what it fixes
	tried   map[string]int // candidates that were refused, by column
	chosen  map[string]any // what the last attempt set, by field
}

// fill makes a row. A value that a rule refuses, of the client or of the database,
// is replaced by the next.
func (f *filler) fill(ctx context.Context, t *testing.T) any {
	t.Helper()
	for {
		row, err := f.entity.make(ctx, f.factory, func(create reflect.Value) { f.override(ctx, t, create) })
		var refused *apierror.Error
		switch {
		case err == nil:
			return row
		case errors.As(err, &refused) && f.tried[refused.Field] < 10:
			f.tried[refused.Field]++
		default:
			t.Fatalf("%s, %s values: %v", f.entity.name, f.extreme, err)
		}
	}
}

// override sets every field but the keys that the factory has to choose.
func (f *filler) override(ctx context.Context, t *testing.T, create reflect.Value) {
	t.Helper()
	f.chosen = map[string]any{}
	for _, field := range f.entity.fields {
		fixed, isFixed := f.fixed[field.column.Name]
		switch {
		case isFixed && fixed == nil:
			continue
		case isFixed:
			f.chosen[field.name] = field.parse(t, fixed)
		case field.refers != "" && !field.column.Nullable:
			continue
		case field.refers != "":
			parent, err := f.byTable[field.refers].make(ctx, f.factory, func(reflect.Value) {})
			if err != nil {
				t.Fatalf("%s.%s: making a %s: %v", f.entity.name, field.name, field.refers, err)
			}
			f.chosen[field.name] = idOf(parent)
		default:
			candidates, n := field.candidates(t, f.extreme, f.way), f.tried[field.column.Name]
			if n >= len(candidates) {
				t.Fatalf("%s.%s refuses every value that is known: add one to candidates", f.entity.name, field.name)
			}
			f.chosen[field.name] = candidates[n]
		}
		set(create, field.name, f.chosen[field.name])
	}
}

// fullRows makes the rows of an entity that have every field set.
func fullRows(ctx context.Context, t *testing.T, e *entity, byTable map[string]*entity, f *factory.Factory, made func(fill *filler, row any)) {
	t.Helper()
	ways := alternatives[e.name]
	if ways == nil {
		ways = []map[string]any{nil}
	}
	for _, x := range []extreme{largest, smallest} {
		for way, fixed := range ways {
			fill := &filler{entity: e, byTable: byTable, factory: f, extreme: x, way: way, fixed: fixed, tried: map[string]int{}}
			made(fill, fill.fill(ctx, t))
		}
	}
}

// askedTogether are columns of which a row needs one or another, though each may
// be NULL.
var askedTogether = map[string]bool{"community_member_subscription_id": true}

// noted are columns that may be NULL, and that every new row has all the same: a
// rule asks for them or fills them.
var noted = map[string][]string{
	"ClassroomContent": {"activated_at"},
	"QuizSubmission":   {"quiz_id", "quiz_id_at_submit"},
}

// minimalRow makes a row that has what is asked for and nothing else. What that is
// the client says; the values are those of a row by the factory, which has to
// make room.
func minimalRow(ctx context.Context, t *testing.T, e *entity, f *factory.Factory) any {
	t.Helper()
	model, err := e.make(ctx, f, func(create reflect.Value) {
		if e.name == "CommunityGroupPrice" {
			set(create, "Amount", decimal.Zero) // the last above zero can't be taken away from a tier with a cadence
		}
	})
	if err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	if err := errorOf(e.call("DeleteOne", model)[0].MethodByName("Exec").Call(values(ctx))); err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	have := e.contents(model)
	asked := map[string]bool{}
	for _, field := range e.fields {
		asked[field.column.Name] = field.refers != "" && !field.column.Nullable || askedTogether[field.column.Name]
	}
	for {
		create := e.create()
		for _, field := range e.fields {
			if asked[field.column.Name] {
				set(create, field.name, reflect.Indirect(reflect.ValueOf(have[field.name])).Interface())
			}
		}
		out := create.MethodByName("Save").Call(values(ctx))
		var missing *apierror.Error
		switch err := errorOf(out); {
		case err == nil:
			return out[0].Interface()
		case errors.As(err, &missing) && e.field(missing.Field) != nil && !asked[e.field(missing.Field).column.Name]:
			asked[e.field(missing.Field).column.Name] = true
		default:
			t.Fatalf("%s: a row with as little as possible: %v", e.name, err)
		}
	}
}

// createLike returns a builder for a row with the values of another.
func (e *entity) createLike(row any) reflect.Value {
	create := e.create()
	for name, value := range e.contents(row) {
		v := reflect.ValueOf(value)
		if v.Kind() == reflect.Pointer && v.IsNil() {
			continue
		}
		set(create, name, reflect.Indirect(v).Interface())
	}
	return create
}

// field returns the field with the name that the schema gives it.
func (e *entity) field(name string) *field {
	for i, f := range e.fields {
		if f.name == name || f.column.Name == name || strings.EqualFold(f.name, strings.ReplaceAll(name, "_", "")) {
			return &e.fields[i]
		}
	}
	return nil
}

func TestEveryFieldComesBackAsItWasWritten(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, f := System(t), factory.New(d.Client)
		all := entities(t, d.Client)
		byTable := map[string]*entity{}
		for i := range all {
			byTable[all[i].table.Name] = &all[i]
		}
		for i := range all {
			e := &all[i]
			fullRows(ctx, t, e, byTable, f, func(fill *filler, row any) {
				saved, got := e.contents(row), e.contents(e.get(ctx, t, idOf(row)))
				if diff := cmp.Diff(saved, got, equal); diff != "" {
					t.Errorf("%s, %s values: what Save returned (-) and what is read (+):\n%s", e.name, fill.extreme, diff)
				}
				for name, want := range fill.chosen {
					if diff := cmp.Diff(want, pointee(got[name], want), equal); diff != "" {
						t.Errorf("%s.%s, %s value: written (-) and read (+):\n%s", e.name, name, fill.extreme, diff)
					}
				}
			})

			row := minimalRow(ctx, t, e, f)
			saved, got := e.contents(row), e.contents(e.get(ctx, t, idOf(row)))
			if diff := cmp.Diff(saved, got, equal); diff != "" {
				t.Errorf("%s, as little as possible: what Save returned (-) and what is read (+):\n%s", e.name, diff)
			}
			for _, field := range e.fields {
				v := reflect.ValueOf(got[field.name])
				if v.Kind() == reflect.Pointer && !v.IsNil() && !askedTogether[field.column.Name] && !slices.Contains(noted[e.name], field.column.Name) {
					t.Errorf("%s.%s is %v, though nobody set it", e.name, field.name, v.Elem())
				}
			}
		}
	})
}

// pointee is what a field's value points to, as the type of another value.
func pointee(v, like any) any {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && !r.IsNil() {
		r = r.Elem()
	}
	if to := reflect.TypeOf(like); r.CanConvert(to) {
		r = r.Convert(to)
	}
	return r.Interface()
}

func TestEveryStateOfAnEnumComesBack(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, f := System(t), factory.New(d.Client)
		for _, e := range entities(t, d.Client) {
			for _, field := range e.fields {
				for _, want := range field.allowed() {
					if e.name == "AppSubscriptionTier" {
						d.Client.AppSubscription.Delete().ExecX(ctx) // each tier exists once
						d.Client.AppSubscriptionTier.Delete().ExecX(ctx)
					}
					row, err := e.make(ctx, f, func(create reflect.Value) { set(create, field.name, want) })
					if err != nil {
						t.Errorf("%s.%s = %v: %v", e.name, field.name, want, err)
						continue
					}
					got := pointee(e.contents(e.get(ctx, t, idOf(row)))[field.name], want)
					if got != want {
						t.Errorf("%s.%s is %v, want %v", e.name, field.name, got, want)
					}
				}
			}
		}
	})
}

func TestTheClientWritesEveryColumnItself(t *testing.T) {
	d := Postgres(t)
	ctx := System(t)
	// The platform's own tables have no defaults: what the client leaves to one
	// fails there.
	if _, err := d.DB.ExecContext(ctx, `DO $$
		DECLARE c record;
		BEGIN
			FOR c IN SELECT table_name, column_name FROM information_schema.columns
				WHERE table_schema = 'public' AND column_default IS NOT NULL AND is_identity = 'NO'
			LOOP
				EXECUTE format('ALTER TABLE %I ALTER COLUMN %I DROP DEFAULT', c.table_name, c.column_name);
			END LOOP;
		END $$`); err != nil {
		t.Fatal(err)
	}
	f := factory.New(d.Client)
	for _, e := range entities(t, d.Client) {
		minimalRow(ctx, t, &e, f)
	}
}

// What a column can't hold is refused by the client, on either database, and not
// by an error of the server, which would differ, or cut off without a word.
func TestWhatDoesNotFitIsRefused(t *testing.T) {
	Each(t, func(t *testing.T, d Database) {
		ctx, f := System(t), factory.New(d.Client)
		for _, e := range entities(t, d.Client) {
			model, err := e.make(ctx, f, func(reflect.Value) {})
			if err != nil {
				t.Fatalf("%s: %v", e.name, err)
			}
			for _, field := range e.fields {
				for _, value := range field.tooLarge(t) {
					create := e.createLike(model)
					set(create, field.name, value)
					err := errorOf(create.MethodByName("Save").Call(values(ctx)))
					var refused *cbent.ValidationError
					if !errors.As(err, &refused) || refused.Name != field.column.Name {
						t.Errorf("%s.%s = %.40v: %v, want a ValidationError for %s", e.name, field.name, value, err, field.column.Name)
					}
				}
			}
		}
	})
}
