-- What a cluster and a database need before the migrations: roles, the schema, the right that the fast
-- write path needs. Run by `tradingd --migrate` each time, as whoever it connects as; every step is
-- idempotent, and safe when several databases of one cluster are set up at the same moment.
--
-- Roles, which belong to the whole cluster:
--   tradingd_owner     owns everything, can't log in
--   tradingd_migrator  may become the owner
--   tradingd_runtime   what the daemon writes as
--   tradingd_readonly  what reports read as

DO $$
DECLARE
  role record;
BEGIN
  FOR role IN
    SELECT * FROM (VALUES ('tradingd_owner', 'NOLOGIN'), ('tradingd_migrator', 'LOGIN'),
                          ('tradingd_runtime', 'LOGIN'), ('tradingd_readonly', 'LOGIN')) AS r (name, login)
  LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role.name) THEN
        EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE INHERIT', role.name, role.login);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- another database's migration made it a moment ago
    END;
  END LOOP;
END
$$;

-- Memberships and the parameter right are cluster-wide rows too: two grants at once can collide
-- ("tuple concurrently updated"), which the caller answers by running this file again.
DO $$
BEGIN
  IF NOT pg_has_role('tradingd_migrator', 'tradingd_owner', 'MEMBER') THEN
    GRANT tradingd_owner TO tradingd_migrator;
  END IF;
  IF NOT pg_has_role(current_user, 'tradingd_owner', 'MEMBER') THEN
    EXECUTE format('GRANT tradingd_owner TO %I', current_user);
  END IF;
END
$$;

DO $$
BEGIN
  IF NOT has_parameter_privilege('tradingd_owner', 'session_replication_role', 'SET') THEN
    GRANT SET ON PARAMETER session_replication_role TO tradingd_owner;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  NULL;  -- reported by the caller; the slower write path is used
END
$$;

DO $$
BEGIN
  IF to_regnamespace('tradingd') IS NULL THEN
    CREATE SCHEMA tradingd AUTHORIZATION tradingd_owner;
  END IF;
  IF pg_has_role(current_user, (SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()),
                 'USAGE') THEN
    EXECUTE format('ALTER DATABASE %I SET search_path = tradingd, public', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  END IF;
END
$$;

GRANT USAGE ON SCHEMA tradingd TO tradingd_migrator, tradingd_runtime, tradingd_readonly;
