-- The daemon's way in: one call per batch, with the rows as arrays.
--
-- The files in sql/functions are run again, in the order of their names, by every `tradingd --migrate`: they hold
-- each function once, as it is now. One whose arguments or result change is dropped by the migration that
-- changes them.

-- Whether batch `batch` of `lease_epoch` may write for these shards; leaves its number there, so that its fate
-- can be read back. Locks the shards' rows, in order, until the transaction ends: the first lock of every batch.
CREATE OR REPLACE FUNCTION pass_fence(lease_epoch bigint, batch bigint, shards integer[]) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  passed integer;
BEGIN
  IF cardinality(shards) > 1 THEN
    PERFORM FROM engine_shard WHERE shard_id = ANY (shards) ORDER BY shard_id FOR NO KEY UPDATE;
  END IF;
  UPDATE engine_shard SET last_batch = batch
    WHERE shard_id = ANY (shards) AND epoch = lease_epoch AND holder IS NOT NULL
      AND greatest(last_batch, burned_batch) < batch;
  GET DIAGNOSTICS passed = ROW_COUNT;
  IF passed = cardinality(shards) THEN
    RETURN;
  END IF;
  IF (SELECT count(*) FROM engine_shard
      WHERE shard_id = ANY (shards) AND epoch = lease_epoch AND holder IS NOT NULL) = cardinality(shards) THEN
    RAISE EXCEPTION 'batch % of epoch % was written or given up before', batch, lease_epoch
      USING ERRCODE = 'TD003', HINT = 'Send it again under a new number.';
  END IF;
  RAISE EXCEPTION 'fenced: epoch % holds the lease no more', lease_epoch
    USING ERRCODE = 'TD001', HINT = 'Another daemon has taken this ledger over; this one must stop.';
END
$$;

-- Writes one batch and returns the runs that it left out: finished, deleted, or at another version than the
-- batch was computed on. Rows of a run that was not claimed are never written.
--
-- The claim is at once the lock against stop and delete, the check that the run is RUNNING, the de-duplication
-- of its logical time, and the proof that it exists. So the row-by-row checks of foreign keys and guards add
-- nothing here, and apply_batch_fast switches them off; keys, CHECKs and the status triggers stay in force.
--
-- All plans are generic and kept: they go from the rows that were sent to the keys, which is right for one row and
-- for many. Switching the checks off drops all kept plans, so apply_batch_fast plans anew in each call: it is for large
-- batches.
--
-- `marked`: a run of the batch has its mark within its row. `reported`: the runs whose engine_status is to be
-- brought up to date; it is for people who look, and lags by some seconds.
CREATE OR REPLACE FUNCTION apply_batch(
  lease_epoch bigint, batch bigint, shards integer[], runs run_change[], marked boolean, reported integer[],
  headers run_header_change[], orders order_change[], trades trade_change[], positions position_change[],
  cash_rows cash_change[], marks mark_change[], equity_rows equity_change[], events event_change[],
  commands command_change[])
RETURNS TABLE (refused_user_id bigint, refused_run_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  claimed_users bigint[];
  claimed_runs bigint[];
  refused integer[] := '{}';
BEGIN
  PERFORM pass_fence(lease_epoch, batch, shards);

  -- The order of locks is strategy_run, then engine_state.
  IF cardinality(headers) > 0 THEN
    PERFORM FROM unnest(headers) h
        JOIN strategy_run r ON r.user_id = (runs[h.run]).user_id AND r.run_id = (runs[h.run]).run_id
      ORDER BY r.user_id, r.run_id FOR UPDATE OF r;
  END IF;
  IF current_setting('session_replication_role') <> 'replica' THEN
    PERFORM FROM unnest(runs) c JOIN strategy_run r USING (user_id, run_id)
      ORDER BY r.user_id, r.run_id FOR KEY SHARE OF r;
  END IF;

  IF marked THEN
    WITH claimed AS (
      UPDATE engine_state s
        SET version = c.version, last_logical_time = c.last_logical_time, last_mark_time = c.last_mark_time,
            feed_time = c.feed_time, cash = c.cash, reserved = c.reserved, trading_state = c.trading_state,
            strategy_state = coalesce(c.strategy_state, s.strategy_state),
            next_order = c.next_order, next_trade = c.next_trade, next_cash_seq = c.next_cash_seq,
            next_event_seq = c.next_event_seq, digest = c.digest, state_digest = c.state_digest
        FROM unnest(runs) c
        WHERE s.user_id = c.user_id AND s.run_id = c.run_id AND s.run_status = 'RUNNING'
          AND s.version = c.expected_version AND s.last_logical_time <= c.last_logical_time
        RETURNING s.user_id, s.run_id, s.last_mark_time, c.market_value, c.unrealized_pnl, c.marked_cash),
    mark_rows AS (
      INSERT INTO mtm_ledger (user_id, run_id, logical_time, market_value, unrealized_pnl)
        SELECT user_id, run_id, last_mark_time, market_value, unrealized_pnl
        FROM claimed WHERE market_value IS NOT NULL),
    equity_rows AS (
      INSERT INTO paper_equity_curve (user_id, run_id, logical_time, cash, mtm, equity)
        SELECT user_id, run_id, last_mark_time, marked_cash, market_value, marked_cash + market_value
        FROM claimed WHERE market_value IS NOT NULL)
    SELECT coalesce(array_agg(user_id), '{}'), coalesce(array_agg(run_id), '{}')
      INTO claimed_users, claimed_runs FROM claimed;
  ELSE
    WITH claimed AS (
      UPDATE engine_state s
        SET version = c.version, last_logical_time = c.last_logical_time, last_mark_time = c.last_mark_time,
            feed_time = c.feed_time, cash = c.cash, reserved = c.reserved, trading_state = c.trading_state,
            strategy_state = coalesce(c.strategy_state, s.strategy_state),
            next_order = c.next_order, next_trade = c.next_trade, next_cash_seq = c.next_cash_seq,
            next_event_seq = c.next_event_seq, digest = c.digest, state_digest = c.state_digest
        FROM unnest(runs) c
        WHERE s.user_id = c.user_id AND s.run_id = c.run_id AND s.run_status = 'RUNNING'
          AND s.version = c.expected_version AND s.last_logical_time <= c.last_logical_time
        RETURNING s.user_id, s.run_id)
    SELECT coalesce(array_agg(user_id), '{}'), coalesce(array_agg(run_id), '{}')
      INTO claimed_users, claimed_runs FROM claimed;
  END IF;
  IF cardinality(claimed_users) < cardinality(runs) THEN
    SELECT array_agg(c.place) INTO refused
      FROM (SELECT user_id, run_id, ordinality::integer AS place FROM unnest(runs) WITH ORDINALITY) c
      WHERE (c.user_id, c.run_id) IN (SELECT user_id, run_id FROM unnest(runs)
                                      EXCEPT SELECT * FROM unnest(claimed_users, claimed_runs));
  END IF;

  IF cardinality(orders) > 0 THEN
    INSERT INTO paper_order (user_id, run_id, order_id, client_order_id, instrument_id, symbol,
        side, type, tif, source, status, reason, reason_detail, quantity, filled, limit_price, stop_price, reserved,
        session_date, placed_at, updated_at, triggered_at, trail_amount, trail_percent, expires_at, notional,
        take_profit, stop_loss, replaces_order_id, group_id)
      SELECT (runs[o.run]).user_id, (runs[o.run]).run_id, o.order_id, o.client_order_id, o.instrument_id, o.symbol,
             o.side, o.type, o.tif, o.source, o.status, o.reason, o.reason_detail, o.quantity, o.filled,
             o.limit_price, o.stop_price, o.reserved, o.session_date, o.placed_at, o.updated_at, o.triggered_at,
             o.trail_amount, o.trail_percent, o.expires_at, o.notional, o.take_profit, o.stop_loss,
             o.replaces_order_id, o.group_id
      FROM unnest(orders) o WHERE o.run <> ALL (refused)
      ON CONFLICT (user_id, run_id, order_id) DO UPDATE
        SET status = excluded.status, reason = excluded.reason, reason_detail = excluded.reason_detail,
            filled = excluded.filled, reserved = excluded.reserved, session_date = excluded.session_date,
            updated_at = excluded.updated_at, triggered_at = excluded.triggered_at,
            -- a trailing stop's price, an order's group and its size within it change while it is open
            stop_price = excluded.stop_price, group_id = excluded.group_id, quantity = excluded.quantity,
            -- and a split or a new symbol changes these
            instrument_id = excluded.instrument_id, symbol = excluded.symbol, limit_price = excluded.limit_price,
            trail_amount = excluded.trail_amount, take_profit = excluded.take_profit, stop_loss = excluded.stop_loss;
  END IF;
  IF cardinality(trades) > 0 THEN
    INSERT INTO paper_trade (user_id, run_id, trade_id, order_id, logical_time, instrument_id, symbol, side, quantity,
        price, notional, fee, slippage, realized_pnl, fee_parts)
      SELECT (runs[t.run]).user_id, (runs[t.run]).run_id, t.trade_id, t.order_id, t.logical_time, t.instrument_id,
             t.symbol, t.side, t.quantity, t.price, t.notional, t.fee, t.slippage, t.realized_pnl, t.fee_parts
      FROM unnest(trades) t WHERE t.run <> ALL (refused);
  END IF;
  IF cardinality(positions) > 0 THEN
    INSERT INTO paper_position (user_id, run_id, symbol, instrument_id, quantity, cost, realized_pnl, lots, bar_time,
        bar_traded)
      SELECT (runs[p.run]).user_id, (runs[p.run]).run_id, p.symbol, p.instrument_id, p.quantity, p.cost,
             p.realized_pnl, p.lots, p.bar_time, p.bar_traded
      FROM unnest(positions) p WHERE p.run <> ALL (refused)
      ON CONFLICT (user_id, run_id, symbol) DO UPDATE
        SET quantity = excluded.quantity, cost = excluded.cost, realized_pnl = excluded.realized_pnl,
            lots = excluded.lots, bar_time = excluded.bar_time, bar_traded = excluded.bar_traded;
  END IF;
  IF cardinality(cash_rows) > 0 THEN
    INSERT INTO cash_ledger (user_id, run_id, seq, logical_time, kind, amount, balance, trade_id, note)
      SELECT (runs[m.run]).user_id, (runs[m.run]).run_id, m.seq, m.logical_time, m.kind, m.amount, m.balance,
             m.trade_id, m.note
      FROM unnest(cash_rows) m WHERE m.run <> ALL (refused);
  END IF;
  IF cardinality(marks) > 0 THEN
    INSERT INTO mtm_ledger (user_id, run_id, logical_time, market_value, unrealized_pnl)
      SELECT (runs[m.run]).user_id, (runs[m.run]).run_id, m.logical_time, m.market_value, m.unrealized_pnl
      FROM unnest(marks) m WHERE m.run <> ALL (refused);
  END IF;
  IF cardinality(equity_rows) > 0 THEN
    INSERT INTO paper_equity_curve (user_id, run_id, logical_time, cash, mtm, equity)
      SELECT (runs[e.run]).user_id, (runs[e.run]).run_id, e.logical_time, e.cash, e.mtm, e.equity
      FROM unnest(equity_rows) e WHERE e.run <> ALL (refused);
  END IF;
  IF cardinality(events) > 0 THEN
    INSERT INTO event_ledger (user_id, run_id, seq, logical_time, type, key, payload)
      SELECT (runs[e.run]).user_id, (runs[e.run]).run_id, e.seq, e.logical_time, e.type, e.key, e.payload
      FROM unnest(events) e WHERE e.run <> ALL (refused);
  END IF;
  IF cardinality(commands) > 0 THEN
    INSERT INTO command_log (user_id, run_id, request_id, uid, method, arguments, arguments_hash, logical_time, result,
        ok, run_version)
      SELECT (runs[d.run]).user_id, (runs[d.run]).run_id, d.request_id, d.uid, d.method, d.arguments,
             d.arguments_hash, d.logical_time, d.result, d.ok, d.run_version
      FROM unnest(commands) d WHERE d.run <> ALL (refused);
  END IF;

  IF cardinality(reported) > 0 THEN
    UPDATE engine_status l
      SET last_logical_time = (runs[n]).last_logical_time, inputs = (runs[n]).version,
          orders = (runs[n]).next_order - 1, trades = (runs[n]).next_trade - 1, updated_at = now()
      FROM unnest(reported) n
      WHERE l.user_id = (runs[n]).user_id AND l.run_id = (runs[n]).run_id AND n <> ALL (refused);
  END IF;

  -- Last, since nothing more can be written for a run that has ended.
  IF cardinality(headers) > 0 THEN
    UPDATE engine_status l SET message = h.stop_reason
      FROM unnest(headers) h
      WHERE l.user_id = (runs[h.run]).user_id AND l.run_id = (runs[h.run]).run_id AND h.run <> ALL (refused)
        AND h.stop_reason IS NOT NULL;
    UPDATE strategy_run r
      SET trading_state = coalesce(h.trading_state, r.trading_state), status = coalesce(h.status, r.status),
          stop_reason = coalesce(h.stop_reason, r.stop_reason)
      FROM unnest(headers) h
      WHERE r.user_id = (runs[h.run]).user_id AND r.run_id = (runs[h.run]).run_id AND h.run <> ALL (refused);
    -- The mirror: done by the foreign key's cascade, except where that is switched off.
    UPDATE engine_state s SET run_status = h.status
      FROM unnest(headers) h
      WHERE s.user_id = (runs[h.run]).user_id AND s.run_id = (runs[h.run]).run_id AND h.run <> ALL (refused)
        AND s.run_status <> h.status;
  END IF;

  IF cardinality(refused) > 0 THEN
    RETURN QUERY SELECT (runs[n]).user_id, (runs[n]).run_id FROM unnest(refused) n ORDER BY 1, 2;
  END IF;
END
$$;

-- The run's first rows; its first batch follows in the same transaction.
CREATE OR REPLACE FUNCTION create_run(
  new_user_id bigint, new_run_id bigint, new_name text, new_strategy text, new_feed_id bigint, new_config jsonb,
  new_config_hash bytea, new_initial_cash numeric, new_start_time timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = tradingd, pg_temp AS $$
  INSERT INTO strategy_run (user_id, run_id, name, strategy, feed_id, config, config_hash, initial_cash, start_time)
    VALUES (new_user_id, new_run_id, new_name, new_strategy, new_feed_id, new_config, new_config_hash,
            new_initial_cash, new_start_time);
  INSERT INTO engine_state (user_id, run_id) VALUES (new_user_id, new_run_id);
  INSERT INTO engine_status (user_id, run_id) VALUES (new_user_id, new_run_id);
$$;

-- Ends a RUNNING run as ERROR, with its open orders as they are. Does nothing for another run.
CREATE OR REPLACE FUNCTION fail_run(lease_epoch bigint, batch bigint, shards integer[], failed_user_id bigint, failed_run_id bigint,
                         failure text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp AS $$
BEGIN
  PERFORM pass_fence(lease_epoch, batch, shards);
  PERFORM FROM strategy_run r
    WHERE r.user_id = failed_user_id AND r.run_id = failed_run_id AND r.status = 'RUNNING' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  UPDATE engine_status l SET message = failure, updated_at = now()
    WHERE l.user_id = failed_user_id AND l.run_id = failed_run_id;
  UPDATE strategy_run r SET status = 'ERROR', stop_reason = failure
    WHERE r.user_id = failed_user_id AND r.run_id = failed_run_id;
END
$$;

-- Whether batch `batch` was committed. Waits for its transaction if that still lives; a batch that was not
-- committed can't be any more after this, however late its statement arrives.
-- 'committed', 'absent' or 'fenced'.
CREATE OR REPLACE FUNCTION read_back_batch(lease_epoch bigint, batch bigint, shard integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp AS $$
DECLARE
  found record;
BEGIN
  SELECT * INTO found FROM engine_shard e WHERE e.shard_id = shard FOR NO KEY UPDATE;
  IF found.epoch <> lease_epoch OR found.holder IS NULL THEN
    RETURN 'fenced';
  END IF;
  IF found.last_batch = batch THEN
    RETURN 'committed';
  END IF;
  UPDATE engine_shard e SET burned_batch = greatest(e.burned_batch, batch) WHERE e.shard_id = shard;
  RETURN 'absent';
END
$$;

-- Deletes a finished run with its whole ledger; false where there is none.
CREATE OR REPLACE FUNCTION run_delete(deleted_user_id bigint, deleted_run_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp AS $$
DECLARE
  found_status text;
BEGIN
  SELECT r.status INTO found_status FROM strategy_run r
    WHERE r.user_id = deleted_user_id AND r.run_id = deleted_run_id FOR UPDATE;
  IF found_status IS NULL THEN
    RETURN false;
  END IF;
  IF found_status = 'RUNNING' THEN
    RAISE EXCEPTION 'run % of user % is RUNNING and can''t be deleted', deleted_run_id, deleted_user_id
      USING ERRCODE = 'TD005', HINT = 'Stop it first.';
  END IF;
  DELETE FROM strategy_run r WHERE r.user_id = deleted_user_id AND r.run_id = deleted_run_id;
  RETURN true;
END
$$;

-- apply_batch with the row-by-row checks off, where the server grants the owner the right to that; tells
-- whether it does. Run after every migration.
CREATE OR REPLACE FUNCTION choose_write_path() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT has_parameter_privilege('tradingd_owner', 'session_replication_role', 'SET') THEN
    RETURN false;
  END IF;
  CREATE OR REPLACE FUNCTION tradingd.apply_batch_fast(
    lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], marked boolean,
    reported integer[], headers tradingd.run_header_change[], orders tradingd.order_change[],
    trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[],
    marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[],
    commands tradingd.command_change[])
  RETURNS TABLE (refused_user_id bigint, refused_run_id bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp SET session_replication_role = replica AS $body$
  BEGIN
    RETURN QUERY SELECT * FROM apply_batch(lease_epoch, batch, shards, runs, marked, reported, headers, orders, trades,
                                           positions, cash_rows, marks, equity_rows, events, commands);
  END
  $body$;
  REVOKE ALL ON FUNCTION tradingd.apply_batch_fast FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION tradingd.apply_batch_fast TO tradingd_runtime;
  RETURN true;
END
$$;

REVOKE ALL ON FUNCTION pass_fence, choose_write_path FROM PUBLIC;
REVOKE ALL ON FUNCTION apply_batch, create_run, fail_run, read_back_batch, run_delete FROM PUBLIC;
GRANT EXECUTE ON FUNCTION apply_batch, create_run, fail_run, read_back_batch, run_delete TO tradingd_runtime;
