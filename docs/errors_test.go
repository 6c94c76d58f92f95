package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
)

func TestErrorsAreThoseOfTheCode(t *testing.T) {
	want := errorsPage(t)
	if *update {
		if err := os.WriteFile("errors.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, "errors.md") != want {
		t.Error("errors.md is not what the code says; go test ./docs -update puts it right")
	}
}

const errorsHead = `# Errors

Whatever the client or one of the module's packages refuses has a code of the catalogue, package [apierror](../apierror). This page is written from it by ` + "`go test ./docs -update`" + `, and a test fails when it is stale.

` + "```go" + `
switch err := client.PollVote.Create(). … .Exec(ctx); {
case errors.Is(err, apierror.AlreadyVoted): // a code is an error
	…
case err != nil:
	e := apierror.From(err) // its Code, Entity, Field and Rule
	w.WriteHeader(e.Status())
	json.NewEncoder(w).Encode(e) // {"error": "…", "code": "…"}
}
` + "```" + `

The text says which field breaks which rule, and shows neither SQL nor anything of other rows; [rules.md](rules.md) lists the rules with their codes. Codes don't change within a major version of the module, texts may.

Everything else is ` + "`internal_error`" + `, 500, which tells nothing: what the database can't do, and mistakes of the program, such as a context that says nothing of who is asking (` + "`cb.ErrNoViewer`" + `), a write in a read-only transaction (` + "`cb.ErrTxReadOnly`" + `), one row asked for where there are more (` + "`ent.NotSingularError`" + `), a stored password that can't be read (` + "`account.ErrHashMalformed`" + `). Log the error itself.

` + "`forbidden`" + `, 403, is for a viewer who sees the row and may not write it so; to one who doesn't see it, it is ` + "`not_found`" + `, 404, as a row that isn't there. [privacy.md](privacy.md) says more.

` + "`contention`" + `, 503, is no mistake of anybody: writes that lose against concurrent ones are repeated, and this is what comes after ten times. Nothing was written, and the same request may succeed a moment later.
`

func errorsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString(errorsHead)
	for _, group := range constants(t, "../apierror/catalogue.go", "Code") {
		fmt.Fprintf(&b, "\n## %s\n\n| code | status | in Go | text, where no rule says more |\n|---|---|---|---|\n", group.title)
		for _, c := range group.constants {
			code := apierror.Code(c.value)
			fmt.Fprintf(&b, "| `%s` | %d | `apierror.%s` | %s |\n", code, code.Status(), c.name, code.Meaning())
		}
	}
	b.WriteString("\n## Opening a database\n\nCodes of `cb.OpenError`, for whoever runs the program; to its users they are `internal_error`.\n\n| code | in Go | means that |\n|---|---|---|\n")
	for _, group := range constants(t, "../errors.go", "Code") {
		for _, c := range group.constants {
			fmt.Fprintf(&b, "| `%s` | `cb.%s` | %s |\n", c.value, c.name, c.says)
		}
	}
	return b.String()
}

// A group is a block of constants.
type group struct {
	title     string
	constants []constant
}

type constant struct {
	name, value string
	says        string // that the comment says in its first sentence
}

// constants are those of a type in a Go file, block by block.
func constants(t *testing.T, path, typ string) []group {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var groups []group
	for _, d := range f.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		g := group{title: strings.TrimSuffix(strings.TrimSpace(block.Doc.Text()), ".")}
		for _, s := range block.Specs {
			spec := s.(*ast.ValueSpec)
			if id, ok := spec.Type.(*ast.Ident); !ok || id.Name != typ {
				continue
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			says := strings.Join(strings.Fields(spec.Doc.Text()), " ")
			_, says, _ = strings.Cut(says, " means that ")
			says, _, _ = strings.Cut(strings.TrimSuffix(says, "."), ". ")
			says = strings.NewReplacer("[", "", "]", "").Replace(says)
			g.constants = append(g.constants, constant{spec.Names[0].Name, value, says})
		}
		if len(g.constants) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}
