package conformance

import (
	"fmt"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	cbent "github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/txdriver"
)

// counting is a client that has its statements counted.
type counting struct {
	*cbent.Client
	sent []string
}

func newCounting(t *testing.T, d Database) *counting {
	t.Helper()
	c := &counting{}
	c.Client = cbent.NewClient(cbent.Driver(txdriver.New(entsql.OpenDB(d.Dialect, d.DB))), cbent.Debug(),
		cbent.Log(func(v ...any) { c.sent = append(c.sent, fmt.Sprint(v...)) }))
	return c
}

// want tells if fn takes another number of statements. The begin and the end of a
// transaction are none.
func (c *counting) want(t *testing.T, what string, n int, fn func() error) {
	t.Helper()
	c.sent = nil
	if err := fn(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(c.sent) != n {
		t.Errorf("%s: %d statements, want %d: %q", what, len(c.sent), n, c.sent)
	}
}
