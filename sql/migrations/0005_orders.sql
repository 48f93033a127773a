-- Trailing stops, gtd, orders for an amount, brackets, one-cancels-other and replaced orders.

ALTER TABLE paper_order
  ADD COLUMN trail_amount numeric(28,8),
  ADD COLUMN trail_percent numeric(28,8),  -- 5 is five percent
  ADD COLUMN expires_at timestamptz,       -- logical
  ADD COLUMN notional numeric(38,8),       -- the amount that the quantity was made of
  ADD COLUMN take_profit numeric(28,8),
  ADD COLUMN stop_loss numeric(28,8),
  ADD COLUMN replaces_order_id bigint,
  ADD COLUMN group_id bigint,              -- the first order of a one-cancels-other group, or a bracket's entry
  ADD CHECK (status = 'REJECTED' OR num_nonnulls(trail_amount, trail_percent) = (type = 'trailing_stop')::int),
  ADD CHECK (status = 'REJECTED' OR (tif = 'gtd') = (expires_at IS NOT NULL)),
  ADD CHECK (status = 'REJECTED' OR num_nulls(take_profit, stop_loss) <> 1),
  ADD CHECK (replaces_order_id < order_id),
  ADD CHECK (group_id <= order_id);
-- A replaced order can't be replaced again.
CREATE UNIQUE INDEX paper_order_replaces_idx ON paper_order (user_id, run_id, replaces_order_id)
  WHERE replaces_order_id IS NOT NULL;

ALTER TYPE order_change
  ADD ATTRIBUTE trail_amount numeric, ADD ATTRIBUTE trail_percent numeric, ADD ATTRIBUTE expires_at timestamptz,
  ADD ATTRIBUTE notional numeric, ADD ATTRIBUTE take_profit numeric, ADD ATTRIBUTE stop_loss numeric,
  ADD ATTRIBUTE replaces_order_id bigint, ADD ATTRIBUTE group_id bigint;

-- As it was, with the new columns; a trailing stop's stop price and an order's group change while it is open.
CREATE OR REPLACE FUNCTION apply_batch(
  lease_epoch bigint, batch bigint, shards integer[], runs run_change[], headers run_header_change[],
  orders order_change[], trades trade_change[], positions position_change[], cash_rows cash_change[],
  marks mark_change[], equity_rows equity_change[], events event_change[], commands command_change[])
RETURNS TABLE (refused_user_id bigint, refused_run_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  claimed_users bigint[];
  claimed_runs bigint[];
BEGIN
  PERFORM pass_fence(lease_epoch, batch, shards);

  -- The order of locks is strategy_run, then engine_state.
  IF cardinality(headers) > 0 THEN
    PERFORM FROM strategy_run r JOIN unnest(headers) h USING (user_id, run_id)
      ORDER BY r.user_id, r.run_id FOR UPDATE OF r;
  END IF;
  IF current_setting('session_replication_role') <> 'replica' THEN
    PERFORM FROM strategy_run r JOIN unnest(runs) c USING (user_id, run_id)
      ORDER BY r.user_id, r.run_id FOR KEY SHARE OF r;
  END IF;

  WITH claimed AS (
    UPDATE engine_state s
      SET version = c.version, last_logical_time = c.last_logical_time, last_mark_time = c.last_mark_time,
          cash = c.cash, reserved = c.reserved, trading_state = c.trading_state,
          strategy_state = coalesce(c.strategy_state, s.strategy_state),
          next_order = c.next_order, next_trade = c.next_trade, next_cash_seq = c.next_cash_seq,
          next_event_seq = c.next_event_seq, digest = c.digest, state_digest = c.state_digest
      FROM unnest(runs) c
      WHERE s.user_id = c.user_id AND s.run_id = c.run_id AND s.run_status = 'RUNNING'
        AND s.version = c.expected_version AND s.last_logical_time <= c.last_logical_time
      RETURNING s.user_id, s.run_id)
  SELECT coalesce(array_agg(user_id), '{}'), coalesce(array_agg(run_id), '{}')
    INTO claimed_users, claimed_runs FROM claimed;

  IF cardinality(orders) > 0 THEN
    INSERT INTO paper_order (user_id, run_id, order_id, client_order_id, instrument_id, symbol,
        side, type, tif, source, status, reason, reason_detail, quantity, filled, limit_price, stop_price, reserved,
        session_date, placed_at, updated_at, triggered_at, trail_amount, trail_percent, expires_at, notional,
        take_profit, stop_loss, replaces_order_id, group_id)
      SELECT o.* FROM unnest(orders) o JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id)
      ON CONFLICT (user_id, run_id, order_id) DO UPDATE
        SET status = excluded.status, reason = excluded.reason, reason_detail = excluded.reason_detail,
            filled = excluded.filled, reserved = excluded.reserved, session_date = excluded.session_date,
            updated_at = excluded.updated_at, triggered_at = excluded.triggered_at,
            stop_price = excluded.stop_price, group_id = excluded.group_id;
  END IF;
  IF cardinality(trades) > 0 THEN
    INSERT INTO paper_trade (user_id, run_id, trade_id, order_id, logical_time, instrument_id, symbol, side, quantity,
        price, notional, fee, slippage, realized_pnl)
      SELECT t.* FROM unnest(trades) t JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id);
  END IF;
  IF cardinality(positions) > 0 THEN
    INSERT INTO paper_position (user_id, run_id, symbol, instrument_id, quantity, cost, realized_pnl)
      SELECT p.* FROM unnest(positions) p JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id)
      ON CONFLICT (user_id, run_id, symbol) DO UPDATE
        SET quantity = excluded.quantity, cost = excluded.cost, realized_pnl = excluded.realized_pnl;
  END IF;
  IF cardinality(cash_rows) > 0 THEN
    INSERT INTO cash_ledger (user_id, run_id, seq, logical_time, kind, amount, balance, trade_id, note)
      SELECT c.* FROM unnest(cash_rows) c JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id);
  END IF;
  IF cardinality(marks) > 0 THEN
    INSERT INTO mtm_ledger (user_id, run_id, logical_time, market_value, unrealized_pnl)
      SELECT m.* FROM unnest(marks) m JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id);
  END IF;
  IF cardinality(equity_rows) > 0 THEN
    INSERT INTO paper_equity_curve (user_id, run_id, logical_time, cash, mtm, equity)
      SELECT e.* FROM unnest(equity_rows) e JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id);
  END IF;
  IF cardinality(events) > 0 THEN
    INSERT INTO event_ledger (user_id, run_id, seq, logical_time, type, key, payload)
      SELECT e.* FROM unnest(events) e JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id);
  END IF;
  IF cardinality(commands) > 0 THEN
    INSERT INTO command_log (user_id, run_id, request_id, uid, method, arguments, arguments_hash, logical_time, result, ok)
      SELECT c.* FROM unnest(commands) c JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id);
  END IF;

  -- Liveness, for people who look: at most once a second per run, and when it ends.
  UPDATE engine_status l
    SET last_logical_time = c.last_logical_time, inputs = c.version, orders = c.next_order - 1,
        trades = c.next_trade - 1, message = coalesce(h.stop_reason, l.message), updated_at = now()
    FROM unnest(claimed_users, claimed_runs) k (user_id, run_id)
      JOIN unnest(runs) c USING (user_id, run_id)
      LEFT JOIN unnest(headers) h USING (user_id, run_id)
    WHERE l.user_id = k.user_id AND l.run_id = k.run_id
      AND (l.updated_at < now() - interval '1 second' OR h.status IS NOT NULL);

  -- Last, since nothing more can be written for a run that has ended.
  IF cardinality(headers) > 0 THEN
    UPDATE strategy_run r
      SET trading_state = coalesce(h.trading_state, r.trading_state), status = coalesce(h.status, r.status),
          stop_reason = coalesce(h.stop_reason, r.stop_reason)
      FROM unnest(headers) h JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id)
      WHERE r.user_id = h.user_id AND r.run_id = h.run_id;
    -- The mirror: done by the foreign key's cascade, except where that is switched off.
    UPDATE engine_state s SET run_status = h.status
      FROM unnest(headers) h JOIN unnest(claimed_users, claimed_runs) k (user_id, run_id) USING (user_id, run_id)
      WHERE s.user_id = h.user_id AND s.run_id = h.run_id AND s.run_status <> h.status;
  END IF;

  RETURN QUERY
    SELECT c.user_id, c.run_id FROM unnest(runs) c
    EXCEPT SELECT k.user_id, k.run_id FROM unnest(claimed_users, claimed_runs) k (user_id, run_id)
    ORDER BY 1, 2;
END
$$;
