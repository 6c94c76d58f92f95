package communitybuilder

// What follows from the graph in ent/schema: the typed client, then the schema
// of a PostgreSQL database, which is read from the client's package migrate, and
// the diagrams. None of the programs compiles the client, so that it may be
// missing or broken.
//
// When an entity was removed, go generate ./... does all of this, removes the
// entity's files, and then complains that it can't read them; go generate . only
// does it.
//
//go:generate go run -C ent entc.go
//go:generate go run ./internal/cmd/schemasql schema.sql
//go:generate go run ./internal/cmd/diagrams ent/schema docs
