package apierror_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// sources are the module's Go files without tests, by their path from its root.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	root := os.DirFS("..")
	files := map[string]*ast.File{}
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, notModule := fs.Stat(root, path+"/go.mod")
			if path != "." && (strings.HasPrefix(entry.Name(), ".") || notModule == nil) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), filepath.Join("..", path), nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// exportedErrors finds the errors that the module's public packages export, as
// package and name: constants and variables whose names begin with Err or whose
// type is an error, and structs that are errors.
func exportedErrors(t *testing.T) []string {
	t.Helper()
	packages := map[string][]*ast.File{}
	for path, f := range sources(t) {
		dir := filepath.ToSlash(filepath.Dir(path))
		if f.Name.Name != "main" && dir != "apierror" && !slices.Contains(strings.Split(dir, "/"), "internal") {
			packages[dir] = append(packages[dir], f)
		}
	}
	var found []string
	for _, files := range packages {
		errorTypes := map[string]bool{}
		for _, f := range files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Error" {
					receiver := fn.Recv.List[0].Type
					if star, ok := receiver.(*ast.StarExpr); ok {
						receiver = star.X
					}
					errorTypes[receiver.(*ast.Ident).Name] = true
				}
			}
		}
		for _, f := range files {
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok {
					for _, name := range errorsIn(g, errorTypes) {
						found = append(found, f.Name.Name+"."+name)
					}
				}
			}
		}
	}
	return found
}

// errorsIn are the exported errors of a declaration, in a package with the given
// types of errors.
func errorsIn(d *ast.GenDecl, errorTypes map[string]bool) []string {
	var found []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.ValueSpec:
			typ, ok := s.Type.(*ast.Ident)
			for _, n := range s.Names {
				if n.IsExported() && (strings.HasPrefix(n.Name, "Err") || ok && errorTypes[typ.Name]) {
					found = append(found, n.Name)
				}
			}
		case *ast.TypeSpec:
			_, isStruct := s.Type.(*ast.StructType)
			alias := s.Assign.IsValid() && strings.HasSuffix(s.Name.Name, "Error")
			if s.Name.IsExported() && (alias || isStruct && errorTypes[s.Name.Name]) {
				found = append(found, s.Name.Name)
			}
		}
	}
	return found
}

// A code that nothing gives is a promise that nothing keeps.
func TestEveryCodeIsGivenBySomething(t *testing.T) {
	given := map[string]bool{}
	for path, f := range sources(t) {
		if strings.HasPrefix(path, "apierror/") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "apierror" {
					given[sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	for name, code := range constants(t) {
		if !given[name] {
			t.Errorf("nothing gives %s (%s)", name, code)
		}
	}
}

var constant = regexp.MustCompile(`(?m)^\t(\w+) +Code += "(\w+)"$`)

// constants are the codes by the names that they have in Go.
func constants(t *testing.T) map[string]apierror.Code {
	t.Helper()
	text, err := os.ReadFile("catalogue.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]apierror.Code{}
	for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
		all[m[1]] = apierror.Code(m[2])
	}
	return all
}
