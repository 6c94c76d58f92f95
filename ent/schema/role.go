package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/communitybuilder/communitybuilder/internal/hook"
	"github.com/communitybuilder/communitybuilder/internal/rule"
)

// Role is a set of permissions on the platform; the roles admin and user
// always exist. Signed-in users see it. It is kept by internal services, and
// what it was given to and what it grants go with it.
type Role struct{ ent.Schema }

func (Role) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Roles"}}
}

func (Role) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(100).SchemaType(varchar(100)),
		field.Text("description").Default(""),
		field.Bool("is_admin_role").Default(false).
			Comment("Whoever has the role is staff."),
	}
}

func (Role) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("permissions", Permission.Type).Through("role_permissions", RolePermission.Type),
		edge.From("users", User.Type).Ref("roles"),
	}
}

func (Role) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("name").Unique(), // a role by its name
	}
}

func (Role) Hooks() []ent.Hook { return []ent.Hook{hook.DefaultRolesStay()} }

func (Role) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.SignedIn, Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}

// Permission is something that a role allows. Signed-in users see it, internal
// services keep it. Its place in roles goes with it.
type Permission struct{ ent.Schema }

func (Permission) Mixin() []ent.Mixin {
	return []ent.Mixin{created{}}
}

func (Permission) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Permission"}}
}

func (Permission) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().MaxRuneLen(100).SchemaType(varchar(100)),
		field.Text("description").Default(""),
	}
}

func (Permission) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("roles", Role.Type).Ref("permissions"),
	}
}

func (Permission) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.SignedIn, Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}

// RolePermission gives a permission to a role. Signed-in users see it,
// internal services keep it. It goes with either.
type RolePermission struct{ ent.Schema }

func (RolePermission) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "Roles_permissions"}}
}

func (RolePermission) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("role_id").Immutable(),
		field.Int64("permission_id").Immutable(),
	}
}

func (RolePermission) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("role", Role.Type).Field("role_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
		edge.To("permission", Permission.Type).Field("permission_id").Unique().Required().Immutable().
			Annotations(entsql.OnDelete(entsql.Cascade)),
	}
}

func (RolePermission) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("permission_id"), // the roles of a permission
	}
}

func (RolePermission) Policy() ent.Policy {
	return &rule.Policy{
		Read: rule.SignedIn, Create: rule.For(rule.Nobody), Update: rule.For(rule.Nobody), Delete: rule.Nobody,
	}
}
