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
// # Who is asking
//
// The context of every operation says for whom it is done, by a [viewer.Viewer]:
//
//	ctx = viewer.NewContext(ctx, viewer.User(id)) // or viewer.Anonymous()
//
// Policies, which stand with the entities in ent/schema, decide what that viewer
// reads and writes; they are conditions of the statements, and hold for every
// client, however it was made. Without a viewer there is nothing but [ErrNoViewer].
// A row that the viewer may not see is not found, in lists, counts, edges,
// updates and deletions alike; a private column is as if it were NULL; and a write
// that they may not make of a row which they see is [ErrForbidden]. The service
// itself acts for a reason and may do everything:
//
//	ctx = viewer.NewContext(ctx, viewer.System("expire subscriptions"))
//
// docs/privacy.md has the middleware of a service and how policies are written.
//
// # Rules
//
// What always holds for rows is kept by the database where SQL can say it, and
// otherwise by the client's hooks in the transaction of the write: docs/rules.md
// lists every rule and the error that breaking it gives. Some rules write: a
// community gets its alias, the rows that every community begins with, and the
// user who makes it as its owner.
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
