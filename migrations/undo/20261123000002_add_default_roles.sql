-- Take the two roles away that the migration may have added, where they are as it
-- writes them and nobody has them. Others stay: applying the migration again leaves
-- them as they are too.

DELETE FROM "Roles" r
WHERE (name, description, is_admin_role) IN (
    ('admin', 'Platform administrator', true),
    ('user', 'Default user role', false))
  AND NOT EXISTS (SELECT FROM "User_roles" u WHERE u.role_id = r.id)
  AND NOT EXISTS (SELECT FROM "Roles_permissions" p WHERE p.role_id = r.id);
