-- Which days were sessions, as far as runs knew. A calendar is data that people correct; what a run saw is recorded, so
-- that its re-execution counts trading days as it did.

CREATE TABLE trading_calendar (
  calendar_hash bytea PRIMARY KEY CHECK (length(calendar_hash) = 32),  -- of `sessions`
  name text NOT NULL,
  sessions text NOT NULL CHECK (sessions <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- From this tick of the feed on.
CREATE TABLE feed_calendar (
  feed_id bigint NOT NULL,
  logical_time timestamptz NOT NULL,
  calendar_hash bytea NOT NULL REFERENCES trading_calendar,
  PRIMARY KEY (feed_id, logical_time),
  FOREIGN KEY (feed_id, logical_time) REFERENCES market_tick ON DELETE CASCADE
);

GRANT SELECT ON trading_calendar, feed_calendar TO tradingd_runtime, tradingd_readonly;
GRANT INSERT ON trading_calendar, feed_calendar TO tradingd_runtime;

-- An installment ends once: as executed or as skipped.
CREATE UNIQUE INDEX event_ledger_installment_idx ON event_ledger (user_id, run_id, key)
  WHERE type IN ('SIP_EXECUTED', 'SIP_SKIPPED');
