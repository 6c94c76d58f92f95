-- Give a new database the two roles that always exist. A database that has a
-- role of the name keeps it as it is.

INSERT INTO "Roles" ("name", "description", "is_admin_role")
VALUES
  ('admin', 'Platform administrator', true),
  ('user', 'Default user role', false)
ON CONFLICT ("name") DO NOTHING;
