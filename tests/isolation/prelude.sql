-- What the specs say in one word: runs, ticks, orders and stops, written by the daemon's own functions.
CREATE SCHEMA iso;
CREATE SEQUENCE iso.batch;

-- A user with a RUNNING run of the same number at version 0, on a shard that epoch 1 holds.
CREATE FUNCTION iso.run(u bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO app_user (user_id, name) VALUES (u, 'u' || u) ON CONFLICT DO NOTHING;
  UPDATE engine_shard SET holder = 'iso', epoch = 1, expires_at = now() + interval '1 h', last_batch = 0, burned_batch = 0
    WHERE shard_id = u & 63;
  SELECT create_run(u, u, 'run', 'manual', NULL, '{}', '', 0, '-infinity');
$$;

CREATE FUNCTION iso.minute(n bigint) RETURNS timestamptz LANGUAGE sql AS $$
  SELECT '2024-01-02T15:00:00Z'::timestamptz + n * interval '1 minute'
$$;

-- Rows of a batch, each with its run's place among the runs, which are ordered by user.
CREATE FUNCTION iso.rows(runs jsonb, rows jsonb) RETURNS SETOF jsonb LANGUAGE sql AS $$
  SELECT j || jsonb_build_object('run', (SELECT count(*) FROM jsonb_array_elements(runs) r
                                         WHERE (r ->> 'user_id')::bigint <= (j ->> 'user_id')::bigint))
  FROM jsonb_array_elements(rows) j
$$;

-- One batch of `epoch` under its own number for the runs named in `runs`; how many of them were refused. `path` is the
-- setting iso.path: apply_batch or apply_batch_fast.
CREATE FUNCTION iso.apply(epoch bigint, number bigint, runs jsonb, rest jsonb DEFAULT '{}') RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  refused integer;
BEGIN
  EXECUTE format($q$
    SELECT count(*) FROM %I($1, $2,
      ARRAY(SELECT DISTINCT ((j ->> 'user_id')::bigint & 63)::int FROM jsonb_array_elements($3) j ORDER BY 1),
      ARRAY(SELECT jsonb_populate_record(NULL::run_change, '{"cash": 0, "reserved": 0, "trading_state": "ACTIVE",
        "next_order": 1, "next_trade": 1, "next_cash_seq": 1, "next_event_seq": 1, "digest": "", "state_digest": ""}' || j)
        FROM jsonb_array_elements($3) j ORDER BY (j ->> 'user_id')::bigint),
      false, '{}',
      ARRAY(SELECT jsonb_populate_record(NULL::run_header_change, j) FROM iso.rows($3, $4 -> 'headers') j),
      ARRAY(SELECT jsonb_populate_record(NULL::order_change, '{"side": "buy", "type": "market", "tif": "day", "source": "user",
        "reason_detail": "", "reserved": 0, "placed_at": "2024-01-01", "updated_at": "2024-01-01"}' || j)
        FROM iso.rows($3, $4 -> 'orders') j),
      ARRAY(SELECT jsonb_populate_record(NULL::trade_change, '{"side": "buy", "notional": 0, "fee": 0, "slippage": 0, "realized_pnl": 0,
        "logical_time": "2024-01-02", "price": 1, "fee_parts": {}}' || j) FROM iso.rows($3, $4 -> 'trades') j),
      '{}', '{}',
      ARRAY(SELECT jsonb_populate_record(NULL::mark_change, '{"market_value": 0, "unrealized_pnl": 0}' || j)
        FROM iso.rows($3, $4 -> 'marks') j),
      ARRAY(SELECT jsonb_populate_record(NULL::equity_change, '{"cash": 0, "mtm": 0, "equity": 0}' || j)
        FROM iso.rows($3, $4 -> 'marks') j),
      '{}',
      ARRAY(SELECT jsonb_populate_record(NULL::command_change, '{"uid": 1, "method": "order.place", "arguments": {},
        "arguments_hash": "", "result": {}, "ok": true}' || j) FROM iso.rows($3, $4 -> 'commands') j))$q$,
    current_setting('iso.path')) INTO refused USING epoch, number, runs, rest;
  RETURN refused;
END $$;

-- The run's change from `version` to the next one, at that minute.
CREATE FUNCTION iso.change(u bigint, version bigint) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_array(jsonb_build_object('user_id', u, 'run_id', u, 'expected_version', version, 'version', version + 1,
    'last_logical_time', iso.minute(version), 'last_mark_time', iso.minute(version), 'feed_time', iso.minute(version)))
$$;
CREATE FUNCTION iso.key(u bigint, more jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_array(jsonb_build_object('user_id', u, 'run_id', u) || more)
$$;

-- A tick: a mark and a point of the equity curve.
CREATE FUNCTION iso.tick(u bigint, version bigint DEFAULT 0, epoch bigint DEFAULT 1, number bigint DEFAULT nextval('iso.batch'))
RETURNS integer LANGUAGE sql AS $$
  SELECT iso.apply(epoch, number, iso.change(u, version),
                   jsonb_build_object('marks', iso.key(u, jsonb_build_object('logical_time', iso.minute(version)))))
$$;
-- One tick of two runs, in one batch.
CREATE FUNCTION iso.tick_two(a bigint, b bigint, version bigint DEFAULT 0) RETURNS integer LANGUAGE sql AS $$
  SELECT iso.apply(1, nextval('iso.batch'), iso.change(a, version) || iso.change(b, version),
    jsonb_build_object('marks', iso.key(a, jsonb_build_object('logical_time', iso.minute(version)))
                                || iso.key(b, jsonb_build_object('logical_time', iso.minute(version)))))
$$;
-- An order with this status; with a trade of what is filled.
CREATE FUNCTION iso.order(u bigint, version bigint, status text, filled integer DEFAULT 0, request text DEFAULT NULL)
RETURNS integer LANGUAGE sql AS $$
  SELECT iso.apply(1, nextval('iso.batch'), iso.change(u, version), jsonb_build_object(
    'orders', iso.key(u, jsonb_build_object('order_id', 1, 'symbol', 'AAPL', 'quantity', 1, 'status', status, 'filled', filled)),
    'trades', CASE WHEN filled > 0 THEN iso.key(u, '{"trade_id": 1, "order_id": 1, "symbol": "AAPL", "quantity": 1}') ELSE '[]' END,
    'commands', CASE WHEN request IS NULL THEN '[]' ELSE iso.key(u, jsonb_build_object('request_id', request)) END))
$$;
-- The run's own end, or a new trading state.
CREATE FUNCTION iso.header(u bigint, version bigint, header jsonb) RETURNS integer LANGUAGE sql AS $$
  SELECT iso.apply(1, nextval('iso.batch'), iso.change(u, version), jsonb_build_object('headers', iso.key(u, header)))
$$;

-- What Lease does to take a shard over, and to give it up.
CREATE FUNCTION iso.take(u bigint, new_epoch bigint) RETURNS void LANGUAGE sql AS $$
  SELECT FROM engine_shard WHERE shard_id = u & 63 FOR UPDATE;
  UPDATE engine_shard SET holder = 'iso ' || new_epoch, epoch = new_epoch, last_batch = 0, burned_batch = 0 WHERE shard_id = u & 63;
$$;

-- Rows of the run's ticks: whole, or what is missing.
CREATE FUNCTION iso.torn(u bigint) RETURNS TABLE (version bigint, marks bigint, equity bigint) LANGUAGE sql AS $$
  SELECT s.version, m.n, e.n
  FROM (SELECT coalesce(max(version), 0) AS version FROM engine_state WHERE user_id = u) s,
       (SELECT count(*) AS n FROM mtm_ledger WHERE user_id = u) m,
       (SELECT count(*) AS n FROM paper_equity_curve WHERE user_id = u) e
  WHERE m.n <> e.n OR m.n > s.version
$$;
