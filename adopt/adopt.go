// Package adopt takes over a PostgreSQL database that the platform's Python
// services have built and use, at whatever point of their history it stands: it
// gives the database the schema that the module's own migrations make, without
// losing a row and without keeping anybody waiting.
package adopt

// Version is the migration whose schema an adopted database has first. Later
// migrations are applied as to any other database.
const Version = "20261123000009"
