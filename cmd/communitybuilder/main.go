// Command communitybuilder looks after the platform's PostgreSQL database: it
// applies the module's migrations, takes over a database of the Python services,
// and examines a database's schema and rows.
//
//	communitybuilder migrate status --url postgres://app@db.example/platform
//	communitybuilder migrate apply  --url postgres://app@db.example/platform
//	communitybuilder adopt plan     --url postgres://app@db.example/platform
//	communitybuilder adopt apply    --url postgres://app@db.example/platform
//	communitybuilder doctor         --url postgres://app@db.example/platform
//
// The URL may also be in the environment variable DATABASE_URL, where other
// users of the machine don't see the password that it may hold.
//
// # Exit status
//
//	0  all is well
//	1  the database needs attention: migrations are pending or unknown, or can't
//	   be applied, or the doctor found something, or it can't be taken over as it is
//	2  the command could not do its work: a wrong flag or URL, no connection, …
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
