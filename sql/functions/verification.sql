-- Verification: the rows that the re-execution of one run gives, in the form in which the daemon writes them,
-- against those that are there. The first row that differs, table by table in the order of the engine's effects;
-- none when all are equal. Of an order or position, what is passed is its last row.
CREATE OR REPLACE FUNCTION compare_batch(
  compared_user_id bigint, compared_run_id bigint, runs run_change[], orders order_change[], trades trade_change[],
  positions position_change[], cash_rows cash_change[], marks mark_change[], equity_rows equity_change[],
  events event_change[])
RETURNS TABLE (table_name text, row_key text, expected jsonb, found jsonb)
LANGUAGE sql STABLE SET plan_cache_mode = force_custom_plan AS $$
  SELECT * FROM (
    (SELECT 'paper_order', n.order_id::text, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(orders) n LEFT JOIN LATERAL (
       SELECT o.order_id, o.client_order_id, o.instrument_id, o.symbol,
              o.side, o.type, o.tif, o.source, o.status, o.reason, o.reason_detail, o.quantity, o.filled,
              o.limit_price, o.stop_price, o.reserved, o.session_date, o.placed_at, o.updated_at, o.triggered_at,
              o.trail_amount, o.trail_percent, o.expires_at, o.notional, o.take_profit, o.stop_loss,
              o.replaces_order_id, o.group_id
       FROM paper_order o
       WHERE (o.user_id, o.run_id, o.order_id) = (compared_user_id, compared_run_id, n.order_id)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) - 'run' ORDER BY n.order_id LIMIT 1)
    UNION ALL
    (SELECT 'paper_trade', n.trade_id::text, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(trades) n LEFT JOIN LATERAL (
       SELECT t.trade_id, t.order_id, t.logical_time, t.instrument_id, t.symbol, t.side,
              t.quantity, t.price, t.notional, t.fee, t.slippage, t.realized_pnl, t.fee_parts
       FROM paper_trade t
       WHERE (t.user_id, t.run_id, t.trade_id) = (compared_user_id, compared_run_id, n.trade_id)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) - 'run' ORDER BY n.trade_id LIMIT 1)
    UNION ALL
    (SELECT 'paper_position', n.symbol, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(positions) n LEFT JOIN LATERAL (
       SELECT p.symbol, p.instrument_id, p.quantity, p.cost, p.realized_pnl, p.lots,
              p.bar_time, p.bar_traded
       FROM paper_position p
       WHERE (p.user_id, p.run_id, p.symbol) = (compared_user_id, compared_run_id, n.symbol)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) - 'run' ORDER BY n.symbol LIMIT 1)
    UNION ALL
    (SELECT 'cash_ledger', n.seq::text, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(cash_rows) n LEFT JOIN LATERAL (
       SELECT c.seq, c.logical_time, c.kind, c.amount, c.balance, c.trade_id, c.note
       FROM cash_ledger c WHERE (c.user_id, c.run_id, c.seq) = (compared_user_id, compared_run_id, n.seq)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) - 'run' ORDER BY n.seq LIMIT 1)
    UNION ALL
    (SELECT 'mtm_ledger', n.logical_time::text, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(marks) n LEFT JOIN LATERAL (
       SELECT m.logical_time, m.market_value, m.unrealized_pnl FROM mtm_ledger m
       WHERE (m.user_id, m.run_id, m.logical_time) = (compared_user_id, compared_run_id, n.logical_time)) l ON true
     WHERE (l.market_value, l.unrealized_pnl) IS DISTINCT FROM (n.market_value, n.unrealized_pnl)
     ORDER BY n.logical_time LIMIT 1)
    UNION ALL
    (SELECT 'paper_equity_curve', n.logical_time::text, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(equity_rows) n LEFT JOIN LATERAL (
       SELECT e.logical_time, e.cash, e.mtm, e.equity FROM paper_equity_curve e
       WHERE (e.user_id, e.run_id, e.logical_time) = (compared_user_id, compared_run_id, n.logical_time)) l ON true
     WHERE (l.cash, l.mtm, l.equity) IS DISTINCT FROM (n.cash, n.mtm, n.equity)
     ORDER BY n.logical_time LIMIT 1)
    UNION ALL
    (SELECT 'event_ledger', n.seq::text, to_jsonb(n) - 'run', to_jsonb(l)
     FROM unnest(events) n LEFT JOIN LATERAL (
       SELECT e.seq, e.logical_time, e.type, e.key, e.payload
       FROM event_ledger e WHERE (e.user_id, e.run_id, e.seq) = (compared_user_id, compared_run_id, n.seq)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) - 'run' ORDER BY n.seq LIMIT 1)
    UNION ALL
    (SELECT 'engine_state', n.run_id::text, n.state, to_jsonb(l)
     FROM (SELECT c.user_id, c.run_id, to_jsonb(c) - '{expected_version,market_value,unrealized_pnl,marked_cash}'::text[]
             AS state FROM unnest(runs) c) n LEFT JOIN LATERAL (
       SELECT s.user_id, s.run_id, s.version, s.last_logical_time, s.last_mark_time, s.feed_time, s.cash, s.reserved,
              s.trading_state, s.strategy_state, s.next_order, s.next_trade, s.next_cash_seq, s.next_event_seq,
              s.digest, s.state_digest
       FROM engine_state s WHERE (s.user_id, s.run_id) = (n.user_id, n.run_id)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM n.state LIMIT 1)
  ) AS differences LIMIT 1
$$;
REVOKE ALL ON FUNCTION compare_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION compare_batch TO tradingd_readonly;
