package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
)

// withoutRules takes hooks and policies out of a schema: they are written for this
// module's runtime, and are no part of what ent generates.
func withoutRules(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, src, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range backwards(file.Decls) {
			from, to := set.Position(d.Pos()).Offset, set.Position(d.End()).Offset
			if ofRules.Match(src[from:to]) {
				src = append(src[:from:from], src[to:]...)
			}
		}
		if err := os.WriteFile(path, ruleImport.ReplaceAll(src, nil), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var (
	ofRules    = regexp.MustCompile(`(?s)^(func|var) .*\b(rule|hook)\.[A-Z]`)
	ruleImport = regexp.MustCompile(`\n\t"` + regexp.QuoteMeta(module) + `/internal/(rule|hook)"`)
)

// backwards are the declarations, the last one first, without the imports.
func backwards(decls []ast.Decl) []ast.Decl {
	var all []ast.Decl
	for _, d := range decls {
		if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			all = append([]ast.Decl{d}, all...)
		}
	}
	return all
}
