-- The rows of a batch, as the daemon sends them: arrays of these. See sql/functions/write_path.sql.

CREATE TYPE run_change AS (
  user_id bigint, run_id bigint, expected_version bigint, version bigint,
  last_logical_time timestamptz, last_mark_time timestamptz, feed_time timestamptz, cash numeric, reserved numeric, trading_state text,
  strategy_state jsonb,  -- null: as it was
  next_order bigint, next_trade bigint, next_cash_seq bigint, next_event_seq bigint,
  digest bytea, state_digest bytea);
-- What changes in strategy_run itself: the trading state, or the status at the run's end (else null).
CREATE TYPE run_header_change AS (
  user_id bigint, run_id bigint, trading_state text, status text, stop_reason text);
CREATE TYPE order_change AS (
  user_id bigint, run_id bigint, order_id bigint, client_order_id text,
  instrument_id integer, symbol text, side text, type text, tif text, source text, status text, reason text,
  reason_detail text, quantity numeric, filled numeric, limit_price numeric, stop_price numeric, reserved numeric,
  session_date date, placed_at timestamptz, updated_at timestamptz, triggered_at timestamptz, trail_amount numeric,
  trail_percent numeric, expires_at timestamptz, notional numeric, take_profit numeric, stop_loss numeric,
  replaces_order_id bigint, group_id bigint);
CREATE TYPE trade_change AS (
  user_id bigint, run_id bigint, trade_id bigint, order_id bigint, logical_time timestamptz, instrument_id integer,
  symbol text, side text, quantity numeric, price numeric, notional numeric, fee numeric, slippage numeric,
  realized_pnl numeric);
CREATE TYPE position_change AS (
  user_id bigint, run_id bigint, symbol text, instrument_id integer, quantity numeric, cost numeric,
  realized_pnl numeric);
CREATE TYPE cash_change AS (
  user_id bigint, run_id bigint, seq bigint, logical_time timestamptz, kind text, amount numeric, balance numeric,
  trade_id bigint, note text);
CREATE TYPE mark_change AS (
  user_id bigint, run_id bigint, logical_time timestamptz, market_value numeric, unrealized_pnl numeric);
CREATE TYPE equity_change AS (
  user_id bigint, run_id bigint, logical_time timestamptz, cash numeric, mtm numeric, equity numeric);
CREATE TYPE event_change AS (
  user_id bigint, run_id bigint, seq bigint, logical_time timestamptz, type text, key text, payload jsonb);
CREATE TYPE command_change AS (
  user_id bigint, run_id bigint, request_id text, uid bigint, method text, arguments jsonb, arguments_hash bytea,
  logical_time timestamptz, result jsonb, ok boolean, run_version bigint);
