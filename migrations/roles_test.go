package migrations_test

import (
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/migratetest"
)

const roles = `SELECT string_agg(concat_ws(':', name, description, is_admin_role), ' ' ORDER BY name) FROM "Roles"`

func TestTheDefaultRolesAreAddedWhereThereAreNone(t *testing.T) {
	t.Parallel()
	d := migratetest.Before(t, "20261123000002")
	equal(t, "roles", d.Query(roles), "")
	d.Migrate()
	equal(t, "roles", d.Query(roles), "admin:Platform administrator:t user:Default user role:f")
	d.Undo()
	equal(t, "roles after the undo", d.Query(roles), "")
}

func TestRolesThatThereAreStay(t *testing.T) {
	t.Parallel()
	d := migratetest.Before(t, "20261123000002")
	d.Exec(`INSERT INTO "Roles" (name, description, is_admin_role) VALUES ('admin', 'Our own', true), ('guest', 'Guests', false)`)
	d.Migrate()
	d.Exec(`INSERT INTO "User" (email, password, date_joined) VALUES ('a@example.com', 'x', now());
		INSERT INTO "User_roles" (user_id, role_id) SELECT u.id, r.id FROM "User" u, "Roles" r WHERE r.name = 'user'`)
	const all = "admin:Our own:t guest:Guests:f user:Default user role:f"
	equal(t, "roles", d.Query(roles), all)
	d.Undo()
	equal(t, "roles after the undo, one of which somebody has", d.Query(roles), all)
	equal(t, "their roles", d.Query(`SELECT count(*) FROM "User_roles"`), "1")
	d.Migrate()
	equal(t, "roles", d.Query(roles), all)
}
