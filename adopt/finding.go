package adopt

import (
	"slices"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// A Finding is what was found of the rows that break something which the takeover
// adds to the database or validates there.
type Finding struct {
	// Rule is the name of the constraint or index, or for a column that is to be
	// NOT NULL the name of the column.
	Rule string `json:"rule"`
	// Table is the table of the rows, by the name that it has in the live database.
	Table string `json:"table"`
	// Says is the rule, in words that follow the name of a column, or its definition.
	Says string `json:"says"`
	// Rows is the number of rows, and IDs are the ids of the first few.
	Rows int64   `json:"rows"`
	IDs  []int64 `json:"ids"`
	// SQL shows the rows, in the live database.
	SQL string `json:"sql"`
	// Response is what the takeover does about the rows, "" if there are none.
	Response Response `json:"response,omitempty"`
	// Repair says what repairing the rows would do, "" if there is no repair for
	// the rule but by hand.
	Repair string `json:"repair,omitempty"`
	// Unknown says why the rows could not be examined yet, else "".
	Unknown string `json:"unknown,omitempty"`

	// ids selects the rows' ids in the live database.
	ids string
	// object is what they break, as the schema of the version has it.
	object catalogue.Object
}

// findings tell converge which objects of the version's schema rows break.
type findings []Finding

// broken tells whether rows break an object.
func (fs findings) broken(o catalogue.Object) bool {
	for _, f := range fs {
		if f.object.Key() == o.Key() && f.Rows > 0 {
			return true
		}
	}
	return false
}

// concern tells whether something was found about an object: that rows break it, or
// that they can't be examined.
func (fs findings) concern(o catalogue.Object) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.object == o })
}
