package adopt

import (
	"fmt"
	"slices"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
	"github.com/communitybuilder/communitybuilder/internal/rulecheck"
)

// A repair makes the rows of a table keep a unique rule. Of the rows that have the
// same, one stays as it is and one column of the others is changed. No row is
// deleted and no reference moved.
type repair struct {
	// rule is the name of the unique index.
	rule string
	// says is what it does, in words.
	says string

	table  string
	column string
	// keep orders the rows that have the same: the first one stays. It ends in
	// the id, so that the outcome depends on the rows alone.
	keep string
	// value is what the column of the others becomes, as an expression over t.
	value string
}

// repairs has one for every unique rule that the Python services let rows break.
// All others are kept by unique constraints of their own.
var repairs = []repair{
	{
		// The services take the address as it is written for the login, and the
		// mailbox of two that differ in letter case is, to all purposes, the same
		// person's: who loses an address can still get into the account that keeps
		// it. It has to be the one whose owner has shown that the mailbox is theirs,
		// or else whoever signs up with VICTIM@example.com takes the address of
		// victim@example.com; of several such, the one in use. The new address is
		// under .invalid, which is nobody's and never will be (RFC 2606): no mail of
		// this account can reach a stranger, as one to a made-up address might.
		rule: "user_email_lower",
		says: "the address stays with the account that is active and verified, then with the one that logged in last, then with the oldest; " +
			"that of the others becomes address.account-ID.invalid, so that nobody can log in to them or get their mail until their address is set by hand",
		table: "User", column: "email",
		keep:  "is_active AND is_verified DESC, is_verified DESC, is_active DESC, last_login DESC NULLS LAST, id",
		value: `left(lower(t.email), 218) || '.account-' || t.id || '.invalid'`,
	},
	{
		// A co-owner may do what an owner may, but for being the one who is paid and
		// who can close the community. A blocked owner could do neither.
		rule: "communitymember_one_owner",
		says: "the owner who joined first and is not blocked stays, the others become co_owner",

		table: "CommunityMember", column: "role",
		keep:  "is_blocked, joined_at, id",
		value: `'co_owner'`,
	},
	{
		// Without its number a meeting stays in its series, and is seen by those who
		// see that. Out of the series it would be seen by all members, and under
		// another number it would stand for an occurrence that is then never made.
		rule: "meeting_series_id_series_sequence",
		says: "the occurrence that was made first keeps its number, the others stay in the series without one",

		table: "Meeting", column: "series_sequence",
		keep:  "id",
		value: `NULL`,
	},
}

func repairOf(rule string) (repair, bool) {
	i := slices.IndexFunc(repairs, func(r repair) bool { return r.rule == rule })
	if i < 0 {
		return repair{}, false
	}
	return repairs[i], true
}

// RepairsTable is where repairs write what they changed.
const RepairsTable = "communitybuilder_adopt.repairs"

// createRepairs makes the table of the repairs. What it has of a row is text, as
// PostgreSQL writes the value.
var createRepairs = []string{
	`CREATE SCHEMA IF NOT EXISTS communitybuilder_adopt`,
	`CREATE TABLE IF NOT EXISTS ` + RepairsTable + ` (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule text NOT NULL,
  "table" text NOT NULL,
  row_id bigint NOT NULL,
  "column" text NOT NULL,
  old_value text,
  new_value text,
  at timestamp with time zone NOT NULL DEFAULT now()
)`,
}

// step returns the step that repairs the rows which break the unique index. It is
// one transaction: what is changed is written down, or is not changed.
func (r repair) step(index catalogue.Object, live string) Step {
	u, _ := rulecheck.UniqueOf(index)
	table, col := quoted(r.table), quoted(r.column)
	// Those who have the same are kept from changing by the first statement: the
	// second one sees them as they then are. It leaves alone what came after it
	// began.
	lock := fmt.Sprintf("SELECT id FROM %s WHERE id IN (%s) ORDER BY id FOR UPDATE", table, rulecheck.Broken(index))
	change := fmt.Sprintf(`WITH ranked AS (
  SELECT id, %[2]s AS old, row_number() OVER (PARTITION BY %[3]s ORDER BY %[4]s) AS place FROM %[1]s WHERE %[5]s
), changed AS (
  UPDATE %[1]s AS t SET %[2]s = %[6]s FROM ranked
  WHERE t.id = ranked.id AND ranked.place > 1 AND t.%[2]s = ranked.old
  RETURNING t.id, ranked.old, t.%[2]s AS new
)
INSERT INTO %[7]s (rule, "table", row_id, "column", old_value, new_value)
SELECT %[8]s, %[9]s, id, %[10]s, old::text, new::text FROM changed ORDER BY id`,
		table, col, u.Key, r.keep, u.Where, r.value,
		RepairsTable, literal(r.rule), literal(r.table), literal(r.column))
	return Step{
		Title: fmt.Sprintf("repair %s: %s", r.rule, r.says),
		SQL:   slices.Concat(createRepairs, []string{lock, change}),
		Locks: []Lock{{Table: r.table, Mode: rowExclusive}},
		Work:  []Work{{Kind: Scan, Table: live}},
	}
}
