package apierror_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"github.com/communitybuilder/communitybuilder/apierror"
)

// Every constant of the catalogue has a status and a meaning.
func TestTheCatalogueIsComplete(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "catalogue.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []apierror.Code
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Code" {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, apierror.Code(text))
			}
		}
		return true
	})
	slices.Sort(codes)
	if !slices.Equal(codes, apierror.Codes()) {
		t.Errorf("constants %v, catalogue %v", codes, apierror.Codes())
	}
	for _, c := range codes {
		if s := c.Status(); c.Meaning() == "" || s < 400 || (s >= 500) != (c == apierror.Internal) {
			t.Errorf("%s: status %d, %q", c, s, c.Meaning())
		}
	}
}

func TestAnErrorAsItIsAnswered(t *testing.T) {
	for _, tt := range []struct {
		err    error
		json   string
		status int
	}{
		{
			fmt.Errorf("voting: %w", &apierror.Error{Code: apierror.OtherPoll, Entity: "PollVote", Field: "option_id", Rule: "the option must be one of the poll"}),
			`{"error":"PollVote.option_id: the option must be one of the poll","code":"other_poll"}`, 400,
		},
		{&apierror.Error{Code: apierror.NotFound, Entity: "Poll"}, `{"error":"Poll: there is no such row, or none that may be seen","code":"not_found"}`, 404},
		{&apierror.Error{Code: apierror.AlreadyVoted}, `{"error":"the user has voted in the poll already","code":"already_voted"}`, 409},
		{&apierror.Error{Code: "of_tomorrow"}, `{"error":"of_tomorrow","code":"of_tomorrow"}`, 500},
		{errors.New(`pq: syntax error in SELECT secret`), `{"error":"internal error","code":"internal_error"}`, 500},
	} {
		e := apierror.From(tt.err)
		text, err := json.Marshal(e)
		if err != nil || string(text) != tt.json || e.Status() != tt.status {
			t.Errorf("%v is answered as %d %s, %v; want %d %s", tt.err, e.Status(), text, err, tt.status, tt.json)
		}
		if !errors.Is(e, e.Code) {
			t.Errorf("%v is not its code", e)
		}
	}
	if apierror.From(nil) != nil {
		t.Error("no error is an error")
	}
}
