-- The ledger's own rules: nothing is written for a run that is not RUNNING, final is final, an order goes
-- only where the table below lets it go. They hold for every way in: the daemon, psql, a bug of ours.
--
-- SQLSTATEs of ours:
--   TD001  fenced: another daemon has taken the lease over
--   TD002  the run is not RUNNING: nothing can be written for it
--   TD003  the batch's number was used before or given up
--   TD004  a status can't change like that
--   TD005  the run is RUNNING, and what was asked for needs a finished one

-- Writes only for RUNNING runs -------------------------------------------------------------------------
-- One check per statement, over the rows that it wrote. A plain read is enough: each row's foreign key check
-- has locked its run's row against a change of status by now. A few rows are probed one by one; many are
-- joined by a plan made for that number, since a cached plan for few rows would ruin a big batch.

CREATE FUNCTION refuse_finished_run(user_id bigint, run_id bigint, status text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'run % of user % is %: nothing can be written for it', run_id, user_id, status
    USING ERRCODE = 'TD002', HINT = 'A finished run stays as it is; start a new run.';
END
$$;

CREATE FUNCTION guard_running() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched record;
  found_status text;
BEGIN
  IF (SELECT count(*) FROM (SELECT FROM touched_rows LIMIT 33) AS first_rows) <= 32 THEN
    FOR touched IN SELECT DISTINCT n.user_id, n.run_id FROM touched_rows n LOOP
      SELECT r.status INTO found_status FROM tradingd.strategy_run r
        WHERE r.user_id = touched.user_id AND r.run_id = touched.run_id;
      IF found_status <> 'RUNNING' THEN
        PERFORM tradingd.refuse_finished_run(touched.user_id, touched.run_id, found_status);
      END IF;
    END LOOP;
  ELSE
    EXECUTE $query$
      SELECT r.user_id, r.run_id, r.status
      FROM (SELECT DISTINCT user_id, run_id FROM touched_rows) AS n JOIN tradingd.strategy_run r USING (user_id, run_id)
      WHERE r.status <> 'RUNNING' LIMIT 1 $query$ INTO touched;
    IF touched.status IS NOT NULL THEN
      PERFORM tradingd.refuse_finished_run(touched.user_id, touched.run_id, touched.status);
    END IF;
  END IF;
  RETURN NULL;
END
$$;

-- An update of engine_state also comes from strategy_run, when the foreign key carries a new status into
-- the mirror; that, and nothing else, may happen to a finished run's row.
CREATE FUNCTION guard_engine_state_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched record;
BEGIN
  EXECUTE $query$
    SELECT n.user_id, n.run_id, n.run_status
    FROM touched_rows n LEFT JOIN old_rows o USING (user_id, run_id)
    WHERE n.run_status <> 'RUNNING' AND to_jsonb(n) - 'run_status' IS DISTINCT FROM to_jsonb(o) - 'run_status'
    LIMIT 1 $query$ INTO touched;
  IF touched.run_status IS NOT NULL THEN
    PERFORM tradingd.refuse_finished_run(touched.user_id, touched.run_id, touched.run_status);
  END IF;
  RETURN NULL;
END
$$;

-- Puts the guards on a child of strategy_run. A partition needs its own, for the rows that go to it by name.
CREATE PROCEDURE add_guards(child regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER guard_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS touched_rows '
                 'FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running()', child);
  -- Where a row was and where it goes: none may be moved out of a finished run either.
  EXECUTE format('CREATE TRIGGER guard_update AFTER UPDATE ON %s REFERENCING NEW TABLE AS touched_rows '
                 'FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running()', child);
  EXECUTE format('CREATE TRIGGER guard_update_from AFTER UPDATE ON %s REFERENCING OLD TABLE AS touched_rows '
                 'FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running()', child);
END
$$;

CALL add_guards('engine_status');
CALL add_guards('paper_order');
CALL add_guards('paper_trade');
CALL add_guards('paper_position');
CALL add_guards('cash_ledger');
CALL add_guards('mtm_ledger');
CALL add_guards('mtm_ledger_default');
CALL add_guards('paper_equity_curve');
CALL add_guards('paper_equity_curve_default');
CALL add_guards('event_ledger');

CREATE TRIGGER guard_insert AFTER INSERT ON engine_state REFERENCING NEW TABLE AS touched_rows
  FOR EACH STATEMENT EXECUTE FUNCTION guard_running();
CREATE TRIGGER guard_update AFTER UPDATE ON engine_state REFERENCING OLD TABLE AS old_rows NEW TABLE AS touched_rows
  FOR EACH STATEMENT EXECUTE FUNCTION guard_engine_state_update();

-- A run's life -----------------------------------------------------------------------------------------

CREATE FUNCTION guard_run_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.user_id, NEW.run_id) IS DISTINCT FROM (OLD.user_id, OLD.run_id) THEN
    RAISE EXCEPTION 'run % of user % can''t change its key', OLD.run_id, OLD.user_id USING ERRCODE = 'TD004';
  END IF;
  IF OLD.status <> 'RUNNING' THEN
    RAISE EXCEPTION 'run % of user % is %, which is final', OLD.run_id, OLD.user_id, OLD.status
      USING ERRCODE = 'TD004', HINT = 'Start a new run.';
  END IF;
  IF NEW.status <> 'RUNNING' THEN
    NEW.stopped_at := coalesce(NEW.stopped_at, now());
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER guard_update BEFORE UPDATE ON strategy_run
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION guard_run_update();
ALTER TABLE strategy_run ENABLE ALWAYS TRIGGER guard_update;

-- The order of locks is strategy_run, then engine_state, everywhere. A batch on the fast path holds only the
-- engine_state row, so a delete takes it too before the cascade begins, and waits for the open tick.
CREATE FUNCTION lock_run_before_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tradingd.strategy_run r WHERE r.user_id = OLD.user_id AND r.run_id = OLD.run_id FOR UPDATE;
  PERFORM 1 FROM tradingd.engine_state s WHERE s.user_id = OLD.user_id AND s.run_id = OLD.run_id FOR UPDATE;
  RETURN OLD;
END
$$;
CREATE TRIGGER lock_before_delete BEFORE DELETE ON strategy_run
  FOR EACH ROW EXECUTE FUNCTION lock_run_before_delete();

-- An order's life --------------------------------------------------------------------------------------

-- The transition table; the engine holds the same one. An open order may stay as it is while its row
-- changes; the row of a final one never changes.
CREATE FUNCTION order_may_become(old_status text, new_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE old_status
    WHEN 'PENDING' THEN
      new_status IN ('PENDING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'REPLACED')
    WHEN 'PARTIALLY_FILLED' THEN
      new_status IN ('PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'REPLACED')
    ELSE false
  END
$$;

CREATE FUNCTION guard_order_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tradingd.order_may_become(OLD.status, NEW.status) THEN
    RAISE EXCEPTION 'order % of run % of user % can''t go from % to %', OLD.order_id, OLD.run_id, OLD.user_id,
      OLD.status, NEW.status USING ERRCODE = 'TD004';
  END IF;
  IF NEW.filled < OLD.filled THEN
    RAISE EXCEPTION 'order % of run % of user % can''t be filled by less than before', OLD.order_id, OLD.run_id,
      OLD.user_id USING ERRCODE = 'TD004';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER guard_transition BEFORE UPDATE ON paper_order
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION guard_order_update();
ALTER TABLE paper_order ENABLE ALWAYS TRIGGER guard_transition;
