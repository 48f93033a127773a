--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: tradingd; Type: SCHEMA; Schema: -; Owner: tradingd_owner
--

CREATE SCHEMA tradingd;


ALTER SCHEMA tradingd OWNER TO tradingd_owner;

--
-- Name: cash_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.cash_change AS (
	user_id bigint,
	run_id bigint,
	seq bigint,
	logical_time timestamp with time zone,
	kind text,
	amount numeric,
	balance numeric,
	trade_id bigint,
	note text
);


ALTER TYPE tradingd.cash_change OWNER TO tradingd_owner;

--
-- Name: command_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.command_change AS (
	user_id bigint,
	run_id bigint,
	request_id text,
	uid bigint,
	method text,
	arguments jsonb,
	arguments_hash bytea,
	logical_time timestamp with time zone,
	result jsonb,
	ok boolean,
	run_version bigint
);


ALTER TYPE tradingd.command_change OWNER TO tradingd_owner;

--
-- Name: equity_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.equity_change AS (
	user_id bigint,
	run_id bigint,
	logical_time timestamp with time zone,
	cash numeric,
	mtm numeric,
	equity numeric
);


ALTER TYPE tradingd.equity_change OWNER TO tradingd_owner;

--
-- Name: event_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.event_change AS (
	user_id bigint,
	run_id bigint,
	seq bigint,
	logical_time timestamp with time zone,
	type text,
	key text,
	payload jsonb
);


ALTER TYPE tradingd.event_change OWNER TO tradingd_owner;

--
-- Name: mark_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.mark_change AS (
	user_id bigint,
	run_id bigint,
	logical_time timestamp with time zone,
	market_value numeric,
	unrealized_pnl numeric
);


ALTER TYPE tradingd.mark_change OWNER TO tradingd_owner;

--
-- Name: order_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.order_change AS (
	user_id bigint,
	run_id bigint,
	order_id bigint,
	client_order_id text,
	instrument_id integer,
	symbol text,
	side text,
	type text,
	tif text,
	source text,
	status text,
	reason text,
	reason_detail text,
	quantity numeric,
	filled numeric,
	limit_price numeric,
	stop_price numeric,
	reserved numeric,
	session_date date,
	placed_at timestamp with time zone,
	updated_at timestamp with time zone,
	triggered_at timestamp with time zone,
	trail_amount numeric,
	trail_percent numeric,
	expires_at timestamp with time zone,
	notional numeric,
	take_profit numeric,
	stop_loss numeric,
	replaces_order_id bigint,
	group_id bigint
);


ALTER TYPE tradingd.order_change OWNER TO tradingd_owner;

--
-- Name: position_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.position_change AS (
	user_id bigint,
	run_id bigint,
	symbol text,
	instrument_id integer,
	quantity numeric,
	cost numeric,
	realized_pnl numeric
);


ALTER TYPE tradingd.position_change OWNER TO tradingd_owner;

--
-- Name: run_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.run_change AS (
	user_id bigint,
	run_id bigint,
	expected_version bigint,
	version bigint,
	last_logical_time timestamp with time zone,
	last_mark_time timestamp with time zone,
	feed_time timestamp with time zone,
	cash numeric,
	reserved numeric,
	trading_state text,
	strategy_state jsonb,
	next_order bigint,
	next_trade bigint,
	next_cash_seq bigint,
	next_event_seq bigint,
	digest bytea,
	state_digest bytea
);


ALTER TYPE tradingd.run_change OWNER TO tradingd_owner;

--
-- Name: run_header_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.run_header_change AS (
	user_id bigint,
	run_id bigint,
	trading_state text,
	status text,
	stop_reason text
);


ALTER TYPE tradingd.run_header_change OWNER TO tradingd_owner;

--
-- Name: trade_change; Type: TYPE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TYPE tradingd.trade_change AS (
	user_id bigint,
	run_id bigint,
	trade_id bigint,
	order_id bigint,
	logical_time timestamp with time zone,
	instrument_id integer,
	symbol text,
	side text,
	quantity numeric,
	price numeric,
	notional numeric,
	fee numeric,
	slippage numeric,
	realized_pnl numeric
);


ALTER TYPE tradingd.trade_change OWNER TO tradingd_owner;

--
-- Name: add_guards(regclass); Type: PROCEDURE; Schema: tradingd; Owner: tradingd_owner
--

CREATE PROCEDURE tradingd.add_guards(IN child regclass)
    LANGUAGE plpgsql
    AS $$
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


ALTER PROCEDURE tradingd.add_guards(IN child regclass) OWNER TO tradingd_owner;

--
-- Name: apply_batch(bigint, bigint, integer[], tradingd.run_change[], tradingd.run_header_change[], tradingd.order_change[], tradingd.trade_change[], tradingd.position_change[], tradingd.cash_change[], tradingd.mark_change[], tradingd.equity_change[], tradingd.event_change[], tradingd.command_change[]); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.apply_batch(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) RETURNS TABLE(refused_user_id bigint, refused_run_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tradingd', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
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
      SET version = c.version, last_logical_time = c.last_logical_time, last_mark_time = c.last_mark_time, feed_time = c.feed_time,
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
            -- a trailing stop's price and an order's group change while it is open
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
    INSERT INTO command_log (user_id, run_id, request_id, uid, method, arguments, arguments_hash, logical_time, result, ok,
        run_version)
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


ALTER FUNCTION tradingd.apply_batch(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) OWNER TO tradingd_owner;

--
-- Name: apply_batch_fast(bigint, bigint, integer[], tradingd.run_change[], tradingd.run_header_change[], tradingd.order_change[], tradingd.trade_change[], tradingd.position_change[], tradingd.cash_change[], tradingd.mark_change[], tradingd.equity_change[], tradingd.event_change[], tradingd.command_change[]); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.apply_batch_fast(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) RETURNS TABLE(refused_user_id bigint, refused_run_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tradingd', 'pg_temp'
    SET session_replication_role TO 'replica'
    AS $$
  BEGIN
    RETURN QUERY SELECT * FROM apply_batch(lease_epoch, batch, shards, runs, headers, orders, trades, positions,
                                           cash_rows, marks, equity_rows, events, commands);
  END
  $$;


ALTER FUNCTION tradingd.apply_batch_fast(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) OWNER TO tradingd_owner;

--
-- Name: choose_write_path(); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.choose_write_path() RETURNS boolean
    LANGUAGE plpgsql
    AS $_$
BEGIN
  IF NOT has_parameter_privilege('tradingd_owner', 'session_replication_role', 'SET') THEN
    RETURN false;
  END IF;
  CREATE OR REPLACE FUNCTION tradingd.apply_batch_fast(
    lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[],
    headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[],
    positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[],
    equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[])
  RETURNS TABLE (refused_user_id bigint, refused_run_id bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp SET session_replication_role = replica AS $body$
  BEGIN
    RETURN QUERY SELECT * FROM apply_batch(lease_epoch, batch, shards, runs, headers, orders, trades, positions,
                                           cash_rows, marks, equity_rows, events, commands);
  END
  $body$;
  REVOKE ALL ON FUNCTION tradingd.apply_batch_fast FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION tradingd.apply_batch_fast TO tradingd_runtime;
  RETURN true;
END
$_$;


ALTER FUNCTION tradingd.choose_write_path() OWNER TO tradingd_owner;

--
-- Name: compare_batch(tradingd.run_change[], tradingd.order_change[], tradingd.trade_change[], tradingd.position_change[], tradingd.cash_change[], tradingd.mark_change[], tradingd.equity_change[], tradingd.event_change[]); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.compare_batch(runs tradingd.run_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[]) RETURNS TABLE(table_name text, row_key text, expected jsonb, found jsonb)
    LANGUAGE sql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
  SELECT * FROM (
    (SELECT 'paper_order', n.order_id::text, to_jsonb(n), to_jsonb(l)
     FROM unnest(orders) n LEFT JOIN LATERAL (
       SELECT o.user_id, o.run_id, o.order_id, o.client_order_id, o.instrument_id, o.symbol,
              o.side, o.type, o.tif, o.source, o.status, o.reason, o.reason_detail, o.quantity, o.filled,
              o.limit_price, o.stop_price, o.reserved, o.session_date, o.placed_at, o.updated_at, o.triggered_at,
              o.trail_amount, o.trail_percent, o.expires_at, o.notional, o.take_profit, o.stop_loss,
              o.replaces_order_id, o.group_id
       FROM paper_order o WHERE (o.user_id, o.run_id, o.order_id) = (n.user_id, n.run_id, n.order_id)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) ORDER BY n.order_id LIMIT 1)
    UNION ALL
    (SELECT 'paper_trade', n.trade_id::text, to_jsonb(n), to_jsonb(l)
     FROM unnest(trades) n LEFT JOIN LATERAL (
       SELECT t.user_id, t.run_id, t.trade_id, t.order_id, t.logical_time, t.instrument_id, t.symbol, t.side,
              t.quantity, t.price, t.notional, t.fee, t.slippage, t.realized_pnl
       FROM paper_trade t WHERE (t.user_id, t.run_id, t.trade_id) = (n.user_id, n.run_id, n.trade_id)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) ORDER BY n.trade_id LIMIT 1)
    UNION ALL
    (SELECT 'paper_position', n.symbol, to_jsonb(n), to_jsonb(l)
     FROM unnest(positions) n LEFT JOIN LATERAL (
       SELECT p.user_id, p.run_id, p.symbol, p.instrument_id, p.quantity, p.cost, p.realized_pnl
       FROM paper_position p WHERE (p.user_id, p.run_id, p.symbol) = (n.user_id, n.run_id, n.symbol)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) ORDER BY n.symbol LIMIT 1)
    UNION ALL
    (SELECT 'cash_ledger', n.seq::text, to_jsonb(n), to_jsonb(l)
     FROM unnest(cash_rows) n LEFT JOIN LATERAL (
       SELECT c.user_id, c.run_id, c.seq, c.logical_time, c.kind, c.amount, c.balance, c.trade_id, c.note
       FROM cash_ledger c WHERE (c.user_id, c.run_id, c.seq) = (n.user_id, n.run_id, n.seq)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) ORDER BY n.seq LIMIT 1)
    UNION ALL
    (SELECT 'mtm_ledger', n.logical_time::text, to_jsonb(n), to_jsonb(l)
     FROM unnest(marks) n LEFT JOIN mtm_ledger l
       ON (l.user_id, l.run_id, l.logical_time) = (n.user_id, n.run_id, n.logical_time)
     WHERE (l.market_value, l.unrealized_pnl) IS DISTINCT FROM (n.market_value, n.unrealized_pnl)
     ORDER BY n.logical_time LIMIT 1)
    UNION ALL
    (SELECT 'paper_equity_curve', n.logical_time::text, to_jsonb(n), to_jsonb(l)
     FROM unnest(equity_rows) n LEFT JOIN paper_equity_curve l
       ON (l.user_id, l.run_id, l.logical_time) = (n.user_id, n.run_id, n.logical_time)
     WHERE (l.cash, l.mtm, l.equity) IS DISTINCT FROM (n.cash, n.mtm, n.equity)
     ORDER BY n.logical_time LIMIT 1)
    UNION ALL
    (SELECT 'event_ledger', n.seq::text, to_jsonb(n), to_jsonb(l)
     FROM unnest(events) n LEFT JOIN LATERAL (
       SELECT e.user_id, e.run_id, e.seq, e.logical_time, e.type, e.key, e.payload
       FROM event_ledger e WHERE (e.user_id, e.run_id, e.seq) = (n.user_id, n.run_id, n.seq)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) ORDER BY n.seq LIMIT 1)
    UNION ALL
    (SELECT 'engine_state', n.run_id::text, to_jsonb(n) - 'expected_version', to_jsonb(l)
     FROM unnest(runs) n LEFT JOIN LATERAL (
       SELECT s.user_id, s.run_id, s.version, s.last_logical_time, s.last_mark_time, s.feed_time, s.cash, s.reserved,
              s.trading_state, s.strategy_state, s.next_order, s.next_trade, s.next_cash_seq, s.next_event_seq,
              s.digest, s.state_digest
       FROM engine_state s WHERE (s.user_id, s.run_id) = (n.user_id, n.run_id)) l ON true
     WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(n) - 'expected_version' LIMIT 1)
  ) AS differences LIMIT 1
$$;


ALTER FUNCTION tradingd.compare_batch(runs tradingd.run_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[]) OWNER TO tradingd_owner;

--
-- Name: create_run(bigint, bigint, text, text, bigint, jsonb, bytea, numeric, timestamp with time zone); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.create_run(new_user_id bigint, new_run_id bigint, new_name text, new_strategy text, new_feed_id bigint, new_config jsonb, new_config_hash bytea, new_initial_cash numeric, new_start_time timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'tradingd', 'pg_temp'
    AS $$
  INSERT INTO strategy_run (user_id, run_id, name, strategy, feed_id, config, config_hash, initial_cash, start_time)
    VALUES (new_user_id, new_run_id, new_name, new_strategy, new_feed_id, new_config, new_config_hash,
            new_initial_cash, new_start_time);
  INSERT INTO engine_state (user_id, run_id) VALUES (new_user_id, new_run_id);
  INSERT INTO engine_status (user_id, run_id) VALUES (new_user_id, new_run_id);
$$;


ALTER FUNCTION tradingd.create_run(new_user_id bigint, new_run_id bigint, new_name text, new_strategy text, new_feed_id bigint, new_config jsonb, new_config_hash bytea, new_initial_cash numeric, new_start_time timestamp with time zone) OWNER TO tradingd_owner;

--
-- Name: fail_run(bigint, bigint, integer[], bigint, bigint, text); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.fail_run(lease_epoch bigint, batch bigint, shards integer[], failed_user_id bigint, failed_run_id bigint, failure text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tradingd', 'pg_temp'
    AS $$
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


ALTER FUNCTION tradingd.fail_run(lease_epoch bigint, batch bigint, shards integer[], failed_user_id bigint, failed_run_id bigint, failure text) OWNER TO tradingd_owner;

--
-- Name: guard_engine_state_update(); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.guard_engine_state_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
$_$;


ALTER FUNCTION tradingd.guard_engine_state_update() OWNER TO tradingd_owner;

--
-- Name: guard_order_update(); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.guard_order_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tradingd.guard_order_update() OWNER TO tradingd_owner;

--
-- Name: guard_run_update(); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.guard_run_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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


ALTER FUNCTION tradingd.guard_run_update() OWNER TO tradingd_owner;

--
-- Name: guard_running(); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.guard_running() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
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
$_$;


ALTER FUNCTION tradingd.guard_running() OWNER TO tradingd_owner;

--
-- Name: lock_run_before_delete(); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.lock_run_before_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM 1 FROM tradingd.strategy_run r WHERE r.user_id = OLD.user_id AND r.run_id = OLD.run_id FOR UPDATE;
  PERFORM 1 FROM tradingd.engine_state s WHERE s.user_id = OLD.user_id AND s.run_id = OLD.run_id FOR UPDATE;
  RETURN OLD;
END
$$;


ALTER FUNCTION tradingd.lock_run_before_delete() OWNER TO tradingd_owner;

--
-- Name: order_may_become(text, text); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.order_may_become(old_status text, new_status text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT CASE old_status
    WHEN 'PENDING' THEN
      new_status IN ('PENDING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'REPLACED')
    WHEN 'PARTIALLY_FILLED' THEN
      new_status IN ('PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'EXPIRED', 'REPLACED')
    ELSE false
  END
$$;


ALTER FUNCTION tradingd.order_may_become(old_status text, new_status text) OWNER TO tradingd_owner;

--
-- Name: pass_fence(bigint, bigint, integer[]); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.pass_fence(lease_epoch bigint, batch bigint, shards integer[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
  passed integer;
BEGIN
  PERFORM FROM engine_shard WHERE shard_id = ANY (shards) ORDER BY shard_id FOR NO KEY UPDATE;
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


ALTER FUNCTION tradingd.pass_fence(lease_epoch bigint, batch bigint, shards integer[]) OWNER TO tradingd_owner;

--
-- Name: read_back_batch(bigint, bigint, integer); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.read_back_batch(lease_epoch bigint, batch bigint, shard integer) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tradingd', 'pg_temp'
    AS $$
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


ALTER FUNCTION tradingd.read_back_batch(lease_epoch bigint, batch bigint, shard integer) OWNER TO tradingd_owner;

--
-- Name: refuse_finished_run(bigint, bigint, text); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.refuse_finished_run(user_id bigint, run_id bigint, status text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'run % of user % is %: nothing can be written for it', run_id, user_id, status
    USING ERRCODE = 'TD002', HINT = 'A finished run stays as it is; start a new run.';
END
$$;


ALTER FUNCTION tradingd.refuse_finished_run(user_id bigint, run_id bigint, status text) OWNER TO tradingd_owner;

--
-- Name: run_delete(bigint, bigint); Type: FUNCTION; Schema: tradingd; Owner: tradingd_owner
--

CREATE FUNCTION tradingd.run_delete(deleted_user_id bigint, deleted_run_id bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'tradingd', 'pg_temp'
    AS $$
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


ALTER FUNCTION tradingd.run_delete(deleted_user_id bigint, deleted_run_id bigint) OWNER TO tradingd_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: app_user; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.app_user (
    user_id bigint NOT NULL,
    name text NOT NULL,
    uid bigint,
    role text DEFAULT 'user'::text NOT NULL,
    limits jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT app_user_limits_check CHECK ((jsonb_typeof(limits) = 'object'::text)),
    CONSTRAINT app_user_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,64}$'::text)),
    CONSTRAINT app_user_role_check CHECK ((role = ANY (ARRAY['user'::text, 'operator'::text, 'admin'::text]))),
    CONSTRAINT app_user_uid_check CHECK ((uid >= 0))
);


ALTER TABLE tradingd.app_user OWNER TO tradingd_owner;

--
-- Name: app_user_user_id_seq; Type: SEQUENCE; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE tradingd.app_user ALTER COLUMN user_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME tradingd.app_user_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: cash_ledger; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.cash_ledger (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    seq bigint NOT NULL,
    logical_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    kind text NOT NULL,
    amount numeric(38,8) NOT NULL,
    balance numeric(38,8) NOT NULL,
    trade_id bigint,
    note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT cash_ledger_kind_check CHECK ((kind = ANY (ARRAY['initial'::text, 'deposit'::text, 'withdrawal'::text, 'trade'::text, 'fee'::text])))
);


ALTER TABLE tradingd.cash_ledger OWNER TO tradingd_owner;

--
-- Name: command_log; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.command_log (
    user_id bigint NOT NULL,
    request_id text NOT NULL,
    uid bigint DEFAULT '-1'::integer NOT NULL,
    method text NOT NULL,
    arguments jsonb DEFAULT '{}'::jsonb NOT NULL,
    arguments_hash bytea DEFAULT '\x'::bytea NOT NULL,
    run_id bigint,
    logical_time timestamp with time zone,
    result jsonb DEFAULT 'null'::jsonb NOT NULL,
    ok boolean DEFAULT true NOT NULL,
    run_version bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT command_log_request_id_check CHECK ((request_id <> ''::text))
);


ALTER TABLE tradingd.command_log OWNER TO tradingd_owner;

--
-- Name: engine_epoch_seq; Type: SEQUENCE; Schema: tradingd; Owner: tradingd_owner
--

CREATE SEQUENCE tradingd.engine_epoch_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE tradingd.engine_epoch_seq OWNER TO tradingd_owner;

--
-- Name: engine_shard; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.engine_shard (
    shard_id integer NOT NULL,
    holder text,
    epoch bigint DEFAULT 0 NOT NULL,
    expires_at timestamp with time zone,
    last_batch bigint DEFAULT 0 NOT NULL,
    burned_batch bigint DEFAULT 0 NOT NULL,
    CONSTRAINT engine_shard_shard_id_check CHECK (((shard_id >= 0) AND (shard_id <= 63)))
)
WITH (fillfactor='20');


ALTER TABLE tradingd.engine_shard OWNER TO tradingd_owner;

--
-- Name: engine_state; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.engine_state (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    run_status text DEFAULT 'RUNNING'::text NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    last_logical_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    last_mark_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    feed_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    cash numeric(38,8) DEFAULT 0 NOT NULL,
    reserved numeric(38,8) DEFAULT 0 NOT NULL,
    trading_state text DEFAULT 'ACTIVE'::text NOT NULL,
    strategy_state jsonb DEFAULT '{}'::jsonb NOT NULL,
    next_order bigint DEFAULT 1 NOT NULL,
    next_trade bigint DEFAULT 1 NOT NULL,
    next_cash_seq bigint DEFAULT 1 NOT NULL,
    next_event_seq bigint DEFAULT 1 NOT NULL,
    digest bytea DEFAULT '\x'::bytea NOT NULL,
    state_digest bytea DEFAULT '\x'::bytea NOT NULL,
    CONSTRAINT engine_state_reserved_check CHECK ((reserved >= (0)::numeric)),
    CONSTRAINT engine_state_trading_state_check CHECK ((trading_state = ANY (ARRAY['ACTIVE'::text, 'REDUCING'::text, 'HALTED'::text]))),
    CONSTRAINT engine_state_version_check CHECK ((version >= 0))
)
WITH (fillfactor='50');


ALTER TABLE tradingd.engine_state OWNER TO tradingd_owner;

--
-- Name: engine_status; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.engine_status (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    last_logical_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    inputs bigint DEFAULT 0 NOT NULL,
    orders bigint DEFAULT 0 NOT NULL,
    trades bigint DEFAULT 0 NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='50');


ALTER TABLE tradingd.engine_status OWNER TO tradingd_owner;

--
-- Name: event_ledger; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.event_ledger (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    seq bigint NOT NULL,
    logical_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    type text NOT NULL,
    key text DEFAULT ''::text NOT NULL,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT event_ledger_type_check CHECK ((type <> ''::text))
);


ALTER TABLE tradingd.event_ledger OWNER TO tradingd_owner;

--
-- Name: market_bar; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.market_bar (
    feed_id bigint NOT NULL,
    logical_time timestamp with time zone NOT NULL,
    instrument_id integer NOT NULL,
    symbol text NOT NULL,
    open numeric(28,8) NOT NULL,
    high numeric(28,8) NOT NULL,
    low numeric(28,8) NOT NULL,
    close numeric(28,8) NOT NULL,
    volume numeric(28,8) DEFAULT 0 NOT NULL,
    CONSTRAINT market_bar_check CHECK (((high >= GREATEST(open, close)) AND (low <= LEAST(open, close)))),
    CONSTRAINT market_bar_close_check CHECK ((close > (0)::numeric)),
    CONSTRAINT market_bar_low_check CHECK ((low > (0)::numeric)),
    CONSTRAINT market_bar_open_check CHECK ((open > (0)::numeric)),
    CONSTRAINT market_bar_volume_check CHECK ((volume >= (0)::numeric))
);


ALTER TABLE tradingd.market_bar OWNER TO tradingd_owner;

--
-- Name: market_feed; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.market_feed (
    feed_id bigint NOT NULL,
    name text NOT NULL,
    kind text DEFAULT 'push'::text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    status text DEFAULT 'ACTIVE'::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    origin_time timestamp with time zone,
    last_logical_time timestamp with time zone,
    ticks bigint DEFAULT 0 NOT NULL,
    rows_accepted bigint DEFAULT 0 NOT NULL,
    rows_duplicate bigint DEFAULT 0 NOT NULL,
    rows_quarantined bigint DEFAULT 0 NOT NULL,
    rows_rejected jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT market_feed_kind_check CHECK ((kind = ANY (ARRAY['push'::text, 'csv'::text, 'synthetic'::text]))),
    CONSTRAINT market_feed_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,64}$'::text)),
    CONSTRAINT market_feed_settings_check CHECK ((jsonb_typeof(settings) = 'object'::text)),
    CONSTRAINT market_feed_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'PAUSED'::text, 'FINISHED'::text, 'ERROR'::text])))
)
WITH (fillfactor='70');


ALTER TABLE tradingd.market_feed OWNER TO tradingd_owner;

--
-- Name: market_feed_feed_id_seq; Type: SEQUENCE; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE tradingd.market_feed ALTER COLUMN feed_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME tradingd.market_feed_feed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: market_instrument; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.market_instrument (
    feed_id bigint NOT NULL,
    instrument_id integer NOT NULL,
    symbol text NOT NULL,
    tick_size numeric(28,8) DEFAULT 0.00000001 NOT NULL,
    quantity_step numeric(28,8) DEFAULT 0.00000001 NOT NULL,
    CONSTRAINT market_instrument_instrument_id_check CHECK ((instrument_id >= 0)),
    CONSTRAINT market_instrument_quantity_step_check CHECK ((quantity_step > (0)::numeric)),
    CONSTRAINT market_instrument_symbol_check CHECK ((symbol <> ''::text)),
    CONSTRAINT market_instrument_tick_size_check CHECK ((tick_size > (0)::numeric))
);


ALTER TABLE tradingd.market_instrument OWNER TO tradingd_owner;

--
-- Name: market_tick; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.market_tick (
    feed_id bigint NOT NULL,
    logical_time timestamp with time zone NOT NULL,
    session_date date NOT NULL,
    market_open boolean DEFAULT true NOT NULL,
    utc_offset_s integer DEFAULT 0 NOT NULL,
    session_closes timestamp with time zone,
    rows integer DEFAULT 0 NOT NULL,
    CONSTRAINT market_tick_rows_check CHECK ((rows >= 0))
);


ALTER TABLE tradingd.market_tick OWNER TO tradingd_owner;

--
-- Name: mtm_ledger; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.mtm_ledger (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    logical_time timestamp with time zone NOT NULL,
    market_value numeric(38,8) DEFAULT 0 NOT NULL,
    unrealized_pnl numeric(38,8) DEFAULT 0 NOT NULL
)
PARTITION BY RANGE (logical_time);


ALTER TABLE tradingd.mtm_ledger OWNER TO tradingd_owner;

--
-- Name: mtm_ledger_default; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.mtm_ledger_default (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    logical_time timestamp with time zone NOT NULL,
    market_value numeric(38,8) DEFAULT 0 NOT NULL,
    unrealized_pnl numeric(38,8) DEFAULT 0 NOT NULL
);


ALTER TABLE tradingd.mtm_ledger_default OWNER TO tradingd_owner;

--
-- Name: paper_equity_curve; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.paper_equity_curve (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    logical_time timestamp with time zone NOT NULL,
    cash numeric(38,8) DEFAULT 0 NOT NULL,
    mtm numeric(38,8) DEFAULT 0 NOT NULL,
    equity numeric(38,8) DEFAULT 0 NOT NULL,
    CONSTRAINT paper_equity_curve_check CHECK ((equity = (cash + mtm)))
)
PARTITION BY RANGE (logical_time);


ALTER TABLE tradingd.paper_equity_curve OWNER TO tradingd_owner;

--
-- Name: paper_equity_curve_default; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.paper_equity_curve_default (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    logical_time timestamp with time zone NOT NULL,
    cash numeric(38,8) DEFAULT 0 NOT NULL,
    mtm numeric(38,8) DEFAULT 0 NOT NULL,
    equity numeric(38,8) DEFAULT 0 NOT NULL,
    CONSTRAINT paper_equity_curve_check CHECK ((equity = (cash + mtm)))
);


ALTER TABLE tradingd.paper_equity_curve_default OWNER TO tradingd_owner;

--
-- Name: paper_order; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.paper_order (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    order_id bigint NOT NULL,
    client_order_id text,
    instrument_id integer,
    symbol text NOT NULL,
    side text DEFAULT 'buy'::text NOT NULL,
    type text DEFAULT 'market'::text NOT NULL,
    tif text DEFAULT 'day'::text NOT NULL,
    source text DEFAULT 'user'::text NOT NULL,
    status text DEFAULT 'PENDING'::text NOT NULL,
    reason text,
    reason_detail text DEFAULT ''::text NOT NULL,
    quantity numeric(28,8) NOT NULL,
    filled numeric(28,8) DEFAULT 0 NOT NULL,
    limit_price numeric(28,8),
    stop_price numeric(28,8),
    reserved numeric(38,8) DEFAULT 0 NOT NULL,
    session_date date,
    placed_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    updated_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    triggered_at timestamp with time zone,
    trail_amount numeric(28,8),
    trail_percent numeric(28,8),
    expires_at timestamp with time zone,
    notional numeric(38,8),
    take_profit numeric(28,8),
    stop_loss numeric(28,8),
    replaces_order_id bigint,
    group_id bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT paper_order_check CHECK (((status = 'REJECTED'::text) OR ((quantity > (0)::numeric) AND (filled <= quantity)))),
    CONSTRAINT paper_order_check1 CHECK (((status <> 'REJECTED'::text) OR (filled = (0)::numeric))),
    CONSTRAINT paper_order_check2 CHECK (((status <> 'FILLED'::text) OR (filled = quantity))),
    CONSTRAINT paper_order_check3 CHECK (((status = ANY (ARRAY['PENDING'::text, 'PARTIALLY_FILLED'::text])) OR (reserved = (0)::numeric))),
    CONSTRAINT paper_order_check4 CHECK (((status = 'REJECTED'::text) OR (num_nonnulls(trail_amount, trail_percent) = ((type = 'trailing_stop'::text))::integer))),
    CONSTRAINT paper_order_check5 CHECK (((status = 'REJECTED'::text) OR ((tif = 'gtd'::text) = (expires_at IS NOT NULL)))),
    CONSTRAINT paper_order_check6 CHECK (((status = 'REJECTED'::text) OR (num_nulls(take_profit, stop_loss) <> 1))),
    CONSTRAINT paper_order_check7 CHECK ((replaces_order_id < order_id)),
    CONSTRAINT paper_order_check8 CHECK ((group_id <= order_id)),
    CONSTRAINT paper_order_client_order_id_check CHECK ((client_order_id <> ''::text)),
    CONSTRAINT paper_order_filled_check CHECK ((filled >= (0)::numeric)),
    CONSTRAINT paper_order_reserved_check CHECK ((reserved >= (0)::numeric)),
    CONSTRAINT paper_order_side_check CHECK ((side = ANY (ARRAY['buy'::text, 'sell'::text]))),
    CONSTRAINT paper_order_source_check CHECK ((source = ANY (ARRAY['user'::text, 'sip'::text, 'rebalance'::text]))),
    CONSTRAINT paper_order_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'PARTIALLY_FILLED'::text, 'FILLED'::text, 'CANCELED'::text, 'EXPIRED'::text, 'REPLACED'::text, 'REJECTED'::text]))),
    CONSTRAINT paper_order_tif_check CHECK ((tif = ANY (ARRAY['day'::text, 'gtc'::text, 'gtd'::text, 'ioc'::text, 'fok'::text, 'opg'::text, 'cls'::text]))),
    CONSTRAINT paper_order_type_check CHECK ((type = ANY (ARRAY['market'::text, 'limit'::text, 'stop'::text, 'stop_limit'::text, 'trailing_stop'::text, 'market_on_open'::text, 'market_on_close'::text])))
)
WITH (fillfactor='80');


ALTER TABLE tradingd.paper_order OWNER TO tradingd_owner;

--
-- Name: paper_position; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.paper_position (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    symbol text NOT NULL,
    instrument_id integer,
    quantity numeric(28,8) DEFAULT 0 NOT NULL,
    cost numeric(38,8) DEFAULT 0 NOT NULL,
    average_cost numeric(38,8) GENERATED ALWAYS AS (
CASE
    WHEN (quantity = (0)::numeric) THEN (0)::numeric
    ELSE round((cost / quantity), 8)
END) STORED,
    realized_pnl numeric(38,8) DEFAULT 0 NOT NULL,
    CONSTRAINT paper_position_check CHECK (((quantity > (0)::numeric) OR (cost = (0)::numeric))),
    CONSTRAINT paper_position_quantity_check CHECK ((quantity >= (0)::numeric))
)
WITH (fillfactor='70');


ALTER TABLE tradingd.paper_position OWNER TO tradingd_owner;

--
-- Name: paper_trade; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.paper_trade (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    trade_id bigint NOT NULL,
    order_id bigint NOT NULL,
    logical_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    instrument_id integer,
    symbol text NOT NULL,
    side text DEFAULT 'buy'::text NOT NULL,
    quantity numeric(28,8) NOT NULL,
    price numeric(28,8) NOT NULL,
    notional numeric(38,8) DEFAULT 0 NOT NULL,
    fee numeric(38,8) DEFAULT 0 NOT NULL,
    slippage numeric(38,8) DEFAULT 0 NOT NULL,
    realized_pnl numeric(38,8) DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT paper_trade_notional_check CHECK ((notional >= (0)::numeric)),
    CONSTRAINT paper_trade_price_check CHECK ((price > (0)::numeric)),
    CONSTRAINT paper_trade_quantity_check CHECK ((quantity > (0)::numeric)),
    CONSTRAINT paper_trade_side_check CHECK ((side = ANY (ARRAY['buy'::text, 'sell'::text])))
);


ALTER TABLE tradingd.paper_trade OWNER TO tradingd_owner;

--
-- Name: schema_version; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.schema_version (
    version integer NOT NULL,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE tradingd.schema_version OWNER TO tradingd_owner;

--
-- Name: strategy_run; Type: TABLE; Schema: tradingd; Owner: tradingd_owner
--

CREATE TABLE tradingd.strategy_run (
    user_id bigint NOT NULL,
    run_id bigint NOT NULL,
    status text DEFAULT 'RUNNING'::text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    strategy text DEFAULT 'manual'::text NOT NULL,
    feed_id bigint,
    config jsonb DEFAULT '{}'::jsonb NOT NULL,
    config_hash bytea DEFAULT '\x'::bytea NOT NULL,
    initial_cash numeric(38,8) DEFAULT 0 NOT NULL,
    trading_state text DEFAULT 'ACTIVE'::text NOT NULL,
    start_time timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    stopped_at timestamp with time zone,
    stop_reason text,
    CONSTRAINT strategy_run_initial_cash_check CHECK ((initial_cash >= (0)::numeric)),
    CONSTRAINT strategy_run_status_check CHECK ((status = ANY (ARRAY['RUNNING'::text, 'STOPPED'::text, 'ERROR'::text]))),
    CONSTRAINT strategy_run_trading_state_check CHECK ((trading_state = ANY (ARRAY['ACTIVE'::text, 'REDUCING'::text, 'HALTED'::text])))
)
WITH (fillfactor='80');


ALTER TABLE tradingd.strategy_run OWNER TO tradingd_owner;

--
-- Name: strategy_run_run_id_seq; Type: SEQUENCE; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE tradingd.strategy_run ALTER COLUMN run_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME tradingd.strategy_run_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: mtm_ledger_default; Type: TABLE ATTACH; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.mtm_ledger ATTACH PARTITION tradingd.mtm_ledger_default DEFAULT;


--
-- Name: paper_equity_curve_default; Type: TABLE ATTACH; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_equity_curve ATTACH PARTITION tradingd.paper_equity_curve_default DEFAULT;


--
-- Data for Name: app_user; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.app_user (user_id, name, uid, role, limits, created_at) FROM stdin;
1	alice	\N	user	{}	2026-11-22 18:52:55.2707+00
2	bob	\N	user	{}	2026-11-22 18:52:55.421695+00
3	carol	\N	user	{}	2026-11-22 18:52:55.553504+00
4	dave	\N	user	{}	2026-11-22 18:52:55.599131+00
\.


--
-- Data for Name: cash_ledger; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.cash_ledger (user_id, run_id, seq, logical_time, kind, amount, balance, trade_id, note, created_at) FROM stdin;
1	1	1	2000-01-03 20:59:59.999999+00	initial	10000.00000000	10000.00000000	\N		2026-11-22 18:52:55.658225+00
2	2	1	1900-12-31 23:59:59.999999+00	initial	10000.00000000	10000.00000000	\N		2026-11-22 18:52:55.784928+00
3	3	1	1900-12-31 23:59:59.999999+00	initial	5000.00000000	5000.00000000	\N		2026-11-22 18:52:55.864449+00
2	2	2	2024-01-02 15:00:00.000001+00	trade	-100.00000000	9900.00000000	1		2026-11-22 18:52:56.062541+00
2	2	3	2024-01-02 15:00:00.000004+00	trade	-100.00000000	9800.00000000	2		2026-11-22 18:52:56.149108+00
3	3	2	2024-01-02 15:00:00.000001+00	trade	-1000.00000000	4000.00000000	1		2026-11-22 18:52:56.201654+00
3	3	3	2024-01-02 15:00:00.000002+00	deposit	250.50000000	4250.50000000	\N		2026-11-22 18:52:56.258225+00
2	2	4	2024-01-03 15:00:00.000002+00	withdrawal	-100.00000000	9700.00000000	\N		2026-11-22 18:52:56.501645+00
2	2	5	2024-01-04 15:00:00+00	trade	112.50000000	9812.50000000	3		2026-11-22 18:52:56.585634+00
2	2	6	2024-01-04 15:00:00+00	trade	-82.50000000	9730.00000000	4		2026-11-22 18:52:56.585634+00
3	4	1	2024-01-04 15:00:00+00	initial	777.00000000	777.00000000	\N		2026-11-22 18:52:56.679054+00
1	1	2	2000-01-03 21:00:00+00	deposit	500.00000000	10500.00000000	\N	SIP installment 0	2026-11-22 18:52:56.913734+00
1	1	3	2000-01-03 21:00:00+00	trade	-499.14045005	10000.85954995	1		2026-11-22 18:52:56.913734+00
1	1	4	2000-01-03 21:00:00+00	fee	-0.24957023	10000.60997972	1		2026-11-22 18:52:56.913734+00
1	1	5	2000-01-03 21:00:00+00	trade	-5797.59636446	4203.01361526	2		2026-11-22 18:52:56.913734+00
1	1	6	2000-01-03 21:00:00+00	fee	-2.89879818	4200.11481708	2		2026-11-22 18:52:56.913734+00
1	1	7	2000-01-10 21:00:00+00	deposit	500.00000000	4700.11481708	\N	SIP installment 1	2026-11-22 18:52:56.913734+00
1	1	8	2000-01-10 21:00:00+00	trade	-499.95679177	4200.15802531	3		2026-11-22 18:52:56.913734+00
1	1	9	2000-01-10 21:00:00+00	fee	-0.24997840	4199.90804691	3		2026-11-22 18:52:56.913734+00
1	1	10	2000-01-18 21:00:00+00	deposit	500.00000000	4699.90804691	\N	SIP installment 2	2026-11-22 18:52:56.913734+00
1	1	11	2000-01-18 21:00:00+00	trade	-499.11302514	4200.79502177	4		2026-11-22 18:52:56.913734+00
1	1	12	2000-01-18 21:00:00+00	fee	-0.24955651	4200.54546526	4		2026-11-22 18:52:56.913734+00
1	1	13	2000-01-24 21:00:00+00	deposit	500.00000000	4700.54546526	\N	SIP installment 3	2026-11-22 18:52:56.913734+00
1	1	14	2000-01-24 21:00:00+00	trade	-500.34622035	4200.19924491	5		2026-11-22 18:52:56.913734+00
1	1	15	2000-01-24 21:00:00+00	fee	-0.25017311	4199.94907180	5		2026-11-22 18:52:56.913734+00
1	1	16	2000-01-31 21:00:00+00	deposit	500.00000000	4699.94907180	\N	SIP installment 4	2026-11-22 18:52:56.913734+00
1	1	17	2000-01-31 21:00:00+00	trade	-499.21666604	4200.73240576	6		2026-11-22 18:52:56.913734+00
1	1	18	2000-01-31 21:00:00+00	fee	-0.24960833	4200.48279743	6		2026-11-22 18:52:56.913734+00
1	1	19	2000-01-31 21:00:00+00	trade	673.52416116	4874.00695859	7		2026-11-22 18:52:56.913734+00
1	1	20	2000-01-31 21:00:00+00	fee	-0.33676208	4873.67019651	7		2026-11-22 18:52:56.913734+00
1	1	21	2000-02-01 21:00:00+00	trade	32.41344067	4906.08363718	8		2026-11-22 18:52:56.913734+00
1	1	22	2000-02-01 21:00:00+00	fee	-0.01620672	4906.06743046	8		2026-11-22 18:52:56.913734+00
1	1	23	2000-02-07 21:00:00+00	deposit	500.00000000	5406.06743046	\N	SIP installment 5	2026-11-22 18:52:56.913734+00
1	1	24	2000-02-07 21:00:00+00	trade	-499.90823649	4906.15919397	9		2026-11-22 18:52:56.913734+00
1	1	25	2000-02-07 21:00:00+00	fee	-0.24995412	4905.90923985	9		2026-11-22 18:52:56.913734+00
1	1	26	2000-02-14 21:00:00+00	deposit	500.00000000	5405.90923985	\N	SIP installment 6	2026-11-22 18:52:56.913734+00
1	1	27	2000-02-14 21:00:00+00	trade	-500.37837876	4905.53086109	10		2026-11-22 18:52:56.913734+00
1	1	28	2000-02-14 21:00:00+00	fee	-0.25018919	4905.28067190	10		2026-11-22 18:52:56.913734+00
1	1	29	2000-02-22 21:00:00+00	deposit	500.00000000	5405.28067190	\N	SIP installment 7	2026-11-22 18:52:56.913734+00
1	1	30	2000-02-22 21:00:00+00	trade	-498.95074624	4906.32992566	11		2026-11-22 18:52:56.913734+00
1	1	31	2000-02-22 21:00:00+00	fee	-0.24947537	4906.08045029	11		2026-11-22 18:52:56.913734+00
1	1	32	2000-02-28 21:00:00+00	deposit	500.00000000	5406.08045029	\N	SIP installment 8	2026-11-22 18:52:56.913734+00
1	1	33	2000-02-28 21:00:00+00	trade	-500.12656818	4905.95388211	12		2026-11-22 18:52:56.913734+00
1	1	34	2000-02-28 21:00:00+00	fee	-0.25006328	4905.70381883	12		2026-11-22 18:52:56.913734+00
1	1	35	2000-02-29 21:00:00+00	trade	703.70632266	5609.41014149	13		2026-11-22 18:52:56.913734+00
1	1	36	2000-02-29 21:00:00+00	fee	-0.35185316	5609.05828833	13		2026-11-22 18:52:56.913734+00
\.


--
-- Data for Name: command_log; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.command_log (user_id, request_id, uid, method, arguments, arguments_hash, run_id, logical_time, result, ok, run_version, created_at) FROM stdin;
0	a68605f0d6fa0e6c1c1e548596f69ea6	0	user.add	{"name": "alice"}	\\x60f11a1c404807d2f9d1d2feed1550e71ac5622ef5652c9d5b33d02bc3e70a6b	\N	\N	{"uid": null, "name": "alice", "role": "user", "runs": 0, "limits": {}, "user_id": 1, "created_at": "2026-11-22T18:52:55.2707Z", "running_run_id": null}	t	\N	2026-11-22 18:52:55.2707+00
0	6388806597f31f6af20d1b970bb7f1e3	0	user.add	{"name": "bob"}	\\xd3824ebac1eba4d9ad73e5f7813c716489bdaf9aef8931f21c374243b93a1e02	\N	\N	{"uid": null, "name": "bob", "role": "user", "runs": 0, "limits": {}, "user_id": 2, "created_at": "2026-11-22T18:52:55.421695Z", "running_run_id": null}	t	\N	2026-11-22 18:52:55.421695+00
0	3c80207706e13d4e8f8f2259bd1185d5	0	user.add	{"name": "carol"}	\\x8c73e6922a34977f948454ad7663b971ae6090357fa90b435c0605b6a46f0e2c	\N	\N	{"uid": null, "name": "carol", "role": "user", "runs": 0, "limits": {}, "user_id": 3, "created_at": "2026-11-22T18:52:55.553504Z", "running_run_id": null}	t	\N	2026-11-22 18:52:55.553504+00
0	8539e3bd75372572538d01da981807f9	0	user.add	{"name": "dave"}	\\xc1e6e553a05a0509b4b9c25dd0582c3ada00570ab8fbb302619f5c0d79947978	\N	\N	{"uid": null, "name": "dave", "role": "user", "runs": 0, "limits": {}, "user_id": 4, "created_at": "2026-11-22T18:52:55.599131Z", "running_run_id": null}	t	\N	2026-11-22 18:52:55.599131+00
0	b6bb99a011d23e83a5c4450c283f6559	0	feed.add	{"file": "us.csv", "kind": "csv", "name": "us", "symbol": "SPX", "calendar": "XNYS"}	\\xec4261b63ddec5eb88fb277411b515d021c413fd663b85c0607f9d394f34f23c	\N	\N	{"kind": "csv", "name": "us", "ticks": 0, "status": "PAUSED", "feed_id": 1, "message": "", "symbols": [], "settings": {"bars": true, "file": "us.csv", "symbol": "SPX", "calendar": "XNYS"}, "created_at": "2026-11-22T18:52:55.612697Z", "origin_time": "2000-01-03T20:59:59.999999Z", "running_runs": 0, "rows_accepted": 0, "rows_rejected": {}, "rows_duplicate": 0, "rows_quarantined": 0, "last_logical_time": null}	t	\N	2026-11-22 18:52:55.612697+00
0	1dff8f100b124bac456f60b6afd70346	0	feed.add	{"kind": "push", "name": "desk"}	\\xf52a65b6a06e81bf0cf3b50ef34a19e2612664c761fceba569b78617cda70dfe	\N	\N	{"kind": "push", "name": "desk", "ticks": 0, "status": "ACTIVE", "feed_id": 2, "message": "", "symbols": [], "settings": {"bars": false}, "created_at": "2026-11-22T18:52:55.642589Z", "origin_time": null, "running_runs": 0, "rows_accepted": 0, "rows_rejected": {}, "rows_duplicate": 0, "rows_quarantined": 0, "last_logical_time": null}	t	\N	2026-11-22 18:52:55.642589+00
1	c73c7234420588ddc620039d2ff92a00	0	run.start	{"feed": "us", "strategy": "strategy = \\"sip+rebalance\\"\\nfill_at = \\"close\\"\\nquantity_step = \\"0.001\\"\\n[fees]\\nkind = \\"bps\\"\\nbps = \\"5\\"\\n[sip]\\namount = \\"500\\"\\nevery = \\"weekly\\"\\nfunding = \\"deposit\\"\\n[sip.weights]\\nSPX = \\"1\\"\\n[rebalance]\\nevery = \\"monthly\\"\\nband = \\"0.05\\"\\ncash = \\"0.4\\"\\n[rebalance.weights]\\nSPX = \\"0.6\\"\\n", "initial_cash": "10000"}	\\x9ea7c5e3d3c718d6a6d0486b833821ba1e1b3e18c010bd21e8f5100ea804637e	1	2000-01-03 20:59:59.999999+00	{"cash": "10000", "name": "", "run_id": 1, "status": "RUNNING", "feed_id": 1, "user_id": 1, "reserved": "0", "strategy": "sip+rebalance", "open_orders": 0, "initial_cash": "10000", "trading_state": "ACTIVE", "last_logical_time": "2000-01-03T20:59:59.999999Z"}	t	1	2026-11-22 18:52:55.658225+00
2	d3b116460813dbc4b80659fe3a872057	0	run.start	{"feed": "desk", "strategy": "strategy = \\"manual\\"\\nfill_at = \\"close\\"\\n[limits]\\nmax_open_orders = 5\\n", "initial_cash": "10000"}	\\x6fae7426eb480196963ee34233c76076ac0740c355c86b835fdf9cb95dc34664	2	1900-12-31 23:59:59.999999+00	{"cash": "10000", "name": "", "run_id": 2, "status": "RUNNING", "feed_id": 2, "user_id": 2, "reserved": "0", "strategy": "manual", "open_orders": 0, "initial_cash": "10000", "trading_state": "ACTIVE", "last_logical_time": "1900-12-31T23:59:59.999999Z"}	t	1	2026-11-22 18:52:55.784928+00
3	20d9bbab1f9fa8bb7e2c2727bdfec71d	0	run.start	{"feed": "desk", "name": "first", "strategy": "strategy = \\"manual\\"\\nfill_at = \\"close\\"\\n[limits]\\nmax_open_orders = 5\\n", "initial_cash": "5000"}	\\xba0092f55f4acc6697c96bfa5e3ccb68a4e943859f12820be755325d65e21917	3	1900-12-31 23:59:59.999999+00	{"cash": "5000", "name": "first", "run_id": 3, "status": "RUNNING", "feed_id": 2, "user_id": 3, "reserved": "0", "strategy": "manual", "open_orders": 0, "initial_cash": "5000", "trading_state": "ACTIVE", "last_logical_time": "1900-12-31T23:59:59.999999Z"}	t	1	2026-11-22 18:52:55.864449+00
2	c764d4ea769becd6ad7faf5f5add9754	0	order.place	{"side": "buy", "symbol": "ACME", "quantity": "10"}	\\x3a4eb4e4aa792563f384258006a929dcbef528ddf29572a286a1ba9d7ce1becb	2	2024-01-02 15:00:00.000001+00	{"tif": "day", "side": "buy", "type": "market", "filled": "10", "reason": null, "source": "user", "status": "FILLED", "symbol": "ACME", "group_id": null, "notional": null, "order_id": 1, "quantity": "10", "placed_at": "2024-01-02T15:00:00.000001Z", "stop_loss": null, "expires_at": null, "stop_price": null, "updated_at": "2024-01-02T15:00:00.000001Z", "limit_price": null, "take_profit": null, "trail_amount": null, "triggered_at": null, "reason_detail": "", "trail_percent": null, "client_order_id": null, "replaces_order_id": null}	t	3	2026-11-22 18:52:56.062541+00
2	898953cb5568ddc1d2c6a3b40fd00222	0	order.place	{"tif": "gtc", "side": "buy", "limit": "9", "symbol": "ACME", "quantity": "10"}	\\x717c85b701abb48c9b1a1373df2701a584726d89e3efb45e6462d25773af00a8	2	2024-01-02 15:00:00.000002+00	{"tif": "gtc", "side": "buy", "type": "limit", "filled": "0", "reason": null, "source": "user", "status": "PENDING", "symbol": "ACME", "group_id": null, "notional": null, "order_id": 2, "quantity": "10", "placed_at": "2024-01-02T15:00:00.000002Z", "stop_loss": null, "expires_at": null, "stop_price": null, "updated_at": "2024-01-02T15:00:00.000002Z", "limit_price": "9", "take_profit": null, "trail_amount": null, "triggered_at": null, "reason_detail": "", "trail_percent": null, "client_order_id": null, "replaces_order_id": null}	t	4	2026-11-22 18:52:56.105932+00
2	c4994dd1baf9815f755e9408adac0ad8	0	order.place	{"side": "buy", "symbol": "ACME", "quantity": "10000"}	\\x8c35baae688383290a7f267ce58b3400e8eb84a04206caa1e2ad65dfd77d6abe	2	2024-01-02 15:00:00.000003+00	{"tif": "day", "side": "buy", "type": "market", "filled": "0", "reason": "INSUFFICIENT_CASH", "source": "user", "status": "REJECTED", "symbol": "ACME", "group_id": null, "notional": null, "order_id": 3, "quantity": "10000", "placed_at": "2024-01-02T15:00:00.000003Z", "stop_loss": null, "expires_at": null, "stop_price": null, "updated_at": "2024-01-02T15:00:00.000003Z", "limit_price": null, "take_profit": null, "trail_amount": null, "triggered_at": null, "reason_detail": "needed=100000 available=9810", "trail_percent": null, "client_order_id": null, "replaces_order_id": null}	t	5	2026-11-22 18:52:56.133727+00
2	f766cff5b2ea51b4838f7e21f7b91b46	0	order.place	{"tif": "gtc", "side": "buy", "symbol": "INIT", "quantity": "5", "stop_loss": "18", "take_profit": "22"}	\\x71922aaf477ac17b430b73e263ad4bc6e34b7debcb2f84bbf94206910096aa2e	2	2024-01-02 15:00:00.000004+00	{"tif": "gtc", "side": "buy", "type": "market", "filled": "5", "reason": null, "source": "user", "status": "FILLED", "symbol": "INIT", "group_id": null, "notional": null, "order_id": 4, "quantity": "5", "placed_at": "2024-01-02T15:00:00.000004Z", "stop_loss": "18", "expires_at": null, "stop_price": null, "updated_at": "2024-01-02T15:00:00.000004Z", "limit_price": null, "take_profit": "22", "trail_amount": null, "triggered_at": null, "reason_detail": "", "trail_percent": null, "client_order_id": null, "replaces_order_id": null}	t	6	2026-11-22 18:52:56.149108+00
2	0256f81a197437d8913a820297276dee	0	order.place	{"tif": "gtc", "side": "sell", "limit": "12", "symbol": "ACME", "quantity": "5"}	\\x339ab17a14b21d3931ee43054b042bd6f1cb9e21d268c0efe7338b3c4354ccf9	2	2024-01-02 15:00:00.000005+00	{"tif": "gtc", "side": "sell", "type": "limit", "filled": "0", "reason": null, "source": "user", "status": "PENDING", "symbol": "ACME", "group_id": null, "notional": null, "order_id": 7, "quantity": "5", "placed_at": "2024-01-02T15:00:00.000005Z", "stop_loss": null, "expires_at": null, "stop_price": null, "updated_at": "2024-01-02T15:00:00.000005Z", "limit_price": "12", "take_profit": null, "trail_amount": null, "triggered_at": null, "reason_detail": "", "trail_percent": null, "client_order_id": null, "replaces_order_id": null}	t	7	2026-11-22 18:52:56.163566+00
2	d498dc24e712211e8824a3223401e675	0	order.replace	{"limit": "8.5", "order_id": 2}	\\x123cc29be04e317aac4b52fc2cad0b095caa1f3fbecaf2f70a94af27dd49df2c	2	2024-01-03 15:00:00.000001+00	{"tif": "gtc", "side": "buy", "type": "limit", "filled": "0", "reason": null, "source": "user", "status": "PENDING", "symbol": "ACME", "group_id": null, "notional": null, "order_id": 8, "quantity": "10", "placed_at": "2024-01-03T15:00:00.000001Z", "stop_loss": null, "expires_at": null, "stop_price": null, "updated_at": "2024-01-03T15:00:00.000001Z", "limit_price": "8.5", "take_profit": null, "trail_amount": null, "triggered_at": null, "reason_detail": "", "trail_percent": null, "client_order_id": null, "replaces_order_id": 2}	t	9	2026-11-22 18:52:56.405637+00
2	eaadc78e5efe1ddc4b994172f75621db	0	cash.withdraw	{"amount": "100"}	\\x69dd710b7efeccaab6b26f12a7ca2230fc128d1fd426b2456c432b8fd621bc18	2	2024-01-03 15:00:00.000002+00	{"seq": 4, "kind": "withdrawal", "note": "", "amount": "-100", "balance": "9700", "logical_time": "2024-01-03T15:00:00.000002Z"}	t	10	2026-11-22 18:52:56.501645+00
2	e5853e92f2a1388d9dc4e1419c2cabea	0	trading.halt	{"reason": "test"}	\\x66ee4d2eb3299aaceceddf766e2e61bb4df9f6a86021fee57c49fd4772b4f876	2	2024-01-04 15:00:00.000001+00	{"cash": "9730", "run_id": 2, "status": "RUNNING", "user_id": 2, "reserved": "0", "open_orders": 1, "trading_state": "HALTED", "last_logical_time": "2024-01-04T15:00:00.000001Z"}	t	12	2026-11-22 18:52:57.591543+00
3	0e3515cef7735259e0b2586e71ce5997	0	order.place	{"side": "buy", "symbol": "ACME", "quantity": "100"}	\\x2e11afe82de155242e5630fbffbedd27ee488160ec71db73b03ebc40569010fe	3	2024-01-02 15:00:00.000001+00	{"tif": "day", "side": "buy", "type": "market", "filled": "100", "reason": null, "source": "user", "status": "FILLED", "symbol": "ACME", "group_id": null, "notional": null, "order_id": 1, "quantity": "100", "placed_at": "2024-01-02T15:00:00.000001Z", "stop_loss": null, "expires_at": null, "stop_price": null, "updated_at": "2024-01-02T15:00:00.000001Z", "limit_price": null, "take_profit": null, "trail_amount": null, "triggered_at": null, "reason_detail": "", "trail_percent": null, "client_order_id": null, "replaces_order_id": null}	t	3	2026-11-22 18:52:56.201654+00
3	d783e539bf9810c88229860cded116b8	0	cash.deposit	{"amount": "250.50"}	\\xd64cd0806eef675ffceec7df340435af7953891d7da9980eb7dc5ee894375817	3	2024-01-02 15:00:00.000002+00	{"seq": 3, "kind": "deposit", "note": "", "amount": "250.5", "balance": "4250.5", "logical_time": "2024-01-02T15:00:00.000002Z"}	t	4	2026-11-22 18:52:56.258225+00
3	77bbbbdbd089b4d3bce4039f47c07bdc	0	run.stop	{}	\\xc09da522dac261c3d2566230bed10d2f3ef13f8e7654576c12e857e07f786098	3	2024-01-03 15:00:00.000001+00	{"cash": "4250.5", "run_id": 3, "status": "STOPPED", "user_id": 3, "reserved": "0", "open_orders": 0, "trading_state": "ACTIVE", "last_logical_time": "2024-01-03T15:00:00.000001Z"}	t	6	2026-11-22 18:52:56.45396+00
3	d65d2824d9bab22ef18c5b807cbd6530	0	run.start	{"feed": "desk", "name": "second", "strategy": "strategy = \\"manual\\"\\nfill_at = \\"close\\"\\n[limits]\\nmax_open_orders = 5\\n", "initial_cash": "777"}	\\xffd02928fd181f56cc4db0213e00b144311f17094837948895dbcecbd52ef2a9	4	2024-01-04 15:00:00+00	{"cash": "777", "name": "second", "run_id": 4, "status": "RUNNING", "feed_id": 2, "user_id": 3, "reserved": "0", "strategy": "manual", "open_orders": 0, "initial_cash": "777", "trading_state": "ACTIVE", "last_logical_time": "2024-01-04T15:00:00Z"}	t	1	2026-11-22 18:52:56.679054+00
0	a4e827df1e1d4c23889aa058e6bba2e4	0	feed.resume	{"name": "us"}	\\x7b46d28c6ba4a0a8eef971f609a9dfdb0c1006607dc5edac2cef9a091c64662a	\N	\N	{"kind": "csv", "name": "us", "ticks": 0, "status": "ACTIVE", "feed_id": 1, "message": "", "symbols": [], "settings": {"bars": true, "file": "us.csv", "symbol": "SPX", "calendar": "XNYS"}, "created_at": "2026-11-22T18:52:55.612697Z", "origin_time": "2000-01-03T20:59:59.999999Z", "running_runs": 1, "rows_accepted": 0, "rows_rejected": {}, "rows_duplicate": 0, "rows_quarantined": 0, "last_logical_time": null}	t	\N	2026-11-22 18:52:56.868626+00
\.


--
-- Data for Name: engine_shard; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.engine_shard (shard_id, holder, epoch, expires_at, last_batch, burned_batch) FROM stdin;
0	\N	1	\N	0	0
3	\N	1	\N	19	0
1	\N	1	\N	20	0
4	\N	1	\N	0	0
5	\N	1	\N	0	0
6	\N	1	\N	0	0
7	\N	1	\N	0	0
8	\N	1	\N	0	0
9	\N	1	\N	0	0
10	\N	1	\N	0	0
11	\N	1	\N	0	0
12	\N	1	\N	0	0
13	\N	1	\N	0	0
14	\N	1	\N	0	0
15	\N	1	\N	0	0
16	\N	1	\N	0	0
17	\N	1	\N	0	0
18	\N	1	\N	0	0
19	\N	1	\N	0	0
20	\N	1	\N	0	0
21	\N	1	\N	0	0
22	\N	1	\N	0	0
23	\N	1	\N	0	0
24	\N	1	\N	0	0
25	\N	1	\N	0	0
2	\N	1	\N	21	0
26	\N	1	\N	0	0
27	\N	1	\N	0	0
28	\N	1	\N	0	0
29	\N	1	\N	0	0
30	\N	1	\N	0	0
31	\N	1	\N	0	0
32	\N	1	\N	0	0
33	\N	1	\N	0	0
34	\N	1	\N	0	0
35	\N	1	\N	0	0
36	\N	1	\N	0	0
37	\N	1	\N	0	0
38	\N	1	\N	0	0
39	\N	1	\N	0	0
40	\N	1	\N	0	0
41	\N	1	\N	0	0
42	\N	1	\N	0	0
43	\N	1	\N	0	0
44	\N	1	\N	0	0
45	\N	1	\N	0	0
46	\N	1	\N	0	0
47	\N	1	\N	0	0
48	\N	1	\N	0	0
49	\N	1	\N	0	0
50	\N	1	\N	0	0
51	\N	1	\N	0	0
52	\N	1	\N	0	0
53	\N	1	\N	0	0
54	\N	1	\N	0	0
55	\N	1	\N	0	0
56	\N	1	\N	0	0
57	\N	1	\N	0	0
58	\N	1	\N	0	0
59	\N	1	\N	0	0
60	\N	1	\N	0	0
61	\N	1	\N	0	0
62	\N	1	\N	0	0
63	\N	1	\N	0	0
\.


--
-- Data for Name: engine_state; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.engine_state (user_id, run_id, run_status, version, last_logical_time, last_mark_time, feed_time, cash, reserved, trading_state, strategy_state, next_order, next_trade, next_cash_seq, next_event_seq, digest, state_digest) FROM stdin;
3	4	RUNNING	1	2024-01-04 15:00:00+00	-infinity	2024-01-04 15:00:00+00	777.00000000	0.00000000	ACTIVE	{}	1	1	2	2	\\x33f8b61ffea2838c288a8659a18414f199939c515fefc2870e4cb83ee383953d	\\xf8a5c19deee36be027edb2c8061089f186d96b2b3e10c0f4d327c6818281ad03
1	1	RUNNING	41	2000-02-29 21:00:00+00	2000-02-29 21:00:00+00	2000-02-29 21:00:00+00	5609.05828833	0.00000000	ACTIVE	{"sip.anchor": "2000-01-03", "sip.next_k": "9", "sip.residue": "0.61434844", "sip.next_due": "2000-03-06", "rebalance.anchor": "2000-01-01", "rebalance.next_k": "2", "rebalance.next_due": "2000-03-01"}	14	14	37	15	\\x7e34bb88e76ec31aad336dfafed53d5f6b0b8d9ff338337c8864a0fb969b5ecc	\\x91a4b14c7ba1fa82b284c982e99706d4a76cba64219b4ac3c5ae089e68730aa7
2	2	RUNNING	12	2024-01-04 15:00:00.000001+00	2024-01-04 15:00:00+00	2024-01-04 15:00:00+00	9730.00000000	0.00000000	HALTED	{}	9	5	7	3	\\xd47b992e37886c50054a67469817d4cc74f7388b50941009bfbfc021d495dc64	\\x3e9fbbf056c876385342352bbd6d86e5fd3a325ec927ac490a7f5f381135b12c
3	3	STOPPED	6	2024-01-03 15:00:00.000001+00	2024-01-03 15:00:00+00	2024-01-03 15:00:00+00	4250.50000000	0.00000000	ACTIVE	{}	2	2	4	3	\\x9b092f2b98773a54657cde44a2a4329430a13605560ceea09e79bd8cba1d108b	\\x17b39006fb800939b6253ad024aed262e0e210642d2982fc062e4b8259209fad
\.


--
-- Data for Name: engine_status; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.engine_status (user_id, run_id, last_logical_time, inputs, orders, trades, message, updated_at) FROM stdin;
3	3	2024-01-03 15:00:00.000001+00	6	1	1	stopped by its user	2026-11-22 18:52:56.45396+00
3	4	-infinity	0	0	0		2026-11-22 18:52:56.679054+00
1	1	2000-02-29 21:00:00+00	41	13	13		2026-11-22 18:52:56.913734+00
2	2	2024-01-04 15:00:00.000001+00	12	8	4		2026-11-22 18:52:57.591543+00
\.


--
-- Data for Name: event_ledger; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.event_ledger (user_id, run_id, seq, logical_time, type, key, payload, created_at) FROM stdin;
1	1	1	2000-01-03 20:59:59.999999+00	RUN_STARTED		{"initial_cash": "10000"}	2026-11-22 18:52:55.658225+00
2	2	1	1900-12-31 23:59:59.999999+00	RUN_STARTED		{"initial_cash": "10000"}	2026-11-22 18:52:55.784928+00
3	3	1	1900-12-31 23:59:59.999999+00	RUN_STARTED		{"initial_cash": "5000"}	2026-11-22 18:52:55.864449+00
3	3	2	2024-01-03 15:00:00.000001+00	RUN_STOPPED		{"cause": "stopped by its user"}	2026-11-22 18:52:56.45396+00
3	4	1	2024-01-04 15:00:00+00	RUN_STARTED		{"initial_cash": "777"}	2026-11-22 18:52:56.679054+00
1	1	2	2000-01-03 21:00:00+00	SIP_EXECUTED	0	{"k": "0", "due": "2000-01-03", "amount": "500", "orders": "1", "residue": "0.60997972", "invested": "499.39002028"}	2026-11-22 18:52:56.913734+00
1	1	3	2000-01-03 21:00:00+00	REBALANCED		{"buys": "placed", "drift": "0.55246168", "equity": "10499.75042977", "orders": "2", "trigger": "schedule"}	2026-11-22 18:52:56.913734+00
1	1	4	2000-01-10 21:00:00+00	SIP_EXECUTED	1	{"k": "1", "due": "2000-01-10", "amount": "500", "orders": "3", "residue": "0.40320955", "invested": "500.20677017"}	2026-11-22 18:52:56.913734+00
1	1	5	2000-01-18 21:00:00+00	SIP_EXECUTED	2	{"k": "2", "due": "2000-01-17", "amount": "500", "orders": "4", "residue": "1.0406279", "invested": "499.36258165"}	2026-11-22 18:52:56.913734+00
1	1	6	2000-01-24 21:00:00+00	SIP_EXECUTED	3	{"k": "3", "due": "2000-01-24", "amount": "500", "orders": "5", "residue": "0.44423444", "invested": "500.59639346"}	2026-11-22 18:52:56.913734+00
1	1	7	2000-01-31 21:00:00+00	SIP_EXECUTED	4	{"k": "4", "due": "2000-01-31", "amount": "500", "orders": "6", "residue": "0.97796007", "invested": "499.46627437"}	2026-11-22 18:52:56.913734+00
1	1	8	2000-01-31 21:00:00+00	REBALANCED		{"buys": "placed", "drift": "0.05535771", "equity": "12187.94945404", "orders": "7", "trigger": "band"}	2026-11-22 18:52:56.913734+00
1	1	9	2000-02-01 21:00:00+00	REBALANCED		{"buys": "placed", "drift": "0.00264708", "equity": "12265.34394861", "orders": "8", "trigger": "schedule"}	2026-11-22 18:52:56.913734+00
1	1	10	2000-02-07 21:00:00+00	SIP_EXECUTED	5	{"k": "5", "due": "2000-02-07", "amount": "500", "orders": "9", "residue": "0.81976946", "invested": "500.15819061"}	2026-11-22 18:52:56.913734+00
1	1	11	2000-02-14 21:00:00+00	SIP_EXECUTED	6	{"k": "6", "due": "2000-02-14", "amount": "500", "orders": "10", "residue": "0.19120151", "invested": "500.62856795"}	2026-11-22 18:52:56.913734+00
1	1	12	2000-02-22 21:00:00+00	SIP_EXECUTED	7	{"k": "7", "due": "2000-02-21", "amount": "500", "orders": "11", "residue": "0.9909799", "invested": "499.20022161"}	2026-11-22 18:52:56.913734+00
1	1	13	2000-02-28 21:00:00+00	SIP_EXECUTED	8	{"k": "8", "due": "2000-02-28", "amount": "500", "orders": "12", "residue": "0.61434844", "invested": "500.37663146"}	2026-11-22 18:52:56.913734+00
1	1	14	2000-02-29 21:00:00+00	REBALANCED		{"buys": "placed", "drift": "0.05018788", "equity": "14023.82477244", "orders": "13", "trigger": "band"}	2026-11-22 18:52:56.913734+00
2	2	2	2024-01-04 15:00:00.000001+00	TRADING_STATE_CHANGED		{"cause": "test", "trading_state": "HALTED"}	2026-11-22 18:52:57.591543+00
\.


--
-- Data for Name: market_bar; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.market_bar (feed_id, logical_time, instrument_id, symbol, open, high, low, close, volume) FROM stdin;
2	2024-01-02 15:00:00+00	0	ACME	10.00000000	10.00000000	10.00000000	10.00000000	0.00000000
2	2024-01-02 15:00:00+00	1	INIT	20.00000000	20.00000000	20.00000000	20.00000000	0.00000000
2	2024-01-03 15:00:00+00	0	ACME	9.50000000	9.50000000	9.50000000	9.50000000	0.00000000
2	2024-01-03 15:00:00+00	1	INIT	21.00000000	21.00000000	21.00000000	21.00000000	0.00000000
2	2024-01-04 15:00:00+00	0	ACME	8.25000000	8.25000000	8.25000000	8.25000000	0.00000000
2	2024-01-04 15:00:00+00	1	INIT	22.50000000	22.50000000	22.50000000	22.50000000	0.00000000
1	2000-01-03 21:00:00+00	0	SPX	1469.25000000	1478.00000000	1438.35998500	1455.21997100	931800000.00000000
1	2000-01-04 21:00:00+00	0	SPX	1455.21997100	1455.21997100	1397.43005400	1399.42004400	1009000000.00000000
1	2000-01-05 21:00:00+00	0	SPX	1399.42004400	1413.27002000	1377.68005400	1402.10998500	1085500000.00000000
1	2000-01-06 21:00:00+00	0	SPX	1402.10998500	1411.90002400	1392.09997600	1403.44995100	1092300000.00000000
1	2000-01-07 21:00:00+00	0	SPX	1403.44995100	1441.46997100	1400.72998000	1441.46997100	1225200000.00000000
1	2000-01-10 21:00:00+00	0	SPX	1441.46997100	1464.35998500	1441.46997100	1457.59997600	1064800000.00000000
1	2000-01-11 21:00:00+00	0	SPX	1457.59997600	1458.66003400	1434.42004400	1438.56005900	1014000000.00000000
1	2000-01-12 21:00:00+00	0	SPX	1438.56005900	1442.59997600	1427.07995600	1432.25000000	974600000.00000000
1	2000-01-13 21:00:00+00	0	SPX	1432.25000000	1454.19995100	1432.25000000	1449.68005400	1030400000.00000000
1	2000-01-14 21:00:00+00	0	SPX	1449.68005400	1473.00000000	1449.68005400	1465.15002400	1085900000.00000000
1	2000-01-18 21:00:00+00	0	SPX	1465.15002400	1465.15002400	1451.30004900	1455.14001500	1056700000.00000000
1	2000-01-19 21:00:00+00	0	SPX	1455.14001500	1461.39001500	1448.68005400	1455.90002400	1087800000.00000000
1	2000-01-20 21:00:00+00	0	SPX	1455.90002400	1465.70996100	1438.54003900	1445.56994600	1100700000.00000000
1	2000-01-21 21:00:00+00	0	SPX	1445.56994600	1453.18005400	1439.59997600	1441.35998500	1209800000.00000000
1	2000-01-24 21:00:00+00	0	SPX	1441.35998500	1454.08996600	1395.42004400	1401.53002900	1115800000.00000000
1	2000-01-25 21:00:00+00	0	SPX	1401.53002900	1414.26001000	1388.48999000	1410.03002900	1073700000.00000000
1	2000-01-26 21:00:00+00	0	SPX	1410.03002900	1412.72998000	1400.16003400	1404.08996600	1117300000.00000000
1	2000-01-27 21:00:00+00	0	SPX	1404.08996600	1418.85998500	1370.98999000	1398.56005900	1129500000.00000000
1	2000-01-28 21:00:00+00	0	SPX	1398.56005900	1398.56005900	1356.19995100	1360.16003400	1095800000.00000000
1	2000-01-31 21:00:00+00	0	SPX	1360.16003400	1394.47998000	1350.14001500	1394.45996100	993800000.00000000
1	2000-02-01 21:00:00+00	0	SPX	1394.45996100	1412.48999000	1384.79003900	1409.28002900	981000000.00000000
1	2000-02-02 21:00:00+00	0	SPX	1409.28002900	1420.60998500	1403.48999000	1409.11999500	1038600000.00000000
1	2000-02-03 21:00:00+00	0	SPX	1409.11999500	1425.78002900	1398.52002000	1424.96997100	1146500000.00000000
1	2000-02-04 21:00:00+00	0	SPX	1424.96997100	1435.91003400	1420.63000500	1424.36999500	1045100000.00000000
1	2000-02-07 21:00:00+00	0	SPX	1424.36999500	1427.15002400	1413.32995600	1424.23999000	918100000.00000000
1	2000-02-08 21:00:00+00	0	SPX	1424.23999000	1441.82995600	1424.23999000	1441.71997100	1047700000.00000000
1	2000-02-09 21:00:00+00	0	SPX	1441.71997100	1444.55004900	1411.65002400	1411.70996100	1050500000.00000000
1	2000-02-10 21:00:00+00	0	SPX	1411.69995100	1422.09997600	1406.43005400	1416.82995600	1058800000.00000000
1	2000-02-11 21:00:00+00	0	SPX	1416.82995600	1416.82995600	1378.89001500	1387.11999500	1025700000.00000000
1	2000-02-14 21:00:00+00	0	SPX	1387.11999500	1394.93005400	1380.53002900	1389.93994100	927300000.00000000
1	2000-02-15 21:00:00+00	0	SPX	1389.93994100	1407.71997100	1376.25000000	1402.05004900	1092100000.00000000
1	2000-02-16 21:00:00+00	0	SPX	1402.05004900	1404.55004900	1385.57995600	1387.67004400	1018800000.00000000
1	2000-02-17 21:00:00+00	0	SPX	1387.67004400	1399.88000500	1380.06994600	1388.26001000	1034800000.00000000
1	2000-02-18 21:00:00+00	0	SPX	1388.26001000	1388.58996600	1345.31994600	1346.08996600	1042300000.00000000
1	2000-02-22 21:00:00+00	0	SPX	1346.08996600	1358.10998500	1331.88000500	1352.17004400	980000000.00000000
1	2000-02-23 21:00:00+00	0	SPX	1352.17004400	1370.10998500	1342.43994100	1360.68994100	993700000.00000000
1	2000-02-24 21:00:00+00	0	SPX	1360.68994100	1364.80004900	1329.88000500	1353.43005400	1215000000.00000000
1	2000-02-25 21:00:00+00	0	SPX	1353.43005400	1362.14001500	1329.15002400	1333.35998500	1065200000.00000000
1	2000-02-28 21:00:00+00	0	SPX	1333.35998500	1360.81994600	1325.06994600	1348.05004900	1026500000.00000000
1	2000-02-29 21:00:00+00	0	SPX	1348.05004900	1369.63000500	1348.05004900	1366.42004400	1204300000.00000000
\.


--
-- Data for Name: market_feed; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.market_feed (feed_id, name, kind, settings, status, message, origin_time, last_logical_time, ticks, rows_accepted, rows_duplicate, rows_quarantined, rows_rejected, created_at) FROM stdin;
2	desk	push	{"bars": false}	ACTIVE		\N	2024-01-04 15:00:00+00	3	6	0	0	{}	2026-11-22 18:52:55.642589+00
1	us	csv	{"bars": true, "file": "us.csv", "symbol": "SPX", "calendar": "XNYS"}	FINISHED	all of its rows have been delivered	2000-01-03 20:59:59.999999+00	2000-02-29 21:00:00+00	40	40	0	0	{}	2026-11-22 18:52:55.612697+00
\.


--
-- Data for Name: market_instrument; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.market_instrument (feed_id, instrument_id, symbol, tick_size, quantity_step) FROM stdin;
2	0	ACME	0.00000001	0.00000001
2	1	INIT	0.00000001	0.00000001
1	0	SPX	0.00000001	0.00000001
\.


--
-- Data for Name: market_tick; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.market_tick (feed_id, logical_time, session_date, market_open, utc_offset_s, session_closes, rows) FROM stdin;
2	2024-01-02 15:00:00+00	2024-01-02	t	0	\N	2
2	2024-01-03 15:00:00+00	2024-01-03	t	0	\N	2
2	2024-01-04 15:00:00+00	2024-01-04	t	0	\N	2
1	2000-01-03 21:00:00+00	2000-01-03	t	-18000	2000-01-03 21:00:00+00	1
1	2000-01-04 21:00:00+00	2000-01-04	t	-18000	2000-01-04 21:00:00+00	1
1	2000-01-05 21:00:00+00	2000-01-05	t	-18000	2000-01-05 21:00:00+00	1
1	2000-01-06 21:00:00+00	2000-01-06	t	-18000	2000-01-06 21:00:00+00	1
1	2000-01-07 21:00:00+00	2000-01-07	t	-18000	2000-01-07 21:00:00+00	1
1	2000-01-10 21:00:00+00	2000-01-10	t	-18000	2000-01-10 21:00:00+00	1
1	2000-01-11 21:00:00+00	2000-01-11	t	-18000	2000-01-11 21:00:00+00	1
1	2000-01-12 21:00:00+00	2000-01-12	t	-18000	2000-01-12 21:00:00+00	1
1	2000-01-13 21:00:00+00	2000-01-13	t	-18000	2000-01-13 21:00:00+00	1
1	2000-01-14 21:00:00+00	2000-01-14	t	-18000	2000-01-14 21:00:00+00	1
1	2000-01-18 21:00:00+00	2000-01-18	t	-18000	2000-01-18 21:00:00+00	1
1	2000-01-19 21:00:00+00	2000-01-19	t	-18000	2000-01-19 21:00:00+00	1
1	2000-01-20 21:00:00+00	2000-01-20	t	-18000	2000-01-20 21:00:00+00	1
1	2000-01-21 21:00:00+00	2000-01-21	t	-18000	2000-01-21 21:00:00+00	1
1	2000-01-24 21:00:00+00	2000-01-24	t	-18000	2000-01-24 21:00:00+00	1
1	2000-01-25 21:00:00+00	2000-01-25	t	-18000	2000-01-25 21:00:00+00	1
1	2000-01-26 21:00:00+00	2000-01-26	t	-18000	2000-01-26 21:00:00+00	1
1	2000-01-27 21:00:00+00	2000-01-27	t	-18000	2000-01-27 21:00:00+00	1
1	2000-01-28 21:00:00+00	2000-01-28	t	-18000	2000-01-28 21:00:00+00	1
1	2000-01-31 21:00:00+00	2000-01-31	t	-18000	2000-01-31 21:00:00+00	1
1	2000-02-01 21:00:00+00	2000-02-01	t	-18000	2000-02-01 21:00:00+00	1
1	2000-02-02 21:00:00+00	2000-02-02	t	-18000	2000-02-02 21:00:00+00	1
1	2000-02-03 21:00:00+00	2000-02-03	t	-18000	2000-02-03 21:00:00+00	1
1	2000-02-04 21:00:00+00	2000-02-04	t	-18000	2000-02-04 21:00:00+00	1
1	2000-02-07 21:00:00+00	2000-02-07	t	-18000	2000-02-07 21:00:00+00	1
1	2000-02-08 21:00:00+00	2000-02-08	t	-18000	2000-02-08 21:00:00+00	1
1	2000-02-09 21:00:00+00	2000-02-09	t	-18000	2000-02-09 21:00:00+00	1
1	2000-02-10 21:00:00+00	2000-02-10	t	-18000	2000-02-10 21:00:00+00	1
1	2000-02-11 21:00:00+00	2000-02-11	t	-18000	2000-02-11 21:00:00+00	1
1	2000-02-14 21:00:00+00	2000-02-14	t	-18000	2000-02-14 21:00:00+00	1
1	2000-02-15 21:00:00+00	2000-02-15	t	-18000	2000-02-15 21:00:00+00	1
1	2000-02-16 21:00:00+00	2000-02-16	t	-18000	2000-02-16 21:00:00+00	1
1	2000-02-17 21:00:00+00	2000-02-17	t	-18000	2000-02-17 21:00:00+00	1
1	2000-02-18 21:00:00+00	2000-02-18	t	-18000	2000-02-18 21:00:00+00	1
1	2000-02-22 21:00:00+00	2000-02-22	t	-18000	2000-02-22 21:00:00+00	1
1	2000-02-23 21:00:00+00	2000-02-23	t	-18000	2000-02-23 21:00:00+00	1
1	2000-02-24 21:00:00+00	2000-02-24	t	-18000	2000-02-24 21:00:00+00	1
1	2000-02-25 21:00:00+00	2000-02-25	t	-18000	2000-02-25 21:00:00+00	1
1	2000-02-28 21:00:00+00	2000-02-28	t	-18000	2000-02-28 21:00:00+00	1
1	2000-02-29 21:00:00+00	2000-02-29	t	-18000	2000-02-29 21:00:00+00	1
\.


--
-- Data for Name: mtm_ledger_default; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.mtm_ledger_default (user_id, run_id, logical_time, market_value, unrealized_pnl) FROM stdin;
3	3	2024-01-02 15:00:00+00	0.00000000	0.00000000
2	2	2024-01-02 15:00:00+00	0.00000000	0.00000000
2	2	2024-01-03 15:00:00+00	200.00000000	0.00000000
3	3	2024-01-03 15:00:00+00	950.00000000	-50.00000000
2	2	2024-01-04 15:00:00+00	165.00000000	-17.50000000
1	1	2000-01-03 21:00:00+00	6296.73681452	0.00000001
1	1	2000-01-04 21:00:00+00	6055.29053039	-241.44628412
1	1	2000-01-05 21:00:00+00	6066.92990510	-229.80690941
1	1	2000-01-06 21:00:00+00	6072.72793798	-224.00887653
1	1	2000-01-07 21:00:00+00	6237.24056452	-59.49624999
1	1	2000-01-10 21:00:00+00	6806.99188792	10.29828164
1	1	2000-01-11 21:00:00+00	6718.07547553	-78.61813075
1	1	2000-01-12 21:00:00+00	6688.60750000	-108.08610628
1	1	2000-01-13 21:00:00+00	6770.00585218	-26.68775410
1	1	2000-01-14 21:00:00+00	6842.25061208	45.55700580
1	1	2000-01-18 21:00:00+00	7294.61689520	-1.18973622
1	1	2000-01-19 21:00:00+00	7298.42682031	2.62018889
1	1	2000-01-20 21:00:00+00	7246.64213930	-49.16449212
1	1	2000-01-21 21:00:00+00	7225.53760480	-70.26902662
1	1	2000-01-24 21:00:00+00	7526.21625573	-269.93659604
1	1	2000-01-25 21:00:00+00	7571.86125573	-224.29159604
1	1	2000-01-26 21:00:00+00	7539.96311742	-256.18973435
1	1	2000-01-27 21:00:00+00	7510.26751683	-285.88533494
1	1	2000-01-28 21:00:00+00	7304.05938258	-492.09346919
1	1	2000-01-31 21:00:00+00	7313.94249544	-281.93968349
1	1	2000-02-01 21:00:00+00	7359.26031144	-203.31294659
1	1	2000-02-02 21:00:00+00	7358.42461389	-204.14864414
1	1	2000-02-03 21:00:00+00	7441.19318856	-121.38006947
1	1	2000-02-04 21:00:00+00	7438.06011389	-124.51314414
1	1	2000-02-07 21:00:00+00	7937.28946427	-125.19203025
1	1	2000-02-08 21:00:00+00	8034.70539838	-27.77609614
1	1	2000-02-09 21:00:00+00	7867.45961265	-195.02188187
1	1	2000-02-10 21:00:00+00	7895.99334479	-166.48814973
1	1	2000-02-11 21:00:00+00	7730.41973214	-332.06176238
1	1	2000-02-14 21:00:00+00	8246.51366995	-316.34620333
1	1	2000-02-15 21:00:00+00	8318.36294072	-244.49693256
1	1	2000-02-16 21:00:00+00	8233.04637105	-329.81350223
1	1	2000-02-17 21:00:00+00	8236.54663933	-326.31323395
1	1	2000-02-18 21:00:00+00	7986.35176828	-576.50810500
1	1	2000-02-22 21:00:00+00	8521.37561729	-540.43500223
1	1	2000-02-23 21:00:00+00	8575.06800818	-486.74261134
1	1	2000-02-24 21:00:00+00	8529.31620031	-532.49441921
1	1	2000-02-25 21:00:00+00	8402.83462547	-658.97599405
1	1	2000-02-28 21:00:00+00	8995.53797698	-566.39921072
1	1	2000-02-29 21:00:00+00	8414.41463095	-409.56396966
\.


--
-- Data for Name: paper_equity_curve_default; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.paper_equity_curve_default (user_id, run_id, logical_time, cash, mtm, equity) FROM stdin;
3	3	2024-01-02 15:00:00+00	5000.00000000	0.00000000	5000.00000000
2	2	2024-01-02 15:00:00+00	10000.00000000	0.00000000	10000.00000000
2	2	2024-01-03 15:00:00+00	9800.00000000	200.00000000	10000.00000000
3	3	2024-01-03 15:00:00+00	4250.50000000	950.00000000	5200.50000000
2	2	2024-01-04 15:00:00+00	9730.00000000	165.00000000	9895.00000000
1	1	2000-01-03 21:00:00+00	4200.11481708	6296.73681452	10496.85163160
1	1	2000-01-04 21:00:00+00	4200.11481708	6055.29053039	10255.40534747
1	1	2000-01-05 21:00:00+00	4200.11481708	6066.92990510	10267.04472218
1	1	2000-01-06 21:00:00+00	4200.11481708	6072.72793798	10272.84275506
1	1	2000-01-07 21:00:00+00	4200.11481708	6237.24056452	10437.35538160
1	1	2000-01-10 21:00:00+00	4199.90804691	6806.99188792	11006.89993483
1	1	2000-01-11 21:00:00+00	4199.90804691	6718.07547553	10917.98352244
1	1	2000-01-12 21:00:00+00	4199.90804691	6688.60750000	10888.51554691
1	1	2000-01-13 21:00:00+00	4199.90804691	6770.00585218	10969.91389909
1	1	2000-01-14 21:00:00+00	4199.90804691	6842.25061208	11042.15865899
1	1	2000-01-18 21:00:00+00	4200.54546526	7294.61689520	11495.16236046
1	1	2000-01-19 21:00:00+00	4200.54546526	7298.42682031	11498.97228557
1	1	2000-01-20 21:00:00+00	4200.54546526	7246.64213930	11447.18760456
1	1	2000-01-21 21:00:00+00	4200.54546526	7225.53760480	11426.08307006
1	1	2000-01-24 21:00:00+00	4199.94907180	7526.21625573	11726.16532753
1	1	2000-01-25 21:00:00+00	4199.94907180	7571.86125573	11771.81032753
1	1	2000-01-26 21:00:00+00	4199.94907180	7539.96311742	11739.91218922
1	1	2000-01-27 21:00:00+00	4199.94907180	7510.26751683	11710.21658863
1	1	2000-01-28 21:00:00+00	4199.94907180	7304.05938258	11504.00845438
1	1	2000-01-31 21:00:00+00	4873.67019651	7313.94249544	12187.61269195
1	1	2000-02-01 21:00:00+00	4906.06743046	7359.26031144	12265.32774190
1	1	2000-02-02 21:00:00+00	4906.06743046	7358.42461389	12264.49204435
1	1	2000-02-03 21:00:00+00	4906.06743046	7441.19318856	12347.26061902
1	1	2000-02-04 21:00:00+00	4906.06743046	7438.06011389	12344.12754435
1	1	2000-02-07 21:00:00+00	4905.90923985	7937.28946427	12843.19870412
1	1	2000-02-08 21:00:00+00	4905.90923985	8034.70539838	12940.61463823
1	1	2000-02-09 21:00:00+00	4905.90923985	7867.45961265	12773.36885250
1	1	2000-02-10 21:00:00+00	4905.90923985	7895.99334479	12801.90258464
1	1	2000-02-11 21:00:00+00	4905.90923985	7730.41973214	12636.32897199
1	1	2000-02-14 21:00:00+00	4905.28067190	8246.51366995	13151.79434185
1	1	2000-02-15 21:00:00+00	4905.28067190	8318.36294072	13223.64361262
1	1	2000-02-16 21:00:00+00	4905.28067190	8233.04637105	13138.32704295
1	1	2000-02-17 21:00:00+00	4905.28067190	8236.54663933	13141.82731123
1	1	2000-02-18 21:00:00+00	4905.28067190	7986.35176828	12891.63244018
1	1	2000-02-22 21:00:00+00	4906.08045029	8521.37561729	13427.45606758
1	1	2000-02-23 21:00:00+00	4906.08045029	8575.06800818	13481.14845847
1	1	2000-02-24 21:00:00+00	4906.08045029	8529.31620031	13435.39665060
1	1	2000-02-25 21:00:00+00	4906.08045029	8402.83462547	13308.91507576
1	1	2000-02-28 21:00:00+00	4905.70381883	8995.53797698	13901.24179581
1	1	2000-02-29 21:00:00+00	5609.05828833	8414.41463095	14023.47291928
\.


--
-- Data for Name: paper_order; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.paper_order (user_id, run_id, order_id, client_order_id, instrument_id, symbol, side, type, tif, source, status, reason, reason_detail, quantity, filled, limit_price, stop_price, reserved, session_date, placed_at, updated_at, triggered_at, trail_amount, trail_percent, expires_at, notional, take_profit, stop_loss, replaces_order_id, group_id, created_at) FROM stdin;
2	2	1	\N	0	ACME	buy	market	day	user	FILLED	\N		10.00000000	10.00000000	\N	\N	0.00000000	\N	2024-01-02 15:00:00.000001+00	2024-01-02 15:00:00.000001+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.062541+00
2	2	3	\N	0	ACME	buy	market	day	user	REJECTED	INSUFFICIENT_CASH	needed=100000 available=9810	10000.00000000	0.00000000	\N	\N	0.00000000	\N	2024-01-02 15:00:00.000003+00	2024-01-02 15:00:00.000003+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.133727+00
2	2	4	\N	1	INIT	buy	market	gtc	user	FILLED	\N		5.00000000	5.00000000	\N	\N	0.00000000	\N	2024-01-02 15:00:00.000004+00	2024-01-02 15:00:00.000004+00	\N	\N	\N	\N	\N	22.00000000	18.00000000	\N	\N	2026-11-22 18:52:56.149108+00
2	2	7	\N	0	ACME	sell	limit	gtc	user	PENDING	\N		5.00000000	0.00000000	12.00000000	\N	0.00000000	\N	2024-01-02 15:00:00.000005+00	2024-01-02 15:00:00.000005+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.163566+00
3	3	1	\N	0	ACME	buy	market	day	user	FILLED	\N		100.00000000	100.00000000	\N	\N	0.00000000	\N	2024-01-02 15:00:00.000001+00	2024-01-02 15:00:00.000001+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.201654+00
2	2	2	\N	0	ACME	buy	limit	gtc	user	REPLACED	REPLACED_BY_ORDER	order_id=8	10.00000000	0.00000000	9.00000000	\N	0.00000000	\N	2024-01-02 15:00:00.000002+00	2024-01-03 15:00:00.000001+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.105932+00
2	2	5	\N	1	INIT	sell	stop	gtc	user	CANCELED	OCO_ORDER_FILLED	order_id=6	5.00000000	0.00000000	\N	18.00000000	0.00000000	\N	2024-01-02 15:00:00.000004+00	2024-01-04 15:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	4	2026-11-22 18:52:56.149108+00
2	2	6	\N	1	INIT	sell	limit	gtc	user	FILLED	\N		5.00000000	5.00000000	22.00000000	\N	0.00000000	\N	2024-01-02 15:00:00.000004+00	2024-01-04 15:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	4	2026-11-22 18:52:56.149108+00
2	2	8	\N	0	ACME	buy	limit	gtc	user	FILLED	\N		10.00000000	10.00000000	8.50000000	\N	0.00000000	\N	2024-01-03 15:00:00.000001+00	2024-01-04 15:00:00+00	\N	\N	\N	\N	\N	\N	\N	2	\N	2026-11-22 18:52:56.405637+00
1	1	1	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.34300000	0.34300000	\N	\N	0.00000000	\N	2000-01-03 21:00:00+00	2000-01-03 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	2	\N	0	SPX	buy	market	day	rebalance	FILLED	\N		3.98400000	3.98400000	\N	\N	0.00000000	\N	2000-01-03 21:00:00+00	2000-01-03 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	3	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.34300000	0.34300000	\N	\N	0.00000000	\N	2000-01-10 21:00:00+00	2000-01-10 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	4	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.34300000	0.34300000	\N	\N	0.00000000	\N	2000-01-18 21:00:00+00	2000-01-18 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	5	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.35700000	0.35700000	\N	\N	0.00000000	\N	2000-01-24 21:00:00+00	2000-01-24 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	6	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.35800000	0.35800000	\N	\N	0.00000000	\N	2000-01-31 21:00:00+00	2000-01-31 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	7	\N	0	SPX	sell	market	day	rebalance	FILLED	\N		0.48300000	0.48300000	\N	\N	0.00000000	\N	2000-01-31 21:00:00+00	2000-01-31 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	8	\N	0	SPX	sell	market	day	rebalance	FILLED	\N		0.02300000	0.02300000	\N	\N	0.00000000	\N	2000-02-01 21:00:00+00	2000-02-01 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	9	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.35100000	0.35100000	\N	\N	0.00000000	\N	2000-02-07 21:00:00+00	2000-02-07 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	10	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.36000000	0.36000000	\N	\N	0.00000000	\N	2000-02-14 21:00:00+00	2000-02-14 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	11	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.36900000	0.36900000	\N	\N	0.00000000	\N	2000-02-22 21:00:00+00	2000-02-22 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	12	\N	0	SPX	buy	market	gtc	sip	FILLED	\N		0.37100000	0.37100000	\N	\N	0.00000000	\N	2000-02-28 21:00:00+00	2000-02-28 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
1	1	13	\N	0	SPX	sell	market	day	rebalance	FILLED	\N		0.51500000	0.51500000	\N	\N	0.00000000	\N	2000-02-29 21:00:00+00	2000-02-29 21:00:00+00	\N	\N	\N	\N	\N	\N	\N	\N	\N	2026-11-22 18:52:56.913734+00
\.


--
-- Data for Name: paper_position; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.paper_position (user_id, run_id, symbol, instrument_id, quantity, cost, realized_pnl) FROM stdin;
3	3	ACME	0	100.00000000	1000.00000000	0.00000000
2	2	ACME	0	20.00000000	182.50000000	0.00000000
2	2	INIT	1	0.00000000	0.00000000	12.50000000
1	1	SPX	0	6.15800000	8823.97860061	-61.11092238
\.


--
-- Data for Name: paper_trade; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.paper_trade (user_id, run_id, trade_id, order_id, logical_time, instrument_id, symbol, side, quantity, price, notional, fee, slippage, realized_pnl, created_at) FROM stdin;
2	2	1	1	2024-01-02 15:00:00.000001+00	0	ACME	buy	10.00000000	10.00000000	100.00000000	0.00000000	0.00000000	0.00000000	2026-11-22 18:52:56.062541+00
2	2	2	4	2024-01-02 15:00:00.000004+00	1	INIT	buy	5.00000000	20.00000000	100.00000000	0.00000000	0.00000000	0.00000000	2026-11-22 18:52:56.149108+00
3	3	1	1	2024-01-02 15:00:00.000001+00	0	ACME	buy	100.00000000	10.00000000	1000.00000000	0.00000000	0.00000000	0.00000000	2026-11-22 18:52:56.201654+00
2	2	3	6	2024-01-04 15:00:00+00	1	INIT	sell	5.00000000	22.50000000	112.50000000	0.00000000	0.00000000	12.50000000	2026-11-22 18:52:56.585634+00
2	2	4	8	2024-01-04 15:00:00+00	0	ACME	buy	10.00000000	8.25000000	82.50000000	0.00000000	0.00000000	0.00000000	2026-11-22 18:52:56.585634+00
1	1	1	1	2000-01-03 21:00:00+00	0	SPX	buy	0.34300000	1455.21997100	499.14045005	0.24957023	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	2	2	2000-01-03 21:00:00+00	0	SPX	buy	3.98400000	1455.21997100	5797.59636446	2.89879818	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	3	3	2000-01-10 21:00:00+00	0	SPX	buy	0.34300000	1457.59997600	499.95679177	0.24997840	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	4	4	2000-01-18 21:00:00+00	0	SPX	buy	0.34300000	1455.14001500	499.11302514	0.24955651	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	5	5	2000-01-24 21:00:00+00	0	SPX	buy	0.35700000	1401.53002900	500.34622035	0.25017311	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	6	6	2000-01-31 21:00:00+00	0	SPX	buy	0.35800000	1394.45996100	499.21666604	0.24960833	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	7	7	2000-01-31 21:00:00+00	0	SPX	sell	0.48300000	1394.45996100	673.52416116	0.33676208	0.00000000	-25.96317772	2026-11-22 18:52:56.913734+00
1	1	8	8	2000-02-01 21:00:00+00	0	SPX	sell	0.02300000	1409.28002900	32.41344067	0.01620672	0.00000000	-0.89548023	2026-11-22 18:52:56.913734+00
1	1	9	9	2000-02-07 21:00:00+00	0	SPX	buy	0.35100000	1424.23999000	499.90823649	0.24995412	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	10	10	2000-02-14 21:00:00+00	0	SPX	buy	0.36000000	1389.93994100	500.37837876	0.25018919	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	11	11	2000-02-22 21:00:00+00	0	SPX	buy	0.36900000	1352.17004400	498.95074624	0.24947537	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	12	12	2000-02-28 21:00:00+00	0	SPX	buy	0.37100000	1348.05004900	500.12656818	0.25006328	0.00000000	0.00000000	2026-11-22 18:52:56.913734+00
1	1	13	13	2000-02-29 21:00:00+00	0	SPX	sell	0.51500000	1366.42004400	703.70632266	0.35185316	0.00000000	-34.25226443	2026-11-22 18:52:56.913734+00
\.


--
-- Data for Name: schema_version; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.schema_version (version, name, digest, applied_at) FROM stdin;
1	0001_tables.sql	5c789dc536647d7cd4958f141d995765a87c77bdd945aa65de93a8e585673d6f	2026-11-22 18:52:54.237881+00
2	0002_rules.sql	5753ab4782dd0664684866fd433eae3f880bc65a1ad24b4a9027a4723b432fdb	2026-11-22 18:52:54.237881+00
3	0003_batch_types.sql	c7ee1651c89610352327ea35d8b4838a0f24461d35d9c3e4acccba02fe58532a	2026-11-22 18:52:54.237881+00
4	0004_grants.sql	2d28e934b006fd244fc5efc1cf32453ee517d782fa64d4d10f6bd088d1b43076	2026-11-22 18:52:54.237881+00
\.


--
-- Data for Name: strategy_run; Type: TABLE DATA; Schema: tradingd; Owner: tradingd_owner
--

COPY tradingd.strategy_run (user_id, run_id, status, name, strategy, feed_id, config, config_hash, initial_cash, trading_state, start_time, started_at, stopped_at, stop_reason) FROM stdin;
1	1	RUNNING		sip+rebalance	1	{"sip": {"every": "weekly", "amount": "500", "funding": "deposit", "residue": "carry", "weights": {"SPX": "1"}, "catch_up": "run_last"}, "fees": {"bps": "5", "kind": "bps"}, "limits": {"allowed_symbols": [], "forbidden_symbols": []}, "fill_at": "close", "slippage": {"kind": "none"}, "strategy": "sip+rebalance", "rebalance": {"day": 1, "band": "0.05", "cash": "0.4", "every": "monthly", "weights": {"SPX": "0.6"}, "min_order": "0"}, "market_buffer": "0.02", "quantity_step": "0.001"}	\\x46e761a0d802b5f6cd32ea268459de3cd484ef1757d0e3bbc2415e9d65d2a528	10000.00000000	ACTIVE	2000-01-03 20:59:59.999999+00	2026-11-22 18:52:55.658225+00	\N	\N
3	3	STOPPED	first	manual	2	{"fees": {"kind": "none"}, "limits": {"allowed_symbols": [], "max_open_orders": 5, "forbidden_symbols": []}, "fill_at": "close", "slippage": {"kind": "none"}, "strategy": "manual", "market_buffer": "0.02", "quantity_step": "1"}	\\x630db8ab0488d917ba15e9fafbdbc83069d76fa673dd56e431001f069d6040ff	5000.00000000	ACTIVE	1900-12-31 23:59:59.999999+00	2026-11-22 18:52:55.864449+00	2026-11-22 18:52:56.45396+00	stopped by its user
3	4	RUNNING	second	manual	2	{"fees": {"kind": "none"}, "limits": {"allowed_symbols": [], "max_open_orders": 5, "forbidden_symbols": []}, "fill_at": "close", "slippage": {"kind": "none"}, "strategy": "manual", "market_buffer": "0.02", "quantity_step": "1"}	\\x630db8ab0488d917ba15e9fafbdbc83069d76fa673dd56e431001f069d6040ff	777.00000000	ACTIVE	2024-01-04 15:00:00+00	2026-11-22 18:52:56.679054+00	\N	\N
2	2	RUNNING		manual	2	{"fees": {"kind": "none"}, "limits": {"allowed_symbols": [], "max_open_orders": 5, "forbidden_symbols": []}, "fill_at": "close", "slippage": {"kind": "none"}, "strategy": "manual", "market_buffer": "0.02", "quantity_step": "1"}	\\x630db8ab0488d917ba15e9fafbdbc83069d76fa673dd56e431001f069d6040ff	10000.00000000	HALTED	1900-12-31 23:59:59.999999+00	2026-11-22 18:52:55.784928+00	\N	\N
\.


--
-- Name: app_user_user_id_seq; Type: SEQUENCE SET; Schema: tradingd; Owner: tradingd_owner
--

SELECT pg_catalog.setval('tradingd.app_user_user_id_seq', 4, true);


--
-- Name: engine_epoch_seq; Type: SEQUENCE SET; Schema: tradingd; Owner: tradingd_owner
--

SELECT pg_catalog.setval('tradingd.engine_epoch_seq', 1, true);


--
-- Name: market_feed_feed_id_seq; Type: SEQUENCE SET; Schema: tradingd; Owner: tradingd_owner
--

SELECT pg_catalog.setval('tradingd.market_feed_feed_id_seq', 2, true);


--
-- Name: strategy_run_run_id_seq; Type: SEQUENCE SET; Schema: tradingd; Owner: tradingd_owner
--

SELECT pg_catalog.setval('tradingd.strategy_run_run_id_seq', 4, true);


--
-- Name: app_user app_user_name_key; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.app_user
    ADD CONSTRAINT app_user_name_key UNIQUE (name);


--
-- Name: app_user app_user_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (user_id);


--
-- Name: app_user app_user_uid_key; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.app_user
    ADD CONSTRAINT app_user_uid_key UNIQUE (uid);


--
-- Name: cash_ledger cash_ledger_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.cash_ledger
    ADD CONSTRAINT cash_ledger_pkey PRIMARY KEY (user_id, run_id, seq);


--
-- Name: command_log command_log_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.command_log
    ADD CONSTRAINT command_log_pkey PRIMARY KEY (user_id, request_id);


--
-- Name: engine_shard engine_shard_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.engine_shard
    ADD CONSTRAINT engine_shard_pkey PRIMARY KEY (shard_id);


--
-- Name: engine_state engine_state_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.engine_state
    ADD CONSTRAINT engine_state_pkey PRIMARY KEY (user_id, run_id);


--
-- Name: engine_status engine_status_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.engine_status
    ADD CONSTRAINT engine_status_pkey PRIMARY KEY (user_id, run_id);


--
-- Name: event_ledger event_ledger_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.event_ledger
    ADD CONSTRAINT event_ledger_pkey PRIMARY KEY (user_id, run_id, seq);


--
-- Name: event_ledger event_ledger_user_id_run_id_type_logical_time_key_key; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.event_ledger
    ADD CONSTRAINT event_ledger_user_id_run_id_type_logical_time_key_key UNIQUE (user_id, run_id, type, logical_time, key);


--
-- Name: market_bar market_bar_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_bar
    ADD CONSTRAINT market_bar_pkey PRIMARY KEY (feed_id, logical_time, instrument_id);


--
-- Name: market_feed market_feed_name_key; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_feed
    ADD CONSTRAINT market_feed_name_key UNIQUE (name);


--
-- Name: market_feed market_feed_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_feed
    ADD CONSTRAINT market_feed_pkey PRIMARY KEY (feed_id);


--
-- Name: market_instrument market_instrument_feed_id_symbol_key; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_instrument
    ADD CONSTRAINT market_instrument_feed_id_symbol_key UNIQUE (feed_id, symbol);


--
-- Name: market_instrument market_instrument_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_instrument
    ADD CONSTRAINT market_instrument_pkey PRIMARY KEY (feed_id, instrument_id);


--
-- Name: market_tick market_tick_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_tick
    ADD CONSTRAINT market_tick_pkey PRIMARY KEY (feed_id, logical_time);


--
-- Name: mtm_ledger mtm_ledger_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.mtm_ledger
    ADD CONSTRAINT mtm_ledger_pkey PRIMARY KEY (user_id, run_id, logical_time);


--
-- Name: mtm_ledger_default mtm_ledger_default_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.mtm_ledger_default
    ADD CONSTRAINT mtm_ledger_default_pkey PRIMARY KEY (user_id, run_id, logical_time);


--
-- Name: paper_equity_curve paper_equity_curve_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_equity_curve
    ADD CONSTRAINT paper_equity_curve_pkey PRIMARY KEY (user_id, run_id, logical_time);


--
-- Name: paper_equity_curve_default paper_equity_curve_default_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_equity_curve_default
    ADD CONSTRAINT paper_equity_curve_default_pkey PRIMARY KEY (user_id, run_id, logical_time);


--
-- Name: paper_order paper_order_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_order
    ADD CONSTRAINT paper_order_pkey PRIMARY KEY (user_id, run_id, order_id);


--
-- Name: paper_position paper_position_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_position
    ADD CONSTRAINT paper_position_pkey PRIMARY KEY (user_id, run_id, symbol);


--
-- Name: paper_trade paper_trade_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_trade
    ADD CONSTRAINT paper_trade_pkey PRIMARY KEY (user_id, run_id, trade_id);


--
-- Name: schema_version schema_version_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);


--
-- Name: strategy_run strategy_run_pkey; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.strategy_run
    ADD CONSTRAINT strategy_run_pkey PRIMARY KEY (user_id, run_id);


--
-- Name: strategy_run strategy_run_user_id_run_id_status_key; Type: CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.strategy_run
    ADD CONSTRAINT strategy_run_user_id_run_id_status_key UNIQUE (user_id, run_id, status);


--
-- Name: cash_ledger_trade_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE INDEX cash_ledger_trade_idx ON tradingd.cash_ledger USING btree (user_id, run_id, trade_id) WHERE (trade_id IS NOT NULL);


--
-- Name: market_bar_instrument_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE INDEX market_bar_instrument_idx ON tradingd.market_bar USING btree (feed_id, instrument_id, logical_time);


--
-- Name: paper_order_client_order_id_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE UNIQUE INDEX paper_order_client_order_id_idx ON tradingd.paper_order USING btree (user_id, run_id, client_order_id) WHERE (client_order_id IS NOT NULL);


--
-- Name: paper_order_open_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE INDEX paper_order_open_idx ON tradingd.paper_order USING btree (user_id, run_id, order_id) WHERE (status = ANY (ARRAY['PENDING'::text, 'PARTIALLY_FILLED'::text]));


--
-- Name: paper_order_replaces_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE UNIQUE INDEX paper_order_replaces_idx ON tradingd.paper_order USING btree (user_id, run_id, replaces_order_id) WHERE (replaces_order_id IS NOT NULL);


--
-- Name: paper_trade_order_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE INDEX paper_trade_order_idx ON tradingd.paper_trade USING btree (user_id, run_id, order_id);


--
-- Name: strategy_run_one_running_idx; Type: INDEX; Schema: tradingd; Owner: tradingd_owner
--

CREATE UNIQUE INDEX strategy_run_one_running_idx ON tradingd.strategy_run USING btree (user_id) WHERE (status = 'RUNNING'::text);


--
-- Name: mtm_ledger_default_pkey; Type: INDEX ATTACH; Schema: tradingd; Owner: tradingd_owner
--

ALTER INDEX tradingd.mtm_ledger_pkey ATTACH PARTITION tradingd.mtm_ledger_default_pkey;


--
-- Name: paper_equity_curve_default_pkey; Type: INDEX ATTACH; Schema: tradingd; Owner: tradingd_owner
--

ALTER INDEX tradingd.paper_equity_curve_pkey ATTACH PARTITION tradingd.paper_equity_curve_default_pkey;


--
-- Name: cash_ledger guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.cash_ledger REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: engine_state guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.engine_state REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: engine_status guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.engine_status REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: event_ledger guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.event_ledger REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: mtm_ledger guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.mtm_ledger REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: mtm_ledger_default guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.mtm_ledger_default REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_equity_curve guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.paper_equity_curve REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_equity_curve_default guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.paper_equity_curve_default REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_order guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.paper_order REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_position guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.paper_position REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_trade guard_insert; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_insert AFTER INSERT ON tradingd.paper_trade REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_order guard_transition; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_transition BEFORE UPDATE ON tradingd.paper_order FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tradingd.guard_order_update();

ALTER TABLE tradingd.paper_order ENABLE ALWAYS TRIGGER guard_transition;


--
-- Name: cash_ledger guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.cash_ledger REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: engine_state guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.engine_state REFERENCING OLD TABLE AS old_rows NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_engine_state_update();


--
-- Name: engine_status guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.engine_status REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: event_ledger guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.event_ledger REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: mtm_ledger guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.mtm_ledger REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: mtm_ledger_default guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.mtm_ledger_default REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_equity_curve guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.paper_equity_curve REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_equity_curve_default guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.paper_equity_curve_default REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_order guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.paper_order REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_position guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.paper_position REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_trade guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update AFTER UPDATE ON tradingd.paper_trade REFERENCING NEW TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: strategy_run guard_update; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update BEFORE UPDATE ON tradingd.strategy_run FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tradingd.guard_run_update();

ALTER TABLE tradingd.strategy_run ENABLE ALWAYS TRIGGER guard_update;


--
-- Name: cash_ledger guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.cash_ledger REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: engine_status guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.engine_status REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: event_ledger guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.event_ledger REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: mtm_ledger guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.mtm_ledger REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: mtm_ledger_default guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.mtm_ledger_default REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_equity_curve guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.paper_equity_curve REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_equity_curve_default guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.paper_equity_curve_default REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_order guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.paper_order REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_position guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.paper_position REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: paper_trade guard_update_from; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER guard_update_from AFTER UPDATE ON tradingd.paper_trade REFERENCING OLD TABLE AS touched_rows FOR EACH STATEMENT EXECUTE FUNCTION tradingd.guard_running();


--
-- Name: strategy_run lock_before_delete; Type: TRIGGER; Schema: tradingd; Owner: tradingd_owner
--

CREATE TRIGGER lock_before_delete BEFORE DELETE ON tradingd.strategy_run FOR EACH ROW EXECUTE FUNCTION tradingd.lock_run_before_delete();


--
-- Name: cash_ledger cash_ledger_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.cash_ledger
    ADD CONSTRAINT cash_ledger_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: cash_ledger cash_ledger_user_id_run_id_trade_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.cash_ledger
    ADD CONSTRAINT cash_ledger_user_id_run_id_trade_id_fkey FOREIGN KEY (user_id, run_id, trade_id) REFERENCES tradingd.paper_trade(user_id, run_id, trade_id) ON DELETE CASCADE;


--
-- Name: engine_state engine_state_user_id_run_id_run_status_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.engine_state
    ADD CONSTRAINT engine_state_user_id_run_id_run_status_fkey FOREIGN KEY (user_id, run_id, run_status) REFERENCES tradingd.strategy_run(user_id, run_id, status) ON UPDATE CASCADE ON DELETE CASCADE;


--
-- Name: engine_status engine_status_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.engine_status
    ADD CONSTRAINT engine_status_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: event_ledger event_ledger_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.event_ledger
    ADD CONSTRAINT event_ledger_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: market_bar market_bar_feed_id_instrument_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_bar
    ADD CONSTRAINT market_bar_feed_id_instrument_id_fkey FOREIGN KEY (feed_id, instrument_id) REFERENCES tradingd.market_instrument(feed_id, instrument_id) ON DELETE CASCADE;


--
-- Name: market_bar market_bar_feed_id_logical_time_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_bar
    ADD CONSTRAINT market_bar_feed_id_logical_time_fkey FOREIGN KEY (feed_id, logical_time) REFERENCES tradingd.market_tick(feed_id, logical_time) ON DELETE CASCADE;


--
-- Name: market_instrument market_instrument_feed_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_instrument
    ADD CONSTRAINT market_instrument_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES tradingd.market_feed(feed_id) ON DELETE CASCADE;


--
-- Name: market_tick market_tick_feed_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.market_tick
    ADD CONSTRAINT market_tick_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES tradingd.market_feed(feed_id) ON DELETE CASCADE;


--
-- Name: mtm_ledger mtm_ledger_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE tradingd.mtm_ledger
    ADD CONSTRAINT mtm_ledger_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: paper_equity_curve paper_equity_curve_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE tradingd.paper_equity_curve
    ADD CONSTRAINT paper_equity_curve_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: paper_order paper_order_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_order
    ADD CONSTRAINT paper_order_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: paper_position paper_position_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_position
    ADD CONSTRAINT paper_position_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: paper_trade paper_trade_user_id_run_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_trade
    ADD CONSTRAINT paper_trade_user_id_run_id_fkey FOREIGN KEY (user_id, run_id) REFERENCES tradingd.strategy_run(user_id, run_id) ON DELETE CASCADE;


--
-- Name: paper_trade paper_trade_user_id_run_id_order_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.paper_trade
    ADD CONSTRAINT paper_trade_user_id_run_id_order_id_fkey FOREIGN KEY (user_id, run_id, order_id) REFERENCES tradingd.paper_order(user_id, run_id, order_id) ON DELETE CASCADE;


--
-- Name: strategy_run strategy_run_feed_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.strategy_run
    ADD CONSTRAINT strategy_run_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES tradingd.market_feed(feed_id);


--
-- Name: strategy_run strategy_run_user_id_fkey; Type: FK CONSTRAINT; Schema: tradingd; Owner: tradingd_owner
--

ALTER TABLE ONLY tradingd.strategy_run
    ADD CONSTRAINT strategy_run_user_id_fkey FOREIGN KEY (user_id) REFERENCES tradingd.app_user(user_id);


--
-- Name: SCHEMA tradingd; Type: ACL; Schema: -; Owner: tradingd_owner
--

GRANT USAGE ON SCHEMA tradingd TO tradingd_migrator;
GRANT USAGE ON SCHEMA tradingd TO tradingd_runtime;
GRANT USAGE ON SCHEMA tradingd TO tradingd_readonly;


--
-- Name: PROCEDURE add_guards(IN child regclass); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON PROCEDURE tradingd.add_guards(IN child regclass) FROM PUBLIC;


--
-- Name: FUNCTION apply_batch(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.apply_batch(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.apply_batch(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) TO tradingd_runtime;


--
-- Name: FUNCTION apply_batch_fast(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.apply_batch_fast(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.apply_batch_fast(lease_epoch bigint, batch bigint, shards integer[], runs tradingd.run_change[], headers tradingd.run_header_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[], commands tradingd.command_change[]) TO tradingd_runtime;


--
-- Name: FUNCTION choose_write_path(); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.choose_write_path() FROM PUBLIC;


--
-- Name: FUNCTION compare_batch(runs tradingd.run_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[]); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.compare_batch(runs tradingd.run_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[]) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.compare_batch(runs tradingd.run_change[], orders tradingd.order_change[], trades tradingd.trade_change[], positions tradingd.position_change[], cash_rows tradingd.cash_change[], marks tradingd.mark_change[], equity_rows tradingd.equity_change[], events tradingd.event_change[]) TO tradingd_readonly;


--
-- Name: FUNCTION create_run(new_user_id bigint, new_run_id bigint, new_name text, new_strategy text, new_feed_id bigint, new_config jsonb, new_config_hash bytea, new_initial_cash numeric, new_start_time timestamp with time zone); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.create_run(new_user_id bigint, new_run_id bigint, new_name text, new_strategy text, new_feed_id bigint, new_config jsonb, new_config_hash bytea, new_initial_cash numeric, new_start_time timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.create_run(new_user_id bigint, new_run_id bigint, new_name text, new_strategy text, new_feed_id bigint, new_config jsonb, new_config_hash bytea, new_initial_cash numeric, new_start_time timestamp with time zone) TO tradingd_runtime;


--
-- Name: FUNCTION fail_run(lease_epoch bigint, batch bigint, shards integer[], failed_user_id bigint, failed_run_id bigint, failure text); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.fail_run(lease_epoch bigint, batch bigint, shards integer[], failed_user_id bigint, failed_run_id bigint, failure text) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.fail_run(lease_epoch bigint, batch bigint, shards integer[], failed_user_id bigint, failed_run_id bigint, failure text) TO tradingd_runtime;


--
-- Name: FUNCTION guard_engine_state_update(); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.guard_engine_state_update() FROM PUBLIC;


--
-- Name: FUNCTION guard_order_update(); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.guard_order_update() FROM PUBLIC;


--
-- Name: FUNCTION guard_run_update(); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.guard_run_update() FROM PUBLIC;


--
-- Name: FUNCTION guard_running(); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.guard_running() FROM PUBLIC;


--
-- Name: FUNCTION lock_run_before_delete(); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.lock_run_before_delete() FROM PUBLIC;


--
-- Name: FUNCTION pass_fence(lease_epoch bigint, batch bigint, shards integer[]); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.pass_fence(lease_epoch bigint, batch bigint, shards integer[]) FROM PUBLIC;


--
-- Name: FUNCTION read_back_batch(lease_epoch bigint, batch bigint, shard integer); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.read_back_batch(lease_epoch bigint, batch bigint, shard integer) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.read_back_batch(lease_epoch bigint, batch bigint, shard integer) TO tradingd_runtime;


--
-- Name: FUNCTION run_delete(deleted_user_id bigint, deleted_run_id bigint); Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

REVOKE ALL ON FUNCTION tradingd.run_delete(deleted_user_id bigint, deleted_run_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION tradingd.run_delete(deleted_user_id bigint, deleted_run_id bigint) TO tradingd_runtime;


--
-- Name: TABLE app_user; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.app_user TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.app_user TO tradingd_readonly;


--
-- Name: COLUMN app_user.uid; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(uid) ON TABLE tradingd.app_user TO tradingd_runtime;


--
-- Name: COLUMN app_user.role; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(role) ON TABLE tradingd.app_user TO tradingd_runtime;


--
-- Name: COLUMN app_user.limits; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(limits) ON TABLE tradingd.app_user TO tradingd_runtime;


--
-- Name: SEQUENCE app_user_user_id_seq; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT USAGE ON SEQUENCE tradingd.app_user_user_id_seq TO tradingd_runtime;


--
-- Name: TABLE cash_ledger; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.cash_ledger TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.cash_ledger TO tradingd_readonly;


--
-- Name: TABLE command_log; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.command_log TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.command_log TO tradingd_readonly;


--
-- Name: SEQUENCE engine_epoch_seq; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT USAGE ON SEQUENCE tradingd.engine_epoch_seq TO tradingd_runtime;


--
-- Name: TABLE engine_shard; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT ON TABLE tradingd.engine_shard TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.engine_shard TO tradingd_readonly;


--
-- Name: COLUMN engine_shard.holder; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(holder) ON TABLE tradingd.engine_shard TO tradingd_runtime;


--
-- Name: COLUMN engine_shard.epoch; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(epoch) ON TABLE tradingd.engine_shard TO tradingd_runtime;


--
-- Name: COLUMN engine_shard.expires_at; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(expires_at) ON TABLE tradingd.engine_shard TO tradingd_runtime;


--
-- Name: COLUMN engine_shard.last_batch; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(last_batch) ON TABLE tradingd.engine_shard TO tradingd_runtime;


--
-- Name: COLUMN engine_shard.burned_batch; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(burned_batch) ON TABLE tradingd.engine_shard TO tradingd_runtime;


--
-- Name: TABLE engine_state; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.engine_state TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.engine_state TO tradingd_readonly;


--
-- Name: TABLE engine_status; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.engine_status TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.engine_status TO tradingd_readonly;


--
-- Name: COLUMN engine_status.message; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(message) ON TABLE tradingd.engine_status TO tradingd_runtime;


--
-- Name: COLUMN engine_status.updated_at; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(updated_at) ON TABLE tradingd.engine_status TO tradingd_runtime;


--
-- Name: TABLE event_ledger; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.event_ledger TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.event_ledger TO tradingd_readonly;


--
-- Name: TABLE market_bar; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.market_bar TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.market_bar TO tradingd_readonly;


--
-- Name: TABLE market_feed; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.market_feed TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.market_feed TO tradingd_readonly;


--
-- Name: COLUMN market_feed.settings; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(settings) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.status; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(status) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.message; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(message) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.last_logical_time; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(last_logical_time) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.ticks; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(ticks) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.rows_accepted; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(rows_accepted) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.rows_duplicate; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(rows_duplicate) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.rows_quarantined; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(rows_quarantined) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: COLUMN market_feed.rows_rejected; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(rows_rejected) ON TABLE tradingd.market_feed TO tradingd_runtime;


--
-- Name: SEQUENCE market_feed_feed_id_seq; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT USAGE ON SEQUENCE tradingd.market_feed_feed_id_seq TO tradingd_runtime;


--
-- Name: TABLE market_instrument; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.market_instrument TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.market_instrument TO tradingd_readonly;


--
-- Name: TABLE market_tick; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.market_tick TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.market_tick TO tradingd_readonly;


--
-- Name: TABLE mtm_ledger; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.mtm_ledger TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.mtm_ledger TO tradingd_readonly;


--
-- Name: TABLE mtm_ledger_default; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT ON TABLE tradingd.mtm_ledger_default TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.mtm_ledger_default TO tradingd_readonly;


--
-- Name: TABLE paper_equity_curve; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.paper_equity_curve TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.paper_equity_curve TO tradingd_readonly;


--
-- Name: TABLE paper_equity_curve_default; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT ON TABLE tradingd.paper_equity_curve_default TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.paper_equity_curve_default TO tradingd_readonly;


--
-- Name: TABLE paper_order; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.paper_order TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.paper_order TO tradingd_readonly;


--
-- Name: TABLE paper_position; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.paper_position TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.paper_position TO tradingd_readonly;


--
-- Name: TABLE paper_trade; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.paper_trade TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.paper_trade TO tradingd_readonly;


--
-- Name: TABLE schema_version; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT ON TABLE tradingd.schema_version TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.schema_version TO tradingd_readonly;


--
-- Name: TABLE strategy_run; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT SELECT,INSERT ON TABLE tradingd.strategy_run TO tradingd_runtime;
GRANT SELECT ON TABLE tradingd.strategy_run TO tradingd_readonly;


--
-- Name: COLUMN strategy_run.status; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(status) ON TABLE tradingd.strategy_run TO tradingd_runtime;


--
-- Name: COLUMN strategy_run.trading_state; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(trading_state) ON TABLE tradingd.strategy_run TO tradingd_runtime;


--
-- Name: COLUMN strategy_run.stop_reason; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT UPDATE(stop_reason) ON TABLE tradingd.strategy_run TO tradingd_runtime;


--
-- Name: SEQUENCE strategy_run_run_id_seq; Type: ACL; Schema: tradingd; Owner: tradingd_owner
--

GRANT USAGE ON SEQUENCE tradingd.strategy_run_run_id_seq TO tradingd_runtime;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: tradingd; Owner: tradingd_owner
--

ALTER DEFAULT PRIVILEGES FOR ROLE tradingd_owner IN SCHEMA tradingd GRANT SELECT ON TABLES  TO tradingd_runtime;
ALTER DEFAULT PRIVILEGES FOR ROLE tradingd_owner IN SCHEMA tradingd GRANT SELECT ON TABLES  TO tradingd_readonly;


--
-- PostgreSQL database dump complete
--


