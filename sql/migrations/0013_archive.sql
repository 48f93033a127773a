-- What has left the two per-tick ledgers for files: see sql/functions/archive.sql and daemon/archive.

CREATE TABLE ledger_archive (
  archive_id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- the order in which a run's rows were archived
  ledger text NOT NULL CHECK (ledger IN ('mtm_ledger', 'paper_equity_curve')),
  name text NOT NULL,  -- of the partition that it was, and of the files
  since timestamptz,   -- null: from the beginning
  until timestamptz NOT NULL,
  rows bigint NOT NULL CHECK (rows > 0),
  manifest_digest bytea NOT NULL CHECK (length(manifest_digest) = 32),
  uid bigint NOT NULL,  -- who asked for it; -1: the retention setting
  archived_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (ledger, name),
  CHECK (since < until)
);

-- How much of a run that is, and its last mark, which the run's value hangs on. A run's logical times only rise, so all
-- its rows up to these times are in the archive, and none after them.
CREATE TABLE run_archive (
  user_id bigint NOT NULL,
  run_id bigint NOT NULL,
  marks bigint NOT NULL DEFAULT 0,
  marked_until timestamptz NOT NULL DEFAULT '-infinity',
  market_value numeric(38,8),
  unrealized_pnl numeric(38,8),
  equity_rows bigint NOT NULL DEFAULT 0,
  equity_until timestamptz NOT NULL DEFAULT '-infinity',
  PRIMARY KEY (user_id, run_id),
  FOREIGN KEY (user_id, run_id) REFERENCES strategy_run ON DELETE CASCADE
) WITH (fillfactor = 80);

GRANT SELECT ON ledger_archive, run_archive TO tradingd_runtime, tradingd_readonly;
