-- Some rows that obey every rule, for where there is no dump with more of them.

INSERT INTO "User" (id, email, password, date_joined) VALUES
  (1, 'ada@example.com', 'x', now()),
  (2, 'bob@example.com', 'x', now());
INSERT INTO "User_roles" (user_id, role_id) SELECT u.id, r.id FROM "User" u, "Roles" r;
INSERT INTO "BadgeDefinition" (code, name, criteria, created_at, updated_at) VALUES
  ('first_post', 'First post', '{}', now(), now());
