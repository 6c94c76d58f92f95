package conformance

// Unconstrained is SQL that takes from a PostgreSQL database what would refuse
// rows: checks, foreign keys, and the uniqueness of all but primary keys.
const Unconstrained = `DO $$ DECLARE x record; BEGIN
	FOR x IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
	         WHERE contype IN ('f', 'c') AND connamespace = 'public'::regnamespace LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', x.t, x.conname);
	END LOOP;
	FOR x IN SELECT indexrelid::regclass AS i FROM pg_index JOIN pg_class c ON c.oid = indexrelid
	         WHERE indisunique AND NOT indisprimary AND c.relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('DROP INDEX %s', x.i);
	END LOOP;
END $$`
