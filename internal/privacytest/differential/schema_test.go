package differential

import (
	"reflect"
	"slices"

	"entgo.io/ent/dialect/sql/schema"

	"github.com/communitybuilder/communitybuilder/ent/migrate"
	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// entities are all there are, each after those that it refers to.
var entities []string

// tables and byTable are the tables, and the entities in them.
var (
	tables  = map[string]*schema.Table{}
	byTable = map[string]string{}
)

// arrange learns the tables and puts the entities in order.
func arrange(types map[string]*orm.Type) {
	entities = nil
	for _, t := range migrate.Tables {
		tables[t.Name] = t
	}
	for name, t := range types {
		byTable[t.Table] = name
	}
	var names []string
	for name := range types {
		names = append(names, name)
	}
	slices.Sort(names)
	for len(entities) < len(names) {
		for _, name := range names {
			ready := !slices.Contains(entities, name)
			for _, key := range tables[types[name].Table].ForeignKeys {
				to := byTable[key.RefTable.Name]
				ready = ready && (to == name || slices.Contains(entities, to))
			}
			if ready {
				entities = append(entities, name)
			}
		}
	}
}

func nullable(entity, column string) bool {
	for table, name := range byTable {
		if name == entity {
			for _, c := range tables[table].Columns {
				if c.Name == column {
					return c.Nullable
				}
			}
		}
	}
	return false
}

func isBool(t *orm.Type, column string) bool { return orm.GoType(t, column).Kind() == reflect.Bool }
