// Package adopt takes over a PostgreSQL database that the platform's Python
// services have built and use, at whatever point of their history it stands: it
// gives the database the schema that the module's own migrations make, without
// losing a row and without keeping anybody waiting.
//
// How it goes:
//
//	catalogue.Read   what the database looks like now: the model starts as that
//	legacySteps      the steps of the Python services' own history that it lacks
//	                 (legacy*.go); the model is then past them
//	examine          the rows that break what is still to be added (rules*.go)
//	converge         the steps from the model to the schema of [Version]
//	run              each step in a transaction of its own
//	                 then what is not schema: default roles, django_migrations
//	                 (django*.go), Atlas's revision table
//
// [MakePlan] stops before run, and changes nothing.
package adopt

// Version is the migration whose schema an adopted database has first. Later
// migrations are applied as to any other database.
const Version = "20261123000009"
