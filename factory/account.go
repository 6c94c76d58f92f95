package factory

import (
	"context"

	"github.com/communitybuilder/communitybuilder/ent"
)

// Password is the password of every user that a factory makes.
const Password = "correct horse battery staple"

// encodedPassword is Password as Django stores it.
const encodedPassword = "pbkdf2_sha256$1500000$factory0salt0for0the0x$+JU6snpllhxwQ1geqKJzDeCT7SmsIPoUYrOcO4ahpAg="

// User makes an active, verified user with a unique e-mail and [Password].
func (f *Factory) User(ctx context.Context, with ...func(*ent.UserCreate)) (*ent.User, error) {
	c := f.client.User.Create()
	b, _ := begin(ctx, f, c)
	c.SetEmail(b.email(b.pick(firstNames), b.pick(lastNames))).
		SetPassword(encodedPassword).
		SetIsVerified(true).
		SetDateJoined(b.at)
	apply(c, with)
	return save(b, c.Save)
}

// Role makes a role without permissions that doesn't make anybody staff.
func (f *Factory) Role(ctx context.Context, with ...func(*ent.RoleCreate)) (*ent.Role, error) {
	c := f.client.Role.Create()
	b, _ := begin(ctx, f, c)
	c.SetName(b.slug("editor"))
	apply(c, with)
	return save(b, c.Save)
}

// Permission makes a permission with a unique name.
func (f *Factory) Permission(ctx context.Context, with ...func(*ent.PermissionCreate)) (*ent.Permission, error) {
	c := f.client.Permission.Create()
	b, _ := begin(ctx, f, c)
	c.SetName(b.slug("publish"))
	apply(c, with)
	return save(b, c.Save)
}

// UserRole gives a user a role.
func (f *Factory) UserRole(ctx context.Context, with ...func(*ent.UserRoleCreate)) (*ent.UserRole, error) {
	c := f.client.UserRole.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.UserID, c.SetUser, f.User)
	need(b, m.RoleID, c.SetRole, f.Role)
	return save(b, c.Save)
}

// RolePermission gives a role a permission.
func (f *Factory) RolePermission(ctx context.Context, with ...func(*ent.RolePermissionCreate)) (*ent.RolePermission, error) {
	c := f.client.RolePermission.Create()
	b, m := begin(ctx, f, c)
	apply(c, with)
	need(b, m.RoleID, c.SetRole, f.Role)
	need(b, m.PermissionID, c.SetPermission, f.Permission)
	return save(b, c.Save)
}
