-- A backup is a reader's work: pg_dump reads the sequences, too.

GRANT SELECT ON ALL SEQUENCES IN SCHEMA tradingd TO tradingd_readonly;
ALTER DEFAULT PRIVILEGES IN SCHEMA tradingd GRANT SELECT ON SEQUENCES TO tradingd_readonly;
