// Command schemasql writes the schema that a PostgreSQL database should have as
// an SQL file. It is run by go generate, after ent, and needs no database.
//
//	go run ./internal/cmd/schemasql schema.sql
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/communitybuilder/communitybuilder/internal/dbschema"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "schemasql:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: schemasql FILE")
	}
	var b bytes.Buffer
	if err := dbschema.WriteSQL(&b); err != nil {
		return err
	}
	return os.WriteFile(args[0], b.Bytes(), 0o644)
}
