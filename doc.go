// Package communitybuilder is the way into the module: it opens the platform's
// database and hands out the typed client of package ent, whose entities,
// edges and fields are the platform's. The usual name for it is cb:
//
//	import cb "github.com/communitybuilder/communitybuilder"
//
//	client, err := cb.Open(ctx, os.Getenv("DATABASE_URL"))
//	if err != nil {
//		return err // says what to do
//	}
//	defer client.Close()
//
// # Databases
//
// [Open] takes postgres:// and sqlite: URLs, and sets limits and timeouts that
// the options and the URL override. [OpenDB] and [OpenConnector] work with other
// database/sql drivers. PostgreSQL is for production, and its schema is made by
// [Migrate]. SQLite is for trying things out and for tests: sqlite::memory: needs
// nothing and is a new database each time. When a database can't be opened the
// [OpenError] has a stable [Code].
//
// # What is not there yet
//
// The policies that the documentation of the entities speaks of (who may see a
// row, who may change it) are not enforced yet: every user of the client sees and
// writes everything.
//
// # Rules
//
// What always holds for rows is kept by the database where SQL can say it, and
// otherwise by the client's hooks in the transaction of the write: docs/rules.md
// lists every rule and the error that breaking it gives. Some rules write: a
// community gets its alias, the rows that every community begins with, and the
// user of the context's [viewer.Viewer] as its owner.
//
// # Transactions
//
// Every write runs in a transaction, hooks included: its own or the one around
// it. [Tx] runs several in one, and repeats them when they lose against others.
// The transaction is in the context:
//
//	err := cb.Tx(ctx, client, func(ctx context.Context, tx *ent.Client) error {
//		group, err := tx.CommunityGroup.Create(). … .Save(ctx)
//		…
//		cb.AfterCommit(ctx, func(ctx context.Context) { notify(ctx, group) })
//		return nil
//	})
//
// Nested transactions join the outer one, and if a part fails the whole does:
// [ErrTxDoomed]. [AfterCommit] is for what must happen only if the rest did.
package communitybuilder
