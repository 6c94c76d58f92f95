package counts

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/orm"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// A query is what the queries of all entities have in common.
type query interface {
	WhereP(...func(*sql.Selector))
	IDs(context.Context) ([]int64, error)
	GroupBy(column string, columns ...string) *ent.GroupBy
}

// A group is how many rows refer to the same parent, and have the same option or
// the same stars.
type group struct {
	Parent, Option, Stars int64
	Number                int
}

// named is a column that groups are made by, and the field of a group it goes to.
type named struct{ column, as string }

// count counts the children of each of the parents that the viewer sees; key is the
// column by which they refer to them.
func count(ctx context.Context, parents query, parentIDs []int64, children query, key string) (map[int64]int, error) {
	ids, err := seen(ctx, parents, parentIDs)
	if err != nil {
		return nil, err
	}
	groups, err := grouped(ctx, children, key, ids)
	if err != nil {
		return nil, err
	}
	numbers := make(map[int64]int, len(ids))
	for _, id := range ids {
		numbers[id] = 0
	}
	for _, g := range groups {
		numbers[g.Parent] = g.Number
	}
	return numbers, nil
}

// seen are the rows among those with the ids that the viewer sees.
func seen(ctx context.Context, rows query, ids []int64) ([]int64, error) {
	rows.WhereP(func(s *sql.Selector) { s.Where(orm.AnyOf(s.C("id"), ids)) })
	return rows.IDs(ctx)
}

// grouped counts the children of the parents as the system.
func grouped(ctx context.Context, children query, key string, parents []int64, by ...named) (groups []group, err error) {
	if len(parents) == 0 {
		return nil, nil
	}
	children.WhereP(func(s *sql.Selector) { s.Where(orm.AnyOf(s.C(key), parents)) })
	by = append([]named{{key, "parent"}}, by...)
	columns := make([]string, len(by))
	for i, n := range by {
		columns[i] = n.column
	}
	ctx = viewer.NewContext(ctx, viewer.System("public counts"))
	err = children.GroupBy(columns[0], columns[1:]...).Aggregate(func(s *sql.Selector) string {
		number := sql.As(sql.Count("*"), "number")
		for _, n := range by {
			s.AppendSelectAs(s.C(n.column), n.as)
		}
		s.AppendSelect(number)
		return number
	}).Scan(ctx, &groups)
	return groups, err
}
