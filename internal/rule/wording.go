package rule

import (
	"math"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A wording is a part of a statement, put into words once for all viewers of a kind.
// To put together the conditions of a read took a good part of the time that it
// takes, and they differ in nothing but who asks, and when.
type wording struct {
	texts []string
	asks  []asked // one between every two texts
}

// asked is an argument of a wording: the id of the user, the time, or else the
// foreign key with the name that the rows have in common which others are loaded from.
type asked string

const (
	who  asked = "who"
	when asked = "when"
)

// somebody and sometime stand for the user and the time while something is worded.
const somebody = math.MaxInt64

var sometime = time.Unix(0, 0).UTC()

// unnamed is the scope for any viewer of the same kind, at any time.
func (s *scope) unnamed() *scope {
	of := &scope{dialect: s.dialect, now: sometime, names: make(map[string]row), within: make(map[string]bool)}
	if _, signedIn := s.viewer.UserID(); signedIn {
		of.viewer = viewer.User(somebody)
	}
	return of
}

// word puts a part of a statement, made in an unnamed scope, into words.
func (s *scope) word(part sql.Querier) *wording {
	var b sql.Builder
	b.SetDialect(s.dialect)
	rest, args := b.Join(part).Query()
	w := &wording{asks: make([]asked, len(args))}
	for i, arg := range args {
		key, isKey := arg.(asked)
		switch {
		case isKey:
			w.asks[i] = key
		case arg == int64(somebody):
			w.asks[i] = who
		case arg == sometime:
			w.asks[i] = when
		default:
			panic("rule: what is read depends on more than the viewer and the time")
		}
		mark := "?"
		if s.dialect == dialect.Postgres {
			mark = "$" + strconv.Itoa(i+1)
		}
		var text string
		text, rest, _ = strings.Cut(rest, mark)
		w.texts = append(w.texts, text)
	}
	w.texts = append(w.texts, rest)
	return w
}

// write writes it for the viewer, with one argument for each thing that is asked
// where the database lets an argument be used again.
func (w *wording) write(b *sql.Builder, s *scope, r orm.Reading) {
	given := make(map[asked]string, 3)
	for i, asks := range w.asks {
		b.WriteString(w.texts[i])
		if mark, ok := given[asks]; ok {
			b.WriteString(mark)
			continue
		}
		switch asks {
		case who:
			id, _ := s.viewer.UserID()
			b.Arg(id)
		case when:
			b.Arg(s.now)
		default:
			b.Arg(r.Shared[string(asks)])
		}
		if s.dialect == dialect.Postgres {
			given[asks] = "$" + strconv.Itoa(b.Total())
		}
	}
	b.WriteString(w.texts[len(w.asks)])
}

// of is the wording as an expression of a statement for the viewer.
func (w *wording) of(s *scope, r orm.Reading) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) { w.write(b, s, r) })
}
