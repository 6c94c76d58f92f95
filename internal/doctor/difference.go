package doctor

import "slices"

// Kind is a kind of difference between a live schema and the expected one.
type Kind string

// The kinds of differences that need attention.
const (
	MissingTable      Kind = "missing table"
	MissingColumn     Kind = "missing column"
	RequiredColumn    Kind = "unknown required column" // NOT NULL without a default: the client's inserts fail
	ColumnType        Kind = "column type"
	NullableColumn    Kind = "column may be NULL"
	NotNullColumn     Kind = "column may not be NULL"
	ColumnOther       Kind = "column definition"
	PrimaryKey        Kind = "primary key"
	MissingUnique     Kind = "missing unique index"
	UnknownUnique     Kind = "unknown unique index" // refuses rows that the client may write
	MissingIndex      Kind = "missing index"
	InvalidIndex      Kind = "invalid index" // no query uses it, and a unique one may not hold for all rows
	MissingForeignKey Kind = "missing foreign key"
	DeletionRule      Kind = "deletion rule"
	MissingCheck      Kind = "missing check"
	NotValidated      Kind = "rule not validated" // older rows may break it
	SequenceOther     Kind = "sequence definition"
	UnknownTrigger    Kind = "unknown trigger or rule" // may refuse or change what the client writes
	TableOther        Kind = "table definition"
)

// The kinds that are harmless: the client works as well with them.
const (
	ColumnDefault     Kind = "column default" // every writer writes all columns
	OtherName         Kind = "other name"
	OtherForm         Kind = "other form"     // a unique constraint in the place of a unique index
	DeferrableKey     Kind = "deferrable key" // checked when the transaction ends
	UnknownTable      Kind = "unknown table"
	UnknownColumn     Kind = "unknown column"
	UnknownIndex      Kind = "unknown index"
	UnknownForeignKey Kind = "unknown foreign key"
	UnknownCheck      Kind = "unknown check"
	UnknownObject     Kind = "unknown view, function or type"
)

// kinds are all of them in the order in which they are reported.
var kinds = []Kind{
	MissingTable, MissingColumn, RequiredColumn, ColumnType, NullableColumn, NotNullColumn, ColumnOther, PrimaryKey,
	MissingUnique, UnknownUnique, MissingIndex, InvalidIndex, MissingForeignKey, DeletionRule, MissingCheck, NotValidated,
	SequenceOther, UnknownTrigger, TableOther,
	ColumnDefault, OtherName, OtherForm, DeferrableKey, UnknownTable, UnknownColumn, UnknownIndex, UnknownForeignKey, UnknownCheck,
	UnknownObject,
}

// Harmless tells whether the client works as well with such a difference.
func (k Kind) Harmless() bool {
	return slices.Index(kinds, k) >= slices.Index(kinds, ColumnDefault)
}

// Difference is one thing in which a live schema is not as expected.
type Difference struct {
	Kind  Kind   `json:"kind"`
	Table string `json:"table"`
	// Name is that of the column, index or constraint; "" if it is about the
	// table.
	Name string `json:"name,omitempty"`
	// Detail says what is there and what is expected, where that is not all
	// said by the kind.
	Detail string `json:"detail,omitempty"`
}

// String returns the difference on one line.
func (d Difference) String() string {
	s := d.Table
	if d.Name != "" {
		s += ": " + d.Name
	}
	if d.Detail != "" {
		s += ": " + d.Detail
	}
	return s
}
