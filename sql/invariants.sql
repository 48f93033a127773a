-- Every invariant of the ledger, grouped: one row for each that is broken, none on a sound ledger.
-- Columns: invariant, detail (one example), count (how many). Nothing here takes a lock that others wait for.
--
-- The figures are compared for runs that the engine has written (engine_state.version > 0): rows made by
-- hand have only the table's own rules to obey.

WITH
written AS (
  SELECT r.user_id, r.run_id, r.status, r.initial_cash, r.feed_id, r.start_time, r.stopped_at, s.version, s.cash,
         s.reserved, s.last_logical_time, s.last_mark_time, s.feed_time, s.next_order, s.next_trade, s.next_cash_seq, s.next_event_seq
  FROM strategy_run r JOIN engine_state s USING (user_id, run_id) WHERE s.version > 0),
cash_sums AS (
  SELECT user_id, run_id, sum(amount) AS total, count(*) AS movements, max(seq) AS last_seq, max(logical_time) AS last_time
  FROM cash_ledger GROUP BY user_id, run_id),
cash_chain AS (
  SELECT user_id, run_id, seq, balance, sum(amount) OVER (PARTITION BY user_id, run_id ORDER BY seq) AS running_total
  FROM cash_ledger),
trade_cash AS (
  SELECT user_id, run_id, trade_id, sum(amount) AS total FROM cash_ledger WHERE trade_id IS NOT NULL
  GROUP BY user_id, run_id, trade_id),
order_sums AS (
  SELECT user_id, run_id, count(*) AS orders, max(order_id) AS last_id, max(updated_at) AS last_time,
         sum(reserved) FILTER (WHERE status IN ('PENDING', 'PARTIALLY_FILLED')) AS reserved
  FROM paper_order GROUP BY user_id, run_id),
trade_sums AS (
  SELECT user_id, run_id, count(*) AS trades, max(trade_id) AS last_id, max(logical_time) AS last_time
  FROM paper_trade GROUP BY user_id, run_id),
order_fills AS (
  SELECT user_id, run_id, order_id, sum(quantity) AS filled FROM paper_trade GROUP BY user_id, run_id, order_id),
-- What corporate actions did to positions stands in their events.
position_changes AS (
  SELECT user_id, run_id, symbol, CASE side WHEN 'buy' THEN quantity ELSE -quantity END AS quantity,
         CASE side WHEN 'buy' THEN notional ELSE -notional END AS paid, realized_pnl
  FROM paper_trade
  UNION ALL
  SELECT user_id, run_id, payload ->> 'symbol', (payload ->> 'quantity_change')::numeric,
         (payload ->> 'cost_change')::numeric - (payload ->> 'realized_change')::numeric,
         (payload ->> 'realized_change')::numeric
  FROM event_ledger WHERE type = 'CORPORATE_ACTION'),
position_trades AS (
  SELECT user_id, run_id, symbol, sum(quantity) AS quantity, sum(paid) AS paid, sum(realized_pnl) AS realized_pnl
  FROM position_changes GROUP BY user_id, run_id, symbol),
event_sums AS (
  SELECT user_id, run_id, count(*) AS events, max(seq) AS last_seq, max(logical_time) AS last_time
  FROM event_ledger GROUP BY user_id, run_id),
last_equity AS (
  SELECT user_id, run_id, max(logical_time) AS last_time FROM paper_equity_curve GROUP BY user_id, run_id),
last_mark AS (
  SELECT user_id, run_id, max(last_time) AS last_time, sum(marks) AS marks
  FROM (SELECT user_id, run_id, max(logical_time) AS last_time, count(*) AS marks FROM mtm_ledger GROUP BY user_id, run_id
        UNION ALL SELECT user_id, run_id, marked_until, marks FROM run_archive) all_marks
  GROUP BY user_id, run_id),
-- What each run held at its last mark, at the prices of that moment; where nothing was traded since.
last_values AS (
  SELECT w.user_id, w.run_id, coalesce(sum(p.quantity * b.close), 0) AS value
  FROM written w LEFT JOIN trade_sums t USING (user_id, run_id)
    LEFT JOIN paper_position p ON p.user_id = w.user_id AND p.run_id = w.run_id AND p.quantity <> 0
    LEFT JOIN LATERAL (
      SELECT m.close FROM market_bar m WHERE m.feed_id = w.feed_id AND m.instrument_id = p.instrument_id
        AND m.logical_time <= w.feed_time ORDER BY m.logical_time DESC LIMIT 1) b ON true
  WHERE coalesce(t.last_time, '-infinity') <= w.last_mark_time
    -- A split makes another price of the last bar's.
    AND NOT EXISTS (SELECT FROM market_action a WHERE a.feed_id = w.feed_id AND a.kind <> 'dividend' AND a.logical_time <= w.feed_time)
  GROUP BY w.user_id, w.run_id),
feed_counts AS (
  SELECT feed_id, count(*) AS ticks, max(logical_time) AS last_time FROM market_tick GROUP BY feed_id),
run_ticks AS (
  SELECT w.user_id, w.run_id, count(t.logical_time) AS ticks FROM written w LEFT JOIN market_tick t
    ON t.feed_id = w.feed_id AND t.logical_time > w.start_time AND t.logical_time <= w.feed_time
  GROUP BY w.user_id, w.run_id),
run_stop AS (
  SELECT user_id, run_id, max(seq) AS seq, max(logical_time) AS stop_time FROM event_ledger
  WHERE type = 'RUN_STOPPED' GROUP BY user_id, run_id),
states AS (  -- the times between two changes of the trading state
  SELECT user_id, run_id, payload ->> 'trading_state' AS state, logical_time AS since,
         lead(logical_time, 1, 'infinity') OVER (PARTITION BY user_id, run_id ORDER BY seq) AS until
  FROM event_ledger WHERE type = 'TRADING_STATE_CHANGED'),

broken (invariant, user_id, run_id, detail) AS (
  -- The plan's three.
  SELECT 'orphan_engine_state', es.user_id, es.run_id, 'engine_state without its run'
  FROM engine_state es LEFT JOIN strategy_run sr ON sr.user_id = es.user_id AND sr.run_id = es.run_id
  WHERE sr.run_id IS NULL
  UNION ALL
  SELECT 'duplicate_mark', user_id, run_id, format('%s marks at %s', count(*), logical_time)
  FROM mtm_ledger GROUP BY user_id, run_id, logical_time HAVING count(*) > 1
  UNION ALL
  SELECT 'two_running_runs', user_id, NULL, format('%s RUNNING runs', count(*))
  FROM strategy_run WHERE status = 'RUNNING' GROUP BY user_id HAVING count(*) > 1

  -- Nobody's rows: the checks that the fast write path makes once per run instead of once per row.
  UNION ALL
  SELECT 'orphan_' || child.name, child.user_id, child.run_id, 'rows without their run'
  FROM (SELECT 'engine_status' AS name, user_id, run_id FROM engine_status
        UNION ALL SELECT DISTINCT 'paper_order', user_id, run_id FROM paper_order
        UNION ALL SELECT DISTINCT 'paper_trade', user_id, run_id FROM paper_trade
        UNION ALL SELECT DISTINCT 'paper_position', user_id, run_id FROM paper_position
        UNION ALL SELECT 'cash_ledger', user_id, run_id FROM cash_sums
        UNION ALL SELECT 'mtm_ledger', user_id, run_id FROM last_mark
        UNION ALL SELECT 'paper_equity_curve', user_id, run_id FROM last_equity
        UNION ALL SELECT 'event_ledger', user_id, run_id FROM event_sums) AS child
  WHERE NOT EXISTS (SELECT FROM strategy_run r WHERE r.user_id = child.user_id AND r.run_id = child.run_id)
  UNION ALL
  SELECT 'status_mirror', s.user_id, s.run_id, format('engine_state says %s, strategy_run %s', s.run_status, r.status)
  FROM engine_state s JOIN strategy_run r USING (user_id, run_id) WHERE s.run_status <> r.status
  UNION ALL
  SELECT 'trade_of_order', t.user_id, t.run_id, format('trade %s and its order %s differ or it has none', t.trade_id, t.order_id)
  FROM paper_trade t LEFT JOIN paper_order o USING (user_id, run_id, order_id)
  WHERE o.order_id IS NULL OR t.side <> o.side OR t.logical_time < o.placed_at
    OR (t.symbol <> o.symbol AND NOT EXISTS (  -- an open order goes on under a new symbol, its trades keep theirs
      SELECT FROM event_ledger e
      WHERE (e.user_id, e.run_id, e.type) = (t.user_id, t.run_id, 'CORPORATE_ACTION') AND e.logical_time > t.logical_time
        AND e.payload ->> 'kind' = 'symbol_change' AND e.payload ->> 'symbol' = t.symbol))
  UNION ALL
  SELECT 'cash_of_trade', c.user_id, c.run_id, format('cash row %s names no trade of its run', c.seq)
  FROM cash_ledger c LEFT JOIN paper_trade t USING (user_id, run_id, trade_id)
  WHERE c.trade_id IS NOT NULL AND t.trade_id IS NULL
  UNION ALL
  SELECT 'duplicate_client_order_id', user_id, run_id, format('%s orders "%s"', count(*), client_order_id)
  FROM paper_order WHERE client_order_id IS NOT NULL GROUP BY user_id, run_id, client_order_id HAVING count(*) > 1
  UNION ALL
  SELECT 'installment_twice', user_id, run_id, format('installment %s has %s events', key, count(*))
  FROM event_ledger WHERE type IN ('SIP_EXECUTED', 'SIP_SKIPPED') GROUP BY user_id, run_id, key HAVING count(*) > 1
  UNION ALL
  SELECT 'lease', NULL, NULL, format('shard %s: holder %s, epoch %s, expires %s', shard_id, holder, epoch, expires_at)
  FROM engine_shard WHERE (holder IS NULL) <> (expires_at IS NULL) OR (holder IS NOT NULL AND epoch = 0)

  -- What the feeds have delivered.
  UNION ALL
  SELECT 'feed_counts', NULL, NULL, format('feed %s: %s ticks up to %s, stored %s up to %s', f.name, f.ticks,
         f.last_logical_time, coalesce(c.ticks, 0), c.last_time)
  FROM market_feed f LEFT JOIN feed_counts c USING (feed_id)
  WHERE (f.ticks, f.last_logical_time) IS DISTINCT FROM (coalesce(c.ticks, 0), c.last_time) AND f.ticks > 0
  UNION ALL
  SELECT 'tick_rows', NULL, NULL, format('feed %s, tick %s: %s rows, stored %s', t.feed_id, t.logical_time, t.rows,
         coalesce(b.rows, 0))
  FROM market_tick t
    LEFT JOIN (SELECT feed_id, logical_time, count(*) AS rows FROM market_bar GROUP BY 1, 2) b USING (feed_id, logical_time)
  WHERE t.rows <> coalesce(b.rows, 0) AND t.rows > 0

  -- Cash.
  UNION ALL
  SELECT 'cash_is_sum', w.user_id, w.run_id, format('cash %s, movements %s', w.cash, coalesce(c.total, 0))
  FROM written w LEFT JOIN cash_sums c USING (user_id, run_id) WHERE w.cash <> coalesce(c.total, 0)
  UNION ALL
  SELECT 'cash_chain', c.user_id, c.run_id, format('row %s: balance %s, sum %s', c.seq, c.balance, c.running_total)
  FROM cash_chain c JOIN written USING (user_id, run_id) WHERE c.balance <> c.running_total
  UNION ALL
  SELECT 'initial_cash', w.user_id, w.run_id, format('initial cash %s, first row %s', w.initial_cash, c.amount)
  FROM written w LEFT JOIN cash_ledger c ON c.user_id = w.user_id AND c.run_id = w.run_id AND c.kind = 'initial'
  WHERE w.initial_cash <> coalesce(c.amount, 0)
  UNION ALL
  SELECT 'cash_reserved', w.user_id, w.run_id, format('reserved %s, open orders hold %s', w.reserved, coalesce(o.reserved, 0))
  FROM written w LEFT JOIN order_sums o USING (user_id, run_id) WHERE w.reserved <> coalesce(o.reserved, 0)
  UNION ALL
  SELECT 'trade_cash', t.user_id, t.run_id, format('trade %s moved %s', t.trade_id, coalesce(c.total, 0))
  FROM paper_trade t JOIN written USING (user_id, run_id) LEFT JOIN trade_cash c USING (user_id, run_id, trade_id)
  WHERE coalesce(c.total, 0) <> CASE t.side WHEN 'buy' THEN -t.notional ELSE t.notional END - t.fee
  UNION ALL
  SELECT 'cash_kind', c.user_id, c.run_id, format('row %s: a %s of trade %s', c.seq, c.kind, c.trade_id)
  FROM cash_ledger c JOIN written USING (user_id, run_id) WHERE c.kind IN ('trade', 'fee') AND c.trade_id IS NULL

  -- Orders, trades, positions.
  UNION ALL
  SELECT 'order_filled', o.user_id, o.run_id, format('order %s: filled %s, trades %s', o.order_id, o.filled, coalesce(f.filled, 0))
  FROM paper_order o JOIN written USING (user_id, run_id) LEFT JOIN order_fills f USING (user_id, run_id, order_id)
  WHERE o.filled <> coalesce(f.filled, 0)
  UNION ALL
  SELECT 'order_status_of_fills', o.user_id, o.run_id, format('order %s: %s with %s of %s filled', o.order_id, o.status, o.filled, o.quantity)
  FROM paper_order o
  WHERE (o.status = 'FILLED' AND o.filled <> o.quantity) OR (o.status IN ('PENDING', 'REJECTED') AND o.filled <> 0)
     OR (o.status = 'PARTIALLY_FILLED' AND (o.filled = 0 OR o.filled >= o.quantity))
     OR (o.status <> 'REJECTED' AND o.filled > o.quantity)
  UNION ALL
  SELECT 'rejected_for_a_reason', o.user_id, o.run_id, format('order %s is REJECTED without a reason', o.order_id)
  FROM paper_order o JOIN written USING (user_id, run_id) WHERE o.status = 'REJECTED' AND o.reason IS NULL
  UNION ALL
  SELECT 'order_while_halted', o.user_id, o.run_id, format('order %s was accepted at %s', o.order_id, o.placed_at)
  FROM paper_order o JOIN states s USING (user_id, run_id)
  WHERE s.state = 'HALTED' AND o.status <> 'REJECTED' AND o.placed_at > s.since AND o.placed_at < s.until
  UNION ALL
  SELECT 'open_order_after_stop', o.user_id, o.run_id, format('order %s is %s', o.order_id, o.status)
  FROM paper_order o JOIN written w USING (user_id, run_id) JOIN run_stop USING (user_id, run_id)
  WHERE w.status = 'STOPPED' AND o.status IN ('PENDING', 'PARTIALLY_FILLED')
  UNION ALL
  SELECT 'value_domain', t.user_id, t.run_id, format('trade %s: %s at %s', t.trade_id, t.quantity, t.price)
  FROM paper_trade t WHERE t.quantity <= 0 OR t.price <= 0 OR t.notional < 0
  UNION ALL
  SELECT 'value_domain', o.user_id, o.run_id, format('order %s: %s at %s', o.order_id, o.quantity, o.limit_price)
  FROM paper_order o
  WHERE o.status <> 'REJECTED' AND (o.quantity <= 0 OR o.filled < 0 OR o.reserved < 0 OR o.limit_price <= 0)
  UNION ALL
  SELECT 'value_domain', p.user_id, p.run_id, format('%s: cost %s of nothing', p.symbol, p.cost)
  FROM paper_position p WHERE p.quantity = 0 AND p.cost <> 0
  UNION ALL
  SELECT 'short_without_leave', p.user_id, p.run_id, format('%s: %s', p.symbol, p.quantity)
  FROM paper_position p JOIN strategy_run r USING (user_id, run_id)
  WHERE p.quantity < 0 AND NOT r.config ? 'short_selling'
  UNION ALL
  SELECT 'fee_is_its_parts', t.user_id, t.run_id, format('trade %s: fee %s, parts %s', t.trade_id, t.fee, t.fee_parts)
  FROM paper_trade t WHERE tradingd.sum_of_amounts(t.fee_parts) <> t.fee
  UNION ALL
  SELECT 'position_is_its_lots', p.user_id, p.run_id, format('%s: %s for %s, lots %s', p.symbol, p.quantity, p.cost, p.lots)
  FROM paper_position p
  WHERE p.lots IS NOT NULL  -- null: at average cost
    AND (tradingd.sum_of_lots(p.lots, 'quantity') <> p.quantity OR tradingd.sum_of_lots(p.lots, 'cost') <> p.cost)
  UNION ALL
  SELECT 'position_is_trades', w.user_id, w.run_id,
         format('%s: holds %s, trades %s', coalesce(p.symbol, t.symbol), coalesce(p.quantity, 0), coalesce(t.quantity, 0))
  FROM paper_position p FULL JOIN position_trades t USING (user_id, run_id, symbol) JOIN written w USING (user_id, run_id)
  WHERE coalesce(p.quantity, 0) <> coalesce(t.quantity, 0)
  UNION ALL
  SELECT 'position_cost', w.user_id, w.run_id,
         format('%s: cost %s - realised %s, paid %s', p.symbol, p.cost, p.realized_pnl, t.paid)
  FROM paper_position p JOIN position_trades t USING (user_id, run_id, symbol) JOIN written w USING (user_id, run_id)
  WHERE p.cost - p.realized_pnl <> t.paid OR p.realized_pnl <> t.realized_pnl

  -- Nothing is placed or traded while halted: by the runs' own record, and by what was set for them from outside.
  UNION ALL
  SELECT 'trade_while_halted', t.user_id, t.run_id, format('trade %s at %s', t.trade_id, t.logical_time)
  FROM paper_trade t JOIN states h USING (user_id, run_id) JOIN paper_order o USING (user_id, run_id, order_id)
  WHERE o.source <> 'liquidation' AND h.state = 'HALTED' AND t.logical_time > h.since AND t.logical_time < h.until
  UNION ALL
  SELECT 'order_against_control', o.user_id, o.run_id, format('order %s, written at %s', o.order_id, o.created_at)
  FROM trading_control c JOIN paper_order o
    ON (c.user_id = 0 OR c.user_id = o.user_id) AND (c.run_id = 0 OR c.run_id = o.run_id)
  WHERE c.trading_state = 'HALTED' AND o.status <> 'REJECTED' AND o.source <> 'liquidation' AND o.created_at > c.changed_at

  -- The curve.
  UNION ALL
  SELECT 'equity_is_cash_and_marks', user_id, run_id, format('at %s: %s <> %s + %s', logical_time, equity, cash, mtm)
  FROM paper_equity_curve WHERE equity <> cash + mtm
  UNION ALL
  SELECT 'equity_and_mark_pair', coalesce(e.user_id, m.user_id), coalesce(e.run_id, m.run_id),
         format('at %s: market value %s, equity''s mtm %s', logical_time, m.market_value, e.mtm)
  FROM (SELECT e.* FROM paper_equity_curve e JOIN written USING (user_id, run_id)) e
    FULL JOIN (SELECT m.* FROM mtm_ledger m JOIN written USING (user_id, run_id)) m USING (user_id, run_id, logical_time)
    LEFT JOIN run_archive a USING (user_id, run_id)
  WHERE e.mtm IS DISTINCT FROM m.market_value
    -- Of a pair one may be in the archive; a run's verification compares both.
    AND logical_time > coalesce(greatest(a.marked_until, a.equity_until), '-infinity')
  UNION ALL
  SELECT 'archived_twice', r.user_id, r.run_id, format('at %s: a row at or before what is in the archive', r.logical_time)
  FROM (SELECT m.user_id, m.run_id, m.logical_time FROM mtm_ledger m JOIN run_archive a USING (user_id, run_id)
        WHERE m.logical_time <= a.marked_until
        UNION ALL
        SELECT e.user_id, e.run_id, e.logical_time FROM paper_equity_curve e JOIN run_archive a USING (user_id, run_id)
        WHERE e.logical_time <= a.equity_until) r
  UNION ALL
  SELECT 'equity_cash', e.user_id, e.run_id, format('at %s: cash %s, movements until then %s', e.logical_time, e.cash, c.total)
  FROM paper_equity_curve e JOIN written USING (user_id, run_id) JOIN last_equity l USING (user_id, run_id)
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(c.amount), 0) AS total FROM cash_ledger c
      WHERE c.user_id = e.user_id AND c.run_id = e.run_id AND c.logical_time <= e.logical_time) c
  WHERE e.logical_time = l.last_time AND e.cash <> c.total
  UNION ALL
  SELECT 'equity_marks', e.user_id, e.run_id, format('at %s: market value %s, positions are worth %s', e.logical_time, e.mtm, v.value)
  FROM paper_equity_curve e JOIN last_equity l USING (user_id, run_id) JOIN last_values v USING (user_id, run_id)
  WHERE e.logical_time = l.last_time AND abs(e.mtm - v.value) >= 0.00000001
  UNION ALL
  SELECT 'mark_for_each_tick', w.user_id, w.run_id, format('%s ticks, %s marks', t.ticks, coalesce(m.marks, 0))
  FROM written w JOIN run_ticks t USING (user_id, run_id) LEFT JOIN last_mark m USING (user_id, run_id)
  WHERE t.ticks <> coalesce(m.marks, 0)

  -- Numbers and times.
  UNION ALL
  SELECT 'counters', w.user_id, w.run_id,
         format('next order %s, trade %s, cash row %s, event %s', w.next_order, w.next_trade, w.next_cash_seq, w.next_event_seq)
  FROM written w LEFT JOIN order_sums o USING (user_id, run_id) LEFT JOIN trade_sums t USING (user_id, run_id)
    LEFT JOIN cash_sums c USING (user_id, run_id) LEFT JOIN event_sums e USING (user_id, run_id)
  WHERE (w.next_order - 1, w.next_trade - 1, w.next_cash_seq - 1, w.next_event_seq - 1)
        <> (coalesce(o.orders, 0), coalesce(t.trades, 0), coalesce(c.movements, 0), coalesce(e.events, 0))
     OR (w.next_order - 1, w.next_trade - 1, w.next_cash_seq - 1, w.next_event_seq - 1)
        <> (coalesce(o.last_id, 0), coalesce(t.last_id, 0), coalesce(c.last_seq, 0), coalesce(e.last_seq, 0))
  UNION ALL
  SELECT 'nothing_after_last_time', w.user_id, w.run_id, format('rows after %s', w.last_logical_time)
  FROM written w LEFT JOIN order_sums o USING (user_id, run_id) LEFT JOIN trade_sums t USING (user_id, run_id)
    LEFT JOIN cash_sums c USING (user_id, run_id) LEFT JOIN event_sums e USING (user_id, run_id)
    LEFT JOIN last_equity q USING (user_id, run_id) LEFT JOIN last_mark m USING (user_id, run_id)
  WHERE greatest(o.last_time, t.last_time, c.last_time, e.last_time, q.last_time, m.last_time) > w.last_logical_time
     OR coalesce(m.last_time, '-infinity') <> w.last_mark_time
  UNION ALL
  SELECT 'nothing_after_stop', w.user_id, w.run_id, format('rows after the stop at %s', x.stop_time)
  FROM written w JOIN run_stop x USING (user_id, run_id) JOIN event_sums e USING (user_id, run_id)
  WHERE w.status = 'RUNNING' OR e.last_seq > x.seq OR w.last_logical_time > x.stop_time
  UNION ALL
  SELECT 'end_of_run', w.user_id, w.run_id, format('%s, stopped at %s', w.status, w.stopped_at)
  FROM written w WHERE (w.status = 'RUNNING') <> (w.stopped_at IS NULL)
  UNION ALL
  SELECT 'command_version', c.user_id, c.run_id, format('%s made version %s of %s', c.request_id, c.run_version, w.version)
  FROM command_log c JOIN written w USING (user_id, run_id) WHERE c.run_version > w.version
)
SELECT invariant, min(format('run %s of user %s: %s', run_id, user_id, detail)) AS detail, count(*) AS count
FROM broken GROUP BY invariant ORDER BY invariant;
