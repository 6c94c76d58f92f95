package migrationlint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Finding is one thing that a migration must not do, or not without saying why.
type Finding struct {
	File string `json:"file"`
	// Line counts from 1; it is that of the statement, or 1 if the finding is
	// about the whole file.
	Line int    `json:"line"`
	Code string `json:"code"`
	// What is what the file does: `drops column "User"."phone"`.
	What string `json:"what"`
	Why  string `json:"why"`  // what it does harm to
	Safe string `json:"safe"` // how to do it safely
}

// A Rule is a kind of finding.
type Rule struct {
	// Code names it in directives. Those of capitals and digits are Atlas's, and
	// mean the same to the Atlas program; the others are the module's own.
	Code string
	// Why says what it does harm to.
	Why string
	// Safe says how to do the same without harm.
	Safe string
	// Always means that no reason is good enough: the directive is not heeded.
	Always bool
}

// Codes of the rules.
const (
	dropSchema     = "DS101"
	dropTable      = "DS102"
	dropColumn     = "DS103"
	dropForeignKey = "CD101"
	addUnique      = "MF101"
	makeUnique     = "MF102"
	addNotNull     = "MF103"
	setNotNull     = "MF104"
	renameTable    = "BC101"
	renameColumn   = "BC102"

	dropProtection   = "drop-protection"
	dropWaiting      = "drop-waiting"
	insertFails      = "insert-fails"
	rights           = "rights"
	sequencePosition = "sequence-position"
	indexLocks       = "index-locks"
	constraintIndex  = "constraint-index"
	checkScan        = "check-scan"
	foreignKeyScan   = "foreign-key-scan"
	notNullScan      = "not-null-scan"
	validateWithAdd  = "validate-with-add"
	addColumnRewrite = "add-column-rewrite"
	typeRewrite      = "type-rewrite"
	tableRewrite     = "table-rewrite"
	lockedScan       = "locked-scan"
	concurrentAlone  = "concurrent-alone"
	inTransaction    = "in-transaction"
	transactions     = "transaction-control"
	dataWithSchema   = "data-with-schema"
	dataWithoutWhere = "data-without-where"
	dataUnbatched    = "data-unbatched"
	truncateTable    = "truncate"
	lockTable        = "lock-table"
	sessionSetting   = "session-setting"
	unseenObject     = "unseen-object"

	fileName      = "file-name"
	fileOrder     = "file-order"
	fileIntent    = "file-intent"
	fileSum       = "file-sum"
	fileUndo      = "file-undo"
	fileCatalogue = "file-catalogue"
	fileFails     = "file-fails"
	fileDirective = "file-directive"
)

// Rules returns all rules, in the order of the documentation.
func Rules() []Rule { return slices.Clone(rules) }

var rules = []Rule{
	{Code: dropSchema, Why: "the rows of all its tables are lost", Safe: "leave it until no program and no backup plan needs it; then say why"},
	{Code: dropTable, Why: "its rows are lost, and programs that still know the table fail",
		Safe: "first release programs that don't use it; drop it in a later release, and say why"},
	{Code: dropColumn, Why: "its values are lost, and programs that still select the column fail",
		Safe: "first release programs that don't use it; drop it in a later release, and say why"},
	{Code: renameTable, Why: "programs that know the old name fail from this moment on",
		Safe: "add the new one, write both, copy in batches, read the new one, and drop the old one in a later release"},
	{Code: renameColumn, Why: "programs that know the old name fail from this moment on",
		Safe: "add the new column, write both, copy in batches, read the new one, and drop the old one in a later release"},
	{Code: dropForeignKey, Why: "rows may from now on refer to nothing", Safe: "replace it in one statement with the key that takes its place"},
	{Code: dropProtection, Why: "rows that break the rule can be written from now on, and programs rely on it",
		Safe: "replace it in one statement with the one that takes its place, under the same name, NOT VALID, and holds no less; or say why it is not needed"},
	{Code: dropWaiting, Why: "it fails on a database that was taken over, in which the rule still waits for the repair of rows",
		Safe: "DROP CONSTRAINT IF EXISTS"},
	{Code: insertFails, Why: "programs that leave the value to the database, or give it themselves, can't insert any more",
		Safe: "first release programs that insert without it; then say so"},
	{Code: rights, Always: true, Why: "roles and rights are each operator's own, and outlive or surround the database",
		Safe: "leave them to whoever runs the database"},
	{Code: sequencePosition, Why: "numbers that rows have already may be given again",
		Safe: "let the sequence count; to move it past the rows there are, say so"},
	{Code: addUnique, Why: "it fails, or stays behind invalid, if two rows are equal",
		Safe: "look for equal rows in production first, repair them in a migration before this one, and say what you found"},
	{Code: makeUnique, Why: "it fails if two rows are equal",
		Safe: "look for equal rows in production first, repair them in a migration before this one, and say what you found"},
	{Code: addNotNull, Why: "it fails on a table that has rows, and programs that don't know the column can't insert any more",
		Safe: "give it a DEFAULT; or add it without NOT NULL, fill it in batches, and make it NOT NULL when every program writes it"},
	{Code: setNotNull, Why: "it fails if a row has NULL there", Safe: "first a validated check: see not-null-scan"},
	{Code: indexLocks, Why: "nobody can write to the table until every row has been indexed",
		Safe: "CREATE INDEX CONCURRENTLY, alone in a file that begins with `-- atlas:txmode none` and an empty line"},
	{Code: constraintIndex, Why: "nobody can read or write the table until every row has been indexed",
		Safe: "CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX … in the next"},
	{Code: checkScan, Why: "nobody can read or write the table until every row has been checked",
		Safe: "ADD CONSTRAINT … CHECK (…) NOT VALID, and VALIDATE CONSTRAINT in the next file"},
	{Code: foreignKeyScan, Why: "nobody can write to either table until every row has been looked up",
		Safe: "ADD CONSTRAINT … FOREIGN KEY … NOT VALID, and VALIDATE CONSTRAINT in the next file"},
	{Code: notNullScan, Why: "nobody can read or write the table until every row has been read",
		Safe: "ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID; VALIDATE CONSTRAINT in the next file; SET NOT NULL and DROP CONSTRAINT in the one after it: then no row is read"},
	{Code: validateWithAdd, Why: "the lock of ADD CONSTRAINT is held until every row has been checked",
		Safe: "put VALIDATE CONSTRAINT into the next file"},
	{Code: addColumnRewrite, Why: "nobody can read or write the table until it has been written anew",
		Safe: "add the column without its default (or with a constant one), SET DEFAULT, and fill the old rows in batches in a file of its own"},
	{Code: typeRewrite, Why: "nobody can read or write the table until it has been written anew, and values that don't fit fail",
		Safe: "add a column of the new type, write both, copy in batches, read the new one, and drop the old one in a later release"},
	{Code: tableRewrite, Why: "nobody can read or write the table until it has been written anew",
		Safe: "there is none in a migration: do it in a maintenance window, or with a tool made for it, and say so"},
	{Code: lockedScan, Why: "the whole table is read while a lock keeps others from writing to it",
		Safe: "put what reads the table into a file of its own, before or after the one that locks it"},
	{Code: concurrentAlone, Why: "after a failure nobody can tell how far the file came, or what the next attempt may drop",
		Safe: "one such statement a file, which begins with `-- atlas:txmode none` and an empty line"},
	{Code: inTransaction, Always: true, Why: "PostgreSQL refuses it inside of a transaction, and each file is one",
		Safe: "begin the file with `-- atlas:txmode none` and an empty line"},
	{Code: transactions, Always: true, Why: "each file is a transaction already, together with its entry in the revision table",
		Safe: "leave it out; split the file where you want a commit"},
	{Code: dataWithSchema, Why: "the locks of the schema's change are held while rows are written, and the data's intent and test have no place of their own",
		Safe: "a file for the schema, another for the data"},
	{Code: dataWithoutWhere, Why: "it writes every row in one go, whether that is needed or not: long locks, bloat, and no way to stop",
		Safe: "say which rows with WHERE, and take them in batches"},
	{Code: dataUnbatched, Why: "on a big table it locks many rows for long, and a failure near the end loses all of the work",
		Safe: "a file that begins with `-- atlas:txmode none` and an empty line, with a DO block that loops over UPDATE … WHERE id IN (SELECT … LIMIT n) and COMMIT; if the table is small for ever, say so"},
	{Code: truncateTable, Why: "all rows are lost, and nobody can read or write the table meanwhile", Safe: "DELETE in batches, of the rows that you mean"},
	{Code: lockTable, Why: "everybody waits until the file ends", Safe: "let the statements take the locks that they need"},
	{Code: sessionSetting, Why: "the setting stays for what follows on the same connection: the Atlas program uses one for all files",
		Safe: "SET LOCAL, in a file that is a transaction"},
	{Code: unseenObject, Why: "the free Atlas program neither sees nor cleans it, nor does the entity graph know it, so that it can't be compared or made again",
		Safe: "keep the rule in a constraint, or in Go"},
	{Code: fileName, Why: "a history is read by its names",
		Safe: "VERSION_imperative_words.sql, such as 20260131120000_add_message_page_index.sql; not diff, update or changes"},
	{Code: fileOrder, Always: true, Why: "databases that have the later version will never get it",
		Safe: "give it a version after the latest, a UTC time such as 20260131120000, and make the sum again"},
	{Code: fileIntent, Why: "nobody can tell later whether it did what it was meant to", Safe: "begin with a comment that says what the change is for"},
	{Code: fileSum, Always: true, Why: "no program applies files that don't agree with their sum", Safe: "make migration-sums, or atlas migrate hash --dir file://migrations"},
	{Code: fileUndo, Always: true, Why: "nobody can take it back", Safe: "write migrations/undo/ and the same name: the statements, or a comment that says why there is no way back"},
	{Code: fileCatalogue, Always: true, Why: "doctor and the takeover compare databases with that description of each version",
		Safe: "make migration-sums"},
	{Code: fileFails, Always: true, Why: "it can't be applied", Safe: "repair the statement"},
	{Code: fileDirective, Always: true, Why: "whoever reads the file later has to know what was allowed, and why",
		Safe: "-- atlas:nolint CODE the reason, above the statement, or for the whole file at its top before an empty line"},
}

func ruleOf(code string) (Rule, bool) {
	for _, r := range rules {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}

// sorted orders findings by file, line and code, each once.
func sorted(fs []Finding) []Finding {
	slices.SortFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Code, b.Code), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(fs)
}

// WriteText writes the report for people.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s:%d: %s: %s\n    Harm: %s.\n    Safe: %s.\n", f.File, f.Line, f.Code, f.What, f.Why, f.Safe)
	}
	switch n := len(r.Findings); {
	case len(r.Examined) == 0:
		b.WriteString("No migration to examine.\n")
	case n == 0:
		fmt.Fprintf(&b, "Examined %s: all is well.\n", strings.Join(r.Examined, ", "))
	default:
		fmt.Fprintf(&b, "Examined %s: %d to repair, or to allow with `-- atlas:nolint CODE the reason`.\n", strings.Join(r.Examined, ", "), n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// annotation escapes what a GitHub workflow command can't hold.
var annotation = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")

// WriteGitHub writes the report as annotations of a GitHub workflow, of files in
// the directory dir of the repository.
func (r Report) WriteGitHub(w io.Writer, dir string) error {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "::error file=%s/%s,line=%d,title=%s::%s\n", dir, f.File, f.Line, f.Code,
			annotation.Replace(f.What+": "+f.Why+". Safe: "+f.Safe))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
