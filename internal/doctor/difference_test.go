package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/doctor"
	"github.com/communitybuilder/communitybuilder/migrations"
)

func TestDifferencesAreNamed(t *testing.T) {
	for _, test := range []struct {
		name, change string
		want         []doctor.Difference
	}{
		{
			"table", `DROP TABLE "StoreDownloadToken"`,
			[]doctor.Difference{{Kind: doctor.MissingTable, Table: "StoreDownloadToken"}},
		}, {
			"column", `ALTER TABLE "User" DROP COLUMN pending_email`,
			[]doctor.Difference{{Kind: doctor.MissingColumn, Table: "User", Name: "pending_email"}},
		}, {
			"type", `ALTER TABLE "Tag" ALTER COLUMN name TYPE text`,
			[]doctor.Difference{{Kind: doctor.ColumnType, Table: "Tag", Name: "name", Detail: "text, expected character varying"}},
		}, {
			"NOT NULL dropped", `ALTER TABLE "Tag" ALTER COLUMN name DROP NOT NULL`,
			[]doctor.Difference{{Kind: doctor.NullableColumn, Table: "Tag", Name: "name"}},
		}, {
			"NOT NULL added", `ALTER TABLE "BadgeDefinition" ALTER COLUMN icon_url SET NOT NULL`,
			[]doctor.Difference{{Kind: doctor.NotNullColumn, Table: "BadgeDefinition", Name: "icon_url"}},
		}, {
			"required column", `ALTER TABLE "Tag" ADD COLUMN colour text NOT NULL`,
			[]doctor.Difference{{Kind: doctor.RequiredColumn, Table: "Tag", Name: "colour"}},
		}, {
			"harmless columns", `ALTER TABLE "Tag" ADD COLUMN colour text, ADD COLUMN shade text NOT NULL DEFAULT ''`,
			[]doctor.Difference{
				{Kind: doctor.UnknownColumn, Table: "Tag", Name: "colour"},
				{Kind: doctor.UnknownColumn, Table: "Tag", Name: "shade"},
			},
		}, {
			"unique index", `DROP INDEX badgedefinition_code`,
			[]doctor.Difference{{Kind: doctor.MissingUnique, Table: "BadgeDefinition", Name: "badgedefinition_code", Detail: "UNIQUE (code)"}},
		}, {
			"partial unique index over all rows",
			`DROP INDEX storepurchase_product_id_buyer_email_completed;
			 CREATE UNIQUE INDEX storepurchase_product_id_buyer_email_completed ON "StorePurchase" (product_id, buyer_email)`,
			[]doctor.Difference{
				{Kind: doctor.MissingUnique, Table: "StorePurchase", Name: "storepurchase_product_id_buyer_email_completed",
					Detail: "UNIQUE (product_id, buyer_email) WHERE"},
				{Kind: doctor.UnknownUnique, Table: "StorePurchase", Name: "storepurchase_product_id_buyer_email_completed",
					Detail: "UNIQUE (product_id, buyer_email)"},
			},
		}, {
			"index", `DROP INDEX communityview_user_id`,
			[]doctor.Difference{{Kind: doctor.MissingIndex, Table: "CommunityView", Detail: "(user_id)"}},
		}, {
			"harmless index", `CREATE INDEX extra ON "Tag" (name varchar_pattern_ops)`,
			[]doctor.Difference{{Kind: doctor.UnknownIndex, Table: "Tag", Name: "extra", Detail: "(name varchar_pattern_ops)"}},
		}, {
			"index under another name", `ALTER INDEX badgedefinition_code RENAME TO old_name`,
			[]doctor.Difference{{Kind: doctor.OtherName, Table: "BadgeDefinition", Name: "old_name", Detail: "expected badgedefinition_code"}},
		}, {
			"foreign key", `ALTER TABLE "UserBadge" DROP CONSTRAINT "UserBadge_BadgeDefinition_awards"`,
			[]doctor.Difference{{Kind: doctor.MissingForeignKey, Table: "UserBadge", Name: "UserBadge_BadgeDefinition_awards",
				Detail: "(badge_id) to BadgeDefinition (id)"}},
		}, {
			"deletion rule under another name",
			`ALTER TABLE "UserBadge" DROP CONSTRAINT "UserBadge_BadgeDefinition_awards",
			 ADD CONSTRAINT old_key FOREIGN KEY (badge_id) REFERENCES "BadgeDefinition"`,
			[]doctor.Difference{{Kind: doctor.DeletionRule, Table: "UserBadge", Name: "old_key",
				Detail: "(badge_id) to BadgeDefinition (id), ON DELETE NO ACTION, expected CASCADE"}},
		}, {
			"deletion rule",
			`ALTER TABLE "UserBadge" DROP CONSTRAINT "UserBadge_BadgeDefinition_awards",
			 ADD CONSTRAINT "UserBadge_BadgeDefinition_awards" FOREIGN KEY (badge_id) REFERENCES "BadgeDefinition" ON DELETE RESTRICT`,
			[]doctor.Difference{{Kind: doctor.DeletionRule, Table: "UserBadge", Name: "UserBadge_BadgeDefinition_awards",
				Detail: "(badge_id) to BadgeDefinition (id), ON DELETE RESTRICT, expected CASCADE"}},
		}, {
			"default", `ALTER TABLE "User" ALTER COLUMN is_active DROP DEFAULT`,
			[]doctor.Difference{{Kind: doctor.ColumnDefault, Table: "User", Name: "is_active", Detail: "none, expected true"}},
		}, {
			"primary key", `ALTER TABLE "UserBadge" DROP CONSTRAINT "UserBadge_pkey"`,
			[]doctor.Difference{{Kind: doctor.PrimaryKey, Table: "UserBadge"}},
		}, {
			"identity", `ALTER TABLE "UserBadge" ALTER COLUMN id DROP IDENTITY`,
			[]doctor.Difference{{Kind: doctor.ColumnOther, Table: "UserBadge", Name: "id"}},
		}, {
			"unique constraint in the place of an index", `DROP INDEX tag_name; ALTER TABLE "Tag" ADD CONSTRAINT tag_name UNIQUE (name)`,
			[]doctor.Difference{{Kind: doctor.OtherForm, Table: "Tag", Name: "tag_name", Detail: "unique constraint, expected the index tag_name"}},
		}, {
			"rules of new rows only",
			`ALTER TABLE "Meeting" DROP CONSTRAINT meeting_ends_after_start, DROP CONSTRAINT meeting_series_of_community,
			 ADD CONSTRAINT meeting_ends_after_start CHECK (end_datetime > start_datetime) NOT VALID,
			 ADD CONSTRAINT old_key FOREIGN KEY (series_id, community_id) REFERENCES "MeetingSeries" (id, community_id) ON DELETE CASCADE NOT VALID`,
			[]doctor.Difference{
				{Kind: doctor.NotValidated, Table: "Meeting", Name: "meeting_ends_after_start"},
				{Kind: doctor.NotValidated, Table: "Meeting", Name: "old_key"},
				{Kind: doctor.OtherName, Table: "Meeting", Name: "old_key"},
			},
		}, {
			"another check of the name",
			`ALTER TABLE "Meeting" DROP CONSTRAINT meeting_ends_after_start,
			 ADD CONSTRAINT meeting_ends_after_start CHECK (end_datetime >= start_datetime)`,
			[]doctor.Difference{
				{Kind: doctor.MissingCheck, Table: "Meeting", Name: "meeting_ends_after_start", Detail: "CHECK ((end_datetime > start_datetime))"},
				{Kind: doctor.UnknownCheck, Table: "Meeting", Name: "meeting_ends_after_start", Detail: "CHECK ((end_datetime >= start_datetime))"},
			},
		}, {
			"deferrable key",
			`ALTER TABLE "UserBadge" ALTER CONSTRAINT "UserBadge_BadgeDefinition_awards" DEFERRABLE INITIALLY DEFERRED`,
			[]doctor.Difference{{Kind: doctor.DeferrableKey, Table: "UserBadge", Name: "UserBadge_BadgeDefinition_awards"}},
		}, {
			"sequence under another name", `ALTER SEQUENCE "Tag_id_seq" RENAME TO old_sequence`,
			[]doctor.Difference{{Kind: doctor.OtherName, Table: "Tag", Name: "old_sequence", Detail: "expected Tag_id_seq"}},
		}, {
			"sequence that ends", `ALTER SEQUENCE "Tag_id_seq" MAXVALUE 100`,
			[]doctor.Difference{{Kind: doctor.SequenceOther, Table: "Tag", Name: "Tag_id_seq"}},
		}, {
			"trigger", `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
			 CREATE TRIGGER refuse BEFORE INSERT ON "Tag" FOR EACH ROW EXECUTE FUNCTION refuse()`,
			[]doctor.Difference{
				{Kind: doctor.UnknownTrigger, Table: "Tag", Name: "refuse"},
				{Kind: doctor.UnknownObject, Name: "refuse()", Detail: "function"},
			},
		}, {
			"view", `CREATE VIEW names AS SELECT name FROM "Tag"`,
			[]doctor.Difference{{Kind: doctor.UnknownObject, Table: "names", Detail: "view"}},
		}, {
			"row level security", `ALTER TABLE "Tag" ENABLE ROW LEVEL SECURITY`,
			[]doctor.Difference{{Kind: doctor.TableOther, Table: "Tag", Detail: "TABLE ROW LEVEL SECURITY, expected TABLE"}},
		}, {
			"unknown table", `CREATE TABLE notes (id int); CREATE TABLE django_session (id int); CREATE TABLE auth_group (id int)`,
			[]doctor.Difference{{Kind: doctor.UnknownTable, Table: "notes"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			u, db := migrated(t)
			exec(t, db, test.change)
			r := examine(t, u)
			// Detail and name of what is wanted may be the beginning, or left out.
			if !slices.EqualFunc(r.Differences, test.want, func(got, want doctor.Difference) bool {
				return got.Kind == want.Kind && got.Table == want.Table &&
					strings.HasPrefix(got.Name, want.Name) && strings.HasPrefix(got.Detail, want.Detail)
			}) {
				t.Errorf("got  %+v\nwant %+v", r.Differences, test.want)
			}
			harmless := !slices.ContainsFunc(test.want, func(d doctor.Difference) bool { return !d.Kind.Harmless() })
			if r.Healthy() != harmless {
				t.Errorf("healthy: %t, want %t", r.Healthy(), harmless)
			}
			report := text(t, r, true)
			for _, d := range test.want {
				if !strings.Contains(report, d.Table) || !strings.Contains(report, d.Name) {
					t.Errorf("the report doesn't name %s of %s:\n%s", d.Name, d.Table, report)
				}
			}
		})
	}
}

func TestAnIndexThatWasNotFinishedIsNamed(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, `DROP INDEX badgedefinition_code;
		INSERT INTO "BadgeDefinition" (code, name, criteria, created_at, updated_at) SELECT 'a', 'a', '{}', now(), now() FROM generate_series(1, 2)`)
	if _, err := db.ExecContext(t.Context(), `CREATE UNIQUE INDEX CONCURRENTLY badgedefinition_code ON "BadgeDefinition" (code)`); err == nil {
		t.Fatal("two rows have the same code")
	}
	r := examine(t, u)
	if len(r.Differences) != 1 || r.Differences[0].Kind != doctor.InvalidIndex || r.Differences[0].Name != "badgedefinition_code" {
		t.Errorf("got %+v", r.Differences)
	}
}

// A database is held against the version that it has, not against the newest.
func TestAnOlderDatabaseDiffersInNothing(t *testing.T) {
	u, db := migrated(t)
	const older = "20261123000008"
	if _, err := migrations.Down(t.Context(), db, older, false); err != nil {
		t.Fatal(err)
	}
	r := examine(t, u)
	if len(r.Differences) > 0 || r.Version.Compared != older || r.Version.OK {
		t.Errorf("%+v, %+v", r.Version, r.Differences)
	}
	if report := text(t, r, false); !strings.Contains(report, "The schema is that of version "+older) {
		t.Errorf("the report doesn't say with what it was compared:\n%s", report)
	}
	exec(t, db, `DROP INDEX tag_name`)
	if r := examine(t, u); len(r.Differences) != 1 || r.Differences[0].Name != "tag_name" {
		t.Errorf("got %+v", r.Differences)
	}
}

func TestRulesThatWaitAreNamedWithTheirRows(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, `
		ALTER TABLE "Meeting" DROP CONSTRAINT meeting_ends_after_start, DROP CONSTRAINT meeting_series_of_community;
		INSERT INTO "User" (email, password, date_joined) VALUES ('a@example.com', 'x', now());
		INSERT INTO "Community" (name, alias, created_at, updated_at) VALUES ('A', 'a', now(), now());
		INSERT INTO "Meeting" (title, start_datetime, end_datetime, created_at, updated_at, community_id, created_by_id)
		VALUES ('m', '2026-01-01', '2026-01-02', now(), now(), 1, 1), ('m', '2026-01-02', '2026-01-01', now(), now(), 1, 1)`)
	r := examine(t, u)
	if len(r.Waiting) != 1 || r.Waiting[0].Rule != "meeting_ends_after_start" || r.Waiting[0].Rows != 1 || !slices.Equal(r.Waiting[0].IDs, []int64{2}) {
		t.Errorf("waiting are %+v", r.Waiting)
	}
	if r.Healthy() || !strings.Contains(text(t, r, false), "\n  meeting_ends_after_start  Meeting       1  2    not held to it\n") {
		t.Errorf("the report:\n%s", text(t, r, false))
	}
}

func TestChecksAreComparedByWhatTheySay(t *testing.T) {
	u, db := migrated(t)
	var table, name, def string
	err := db.QueryRowContext(t.Context(), `
		SELECT conrelid::regclass, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
		WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY conname LIMIT 1`).Scan(&table, &name, &def)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, "ALTER TABLE "+table+" RENAME CONSTRAINT "+name+" TO old_check")
	if r := examine(t, u); len(r.Differences) != 1 || r.Differences[0].Kind != doctor.OtherName {
		t.Errorf("renamed: got %+v", r.Differences)
	}
	exec(t, db, "ALTER TABLE "+table+" DROP CONSTRAINT old_check, ADD CONSTRAINT other CHECK (id > 0)")
	r := examine(t, u)
	if len(r.Differences) != 2 || r.Differences[0].Kind != doctor.MissingCheck || r.Differences[1].Kind != doctor.UnknownCheck {
		t.Errorf("%s dropped: got %+v", def, r.Differences)
	}
}

func TestRowsAreReadWithoutTheColumnsThatAreMissing(t *testing.T) {
	u, db := migrated(t)
	exec(t, db, `ALTER TABLE "BadgeDefinition" DROP COLUMN description, DROP COLUMN icon_url;
		INSERT INTO "BadgeDefinition" (code, name, criteria, created_at, updated_at) VALUES ('a', 'a', '{}', now(), now())`)
	r := examine(t, u)
	if e := entityOf(t, r, "BadgeDefinition"); e.Rows != 1 || e.Problems != 0 || e.Error != "" {
		t.Errorf("got %+v", e)
	}
	report := text(t, r, false)
	for _, column := range []string{"description", "icon_url"} {
		if !strings.Contains(report, "BadgeDefinition: "+column) {
			t.Errorf("the report does not name %s:\n%s", column, report)
		}
	}
}
