// Command diagrams writes the pictures of the entity graph. It is run by go
// generate, and needs neither the generated client nor a database.
//
//	go run ./internal/cmd/diagrams ent/schema docs
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/communitybuilder/communitybuilder/internal/diagram"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "diagrams:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: diagrams SCHEMADIR DOCSDIR")
	}
	files, err := diagram.Draw(args[0])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[1], 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(args[1], name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
