package adopt

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// What is missing or different, whatever it is, comes to be as it is in a new
// database. What is changed in one database does not touch each other.
func TestDifferencesConverge(t *testing.T) {
	for name, sql := range map[string][]string{
		"missing": {
			`DROP TABLE "CommunitySocialLink", "StoreDownloadToken", "PollVote" CASCADE`,
			`ALTER TABLE "Community" DROP COLUMN banner_url`, // may be NULL
			`ALTER TABLE "Message" DROP COLUMN is_read`,      // has a default
			`ALTER TABLE "Tag" DROP COLUMN created_at`,       // a time
			`ALTER TABLE "CommunityMember" DROP COLUMN leaderboard_year`,
			`ALTER TABLE "BadgeDefinition" DROP COLUMN criteria`,
			`ALTER TABLE "Tag" ALTER name DROP NOT NULL`,
			`SELECT setval(pg_get_serial_sequence('"Tag"', 'id'), 1)`,
			dropKeys("Message"),
		},
		"different": {
			`ALTER TABLE "CommunityView" ALTER user_id SET NOT NULL, ALTER city SET NOT NULL`,
			`ALTER TABLE "Tag" ALTER name TYPE varchar(10)`,
			`ALTER SEQUENCE "Tag_id_seq" CACHE 20`,
			dropKeys("Message") + `ALTER TABLE "Message" ADD CONSTRAINT "Message_User_sent_messages"
				FOREIGN KEY (sender_id) REFERENCES "User"(id) ON DELETE SET NULL`,
			`CREATE INDEX "Message_sender_id_12345678" ON "Message" (sender_id)`, // a second one
			`CREATE INDEX message_conversation_id_created_at_id ON "Message" (id)`,
		},
		"half way": {
			`ALTER TABLE "Tag" ALTER name DROP NOT NULL, ADD CONSTRAINT adopt_not_null_name CHECK ((name IS NOT NULL)) NOT VALID`,
			`ALTER TABLE "Tag" ALTER slug DROP NOT NULL, ADD CONSTRAINT adopt_not_null_slug CHECK ((slug IS NOT NULL))`,
			dropKeys("Message") + `ALTER TABLE "Message" ADD CONSTRAINT "Message_User_sent_messages"
				FOREIGN KEY (sender_id) REFERENCES "User"(id) ON DELETE CASCADE NOT VALID`,
			`ALTER TABLE "Message" ADD CONSTRAINT message_message_type_choice CHECK (message_type IN ('text')) NOT VALID`,
			`ALTER TABLE "CommunityStore" ADD CONSTRAINT "adopt_CommunityStore_community_id_key" UNIQUE (community_id)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, todayState{})
			exec(t, db, strings.Join(sql, ";\n"))
			r, err := Apply(t.Context(), db, Choices{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			onlyWaiting(t, db, nil)
			if len(r.Kept) > 0 {
				t.Errorf("this is kept: %q", r.Kept)
			}
			exec(t, db, `INSERT INTO "Tag" (name, slug, created_at) VALUES ('c', 'c', now())`)
		})
	}
}

// dropKeys drops the foreign keys of a table.
func dropKeys(table string) string {
	return `DO $$ DECLARE key text; BEGIN
		FOR key IN SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = '` + quoted(table) + `'::regclass LOOP
			EXECUTE format('ALTER TABLE ` + quoted(table) + ` DROP CONSTRAINT %I', key);
		END LOOP;
	END $$;`
}

// What nobody here knows stays, and is named.
func TestWhatIsUnknownStays(t *testing.T) {
	db := open(t, todayState{})
	exec(t, db, `
		CREATE TABLE report (id int PRIMARY KEY, tag_id bigint REFERENCES "Tag");
		ALTER TABLE "Tag" ADD COLUMN colour text CONSTRAINT tag_colour CHECK (colour <> ''), ADD COLUMN owner_id bigint REFERENCES "User";
		CREATE INDEX "Tag_colour_12345678" ON "Tag" (colour);
		CREATE INDEX tag_by_length ON "Tag" (length(name));
		CREATE INDEX tag_names_20240131 ON "Tag" (name, created_at);
		CREATE INDEX tag_like ON "Tag" (slug text_pattern_ops);
		ALTER TABLE "Tag" ADD CONSTRAINT tag_once UNIQUE (id, created_at);
		CREATE VIEW tags AS SELECT name FROM "Tag";
		CREATE TRIGGER tag_min BEFORE UPDATE ON "Tag" FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`)
	before := readSchema(t, db)
	r, err := Apply(t.Context(), db, Choices{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(r.Kept)
	want := []string{
		`check "tag_colour" of table "Tag": CHECK ((colour <> ''::text))`,
		`column "colour" of table "Tag"`,
		`column "owner_id" of table "Tag"`,
		`foreign key "Tag_owner_id_fkey" of table "Tag": FOREIGN KEY (owner_id) REFERENCES "User"(id)`,
		`index "Tag_colour_12345678" of table "Tag"`,
		`index "tag_by_length" of table "Tag"`,
		`index "tag_like" of table "Tag"`,
		`index "tag_names_20240131" of table "Tag"`,
		`table "report"`,
		`trigger "tag_min" of table "Tag"`,
		`unique constraint "tag_once" of table "Tag": UNIQUE (id, created_at)`,
		`view "tags"`,
	}
	if !slices.Equal(r.Kept, want) {
		t.Errorf("these are kept: %q", r.Kept)
	}
	after := readSchema(t, db)
	for _, name := range []string{"colour", "tag_colour", "Tag_owner_id_fkey", "Tag_colour_12345678", "tag_by_length", "tag_like", "tag_names_20240131", "tag_once", "tag_min", "report_pkey"} {
		for _, o := range before {
			if h, ok := after.Get(o.Kind, o.Table, o.Name); o.Name == name && (!ok || h != o) {
				t.Errorf("%+v is gone", o)
			}
		}
	}
}

// What the takeover can't get past stops it before it changes anything.
func TestObstacles(t *testing.T) {
	for name, tt := range map[string]struct{ sql, says string }{
		"a type":             {`ALTER TABLE "Tag" ALTER slug TYPE text`, `column "slug" of table "Tag" is text and should be`},
		"an unknown column":  {`ALTER TABLE "Tag" ADD COLUMN colour text NOT NULL DEFAULT ''; ALTER TABLE "Tag" ALTER colour DROP DEFAULT`, `column "colour" of table "Tag" is unknown here`},
		"a value":            {`ALTER TABLE "Tag" DROP COLUMN name`, `table "Tag" lacks the column "name"`},
		"no ids":             {`ALTER TABLE "StorageUsage" DROP COLUMN id`, `table "StorageUsage" has no column "id"`},
		"ids of its own":     {`ALTER TABLE "Tag" ALTER id DROP IDENTITY`, `column "id" of table "Tag" makes its values in another way`},
		"no primary key":     {`ALTER TABLE "StorageUsage" DROP CONSTRAINT "StorageUsage_pkey"`, `table "StorageUsage" has not the primary key`},
		"NULLs in a column":  {`ALTER TABLE "Tag" ALTER slug DROP NOT NULL; UPDATE "Tag" SET slug = NULL WHERE name = 'a'`, `slug`},
		"a generated column": {`ALTER TABLE "Tag" DROP COLUMN slug; ALTER TABLE "Tag" ADD COLUMN slug varchar(50) NOT NULL GENERATED ALWAYS AS (lower(name)) STORED`, `column "slug" of table "Tag" makes its values in another way`},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, todayState{})
			exec(t, db, tt.sql)
			before := everything(t, db)
			_, err := Apply(t.Context(), db, Choices{}, nil)
			var (
				impossible *ImpossibleError
				broken     *BrokenError
			)
			if !errors.As(err, &impossible) && !errors.As(err, &broken) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %s", err, tt.says)
			}
			after := everything(t, db)
			for key := range after {
				if before[key] != after[key] {
					t.Errorf("%s has changed", key)
				}
			}
		})
	}
}

// There is nothing to take over in an empty database, and one that the module's
// own migrations have begun is theirs.
func TestDatabasesThatAreNotToBeTakenOver(t *testing.T) {
	db := open(t, todayState{})
	exec(t, db, `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	if _, err := MakePlan(t.Context(), db, Choices{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty: got %v", err)
	}
	db = open(t, fresh{})
	exec(t, db, `DELETE FROM atlas_schema_revisions.atlas_schema_revisions WHERE version >= '20261123000005'`)
	if _, err := MakePlan(t.Context(), db, Choices{}); !errors.Is(err, ErrManaged) {
		t.Errorf("half managed: got %v", err)
	}
}
