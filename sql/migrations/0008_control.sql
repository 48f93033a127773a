-- What holds for runs from outside of them: who is halted, and the users' limits. The daemon makes inputs of it
-- for each run concerned; the rules here hold at once, also while the daemon is frozen or gone.
--
-- SQLSTATE of ours:
--   TD006  trading is halted: no new order and no trade is written

-- A user's state, or one run's, or (user 0) everybody's. Runs also have states of their own, in engine_state.
CREATE TABLE trading_control (
  user_id bigint NOT NULL CHECK (user_id >= 0),  -- 0: everybody
  run_id bigint NOT NULL CHECK (run_id >= 0),    -- 0: whichever run
  trading_state text NOT NULL CHECK (trading_state IN ('ACTIVE', 'REDUCING', 'HALTED')),
  reason text NOT NULL DEFAULT '',
  uid bigint NOT NULL DEFAULT -1,  -- Unix uid of who said so
  revision bigint NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, run_id),
  CHECK (user_id > 0 OR run_id = 0)
);
CREATE INDEX trading_control_in_force_idx ON trading_control (user_id, run_id) WHERE trading_state <> 'ACTIVE';
CREATE INDEX trading_control_revision_idx ON trading_control (revision);

ALTER TABLE app_user ADD COLUMN limits_revision bigint NOT NULL DEFAULT 0;
CREATE INDEX app_user_limits_revision_idx ON app_user (limits_revision) WHERE limits_revision > 0;

-- Counts the changes of both. Its row is locked until the change commits, so that whoever has read up to a
-- revision has missed none before it.
CREATE TABLE standing_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL DEFAULT 0
);
INSERT INTO standing_revision DEFAULT VALUES;

CREATE FUNCTION next_standing_revision() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = tradingd, pg_temp AS $$
  UPDATE standing_revision SET revision = revision + 1 RETURNING revision
$$;

-- Sets a state and returns its revision. When it returns and has committed, no batch that is under way can write
-- an order any more: it waits for those that are, as each holds its shard's row, and those after it see the state.
CREATE FUNCTION set_trading_control(control_user_id bigint, control_run_id bigint, new_state text, new_reason text,
                                    by_uid bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp AS $$
DECLARE
  new_revision bigint;
BEGIN
  PERFORM FROM engine_shard WHERE control_user_id = 0 OR shard_id = (control_user_id & 63)
    ORDER BY shard_id FOR NO KEY UPDATE;
  new_revision := next_standing_revision();
  INSERT INTO trading_control (user_id, run_id, trading_state, reason, uid, revision, changed_at)
    VALUES (control_user_id, control_run_id, new_state, new_reason, by_uid, new_revision, clock_timestamp())
    ON CONFLICT (user_id, run_id) DO UPDATE
      SET trading_state = excluded.trading_state, reason = excluded.reason, uid = excluded.uid,
          revision = excluded.revision, changed_at = excluded.changed_at;
  RETURN new_revision;
END
$$;

-- One check per statement, over the rows that it added. Where nobody is halted, it costs one look at an empty index.
CREATE FUNCTION guard_halted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  halted record;
BEGIN
  IF NOT EXISTS (SELECT FROM tradingd.trading_control WHERE trading_state <> 'ACTIVE') THEN
    RETURN NULL;
  END IF;
  SELECT n.user_id, n.run_id, c.reason INTO halted
    FROM added_rows n JOIN tradingd.trading_control c
      ON c.trading_state = 'HALTED' AND c.user_id IN (0, n.user_id) AND c.run_id IN (0, n.run_id)
    WHERE to_jsonb(n) ->> 'status' IS DISTINCT FROM 'REJECTED' LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'trading is halted for run % of user %: %', halted.run_id, halted.user_id, halted.reason
      USING ERRCODE = 'TD006', HINT = 'Who may resume it: tradectl resume --help';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER guard_halted AFTER INSERT ON paper_order REFERENCING NEW TABLE AS added_rows
  FOR EACH STATEMENT EXECUTE FUNCTION guard_halted();
CREATE TRIGGER guard_halted AFTER INSERT ON paper_trade REFERENCING NEW TABLE AS added_rows
  FOR EACH STATEMENT EXECUTE FUNCTION guard_halted();
-- Also on the write path that switches the row-by-row checks off.
ALTER TABLE paper_order ENABLE ALWAYS TRIGGER guard_halted;
ALTER TABLE paper_trade ENABLE ALWAYS TRIGGER guard_halted;

REVOKE ALL ON FUNCTION next_standing_revision, set_trading_control, guard_halted FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_standing_revision, set_trading_control TO tradingd_runtime;
GRANT UPDATE (limits_revision) ON app_user TO tradingd_runtime;
