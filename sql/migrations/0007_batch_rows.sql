-- The rows of a batch, again, in a form that costs less:
--
--  * A row names its run by its place in the array of runs instead of repeating the key. So it can't be of a run that
--    the batch doesn't claim, and nothing has to be joined.
--  * The mark and the equity of a run's last tick come within its own row, and are inserted straight from the claim.
--  * The types' numerics have the columns' precision, so that no value is converted again.

DROP FUNCTION IF EXISTS apply_batch_fast;
DROP FUNCTION IF EXISTS apply_batch, compare_batch;
DROP TYPE run_change, run_header_change, order_change, trade_change, position_change, cash_change, mark_change,
  equity_change, event_change, command_change;

CREATE TYPE run_change AS (
  user_id bigint, run_id bigint, expected_version bigint, version bigint,
  last_logical_time timestamptz, last_mark_time timestamptz,
  feed_time timestamptz, cash numeric(38,8), reserved numeric(38,8),
  trading_state text, strategy_state jsonb,  -- null: as it was
  next_order bigint, next_trade bigint, next_cash_seq bigint, next_event_seq bigint,
  digest bytea, state_digest bytea,
  -- The mark at last_mark_time and the cash of the equity that goes with it; null: neither is of this batch, or
  -- they are among `marks` and `equity_rows`.
  market_value numeric(38,8), unrealized_pnl numeric(38,8), marked_cash numeric(38,8));
-- `run`, here and below: the place in `runs`, counted from 1.
-- What changes in strategy_run itself: the trading state, or the status at the run's end (else null).
CREATE TYPE run_header_change AS (run integer, trading_state text, status text, stop_reason text);
CREATE TYPE order_change AS (
  run integer, order_id bigint, client_order_id text,
  instrument_id integer, symbol text, side text, type text, tif text, source text, status text, reason text,
  reason_detail text, quantity numeric(28,8), filled numeric(28,8), limit_price numeric(28,8),
  stop_price numeric(28,8), reserved numeric(38,8), session_date date, placed_at timestamptz, updated_at timestamptz,
  triggered_at timestamptz, trail_amount numeric(28,8), trail_percent numeric(28,8), expires_at timestamptz,
  notional numeric(38,8), take_profit numeric(28,8), stop_loss numeric(28,8), replaces_order_id bigint,
  group_id bigint);
CREATE TYPE trade_change AS (
  run integer, trade_id bigint, order_id bigint, logical_time timestamptz, instrument_id integer, symbol text,
  side text, quantity numeric(28,8), price numeric(28,8), notional numeric(38,8), fee numeric(38,8),
  slippage numeric(38,8), realized_pnl numeric(38,8));
CREATE TYPE position_change AS (
  run integer, symbol text, instrument_id integer, quantity numeric(28,8), cost numeric(38,8),
  realized_pnl numeric(38,8));
CREATE TYPE cash_change AS (
  run integer, seq bigint, logical_time timestamptz, kind text, amount numeric(38,8), balance numeric(38,8),
  trade_id bigint, note text);
CREATE TYPE mark_change AS (
  run integer, logical_time timestamptz, market_value numeric(38,8), unrealized_pnl numeric(38,8));
CREATE TYPE equity_change AS (
  run integer, logical_time timestamptz, cash numeric(38,8), mtm numeric(38,8), equity numeric(38,8));
CREATE TYPE event_change AS (run integer, seq bigint, logical_time timestamptz, type text, key text, payload jsonb);
CREATE TYPE command_change AS (
  run integer, request_id text, uid bigint, method text, arguments jsonb, arguments_hash bytea,
  logical_time timestamptz, result jsonb, ok boolean, run_version bigint);

-- The guard on engine_state: as before, and by row. Its condition costs a batch next to nothing, where a
-- statement's guard has the old and the new rows collected, on the fast path too. Of a finished run's row nothing
-- changes but the mirror, when the foreign key carries a new status into it.
DROP TRIGGER guard_update ON engine_state;
CREATE OR REPLACE FUNCTION guard_engine_state_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'run_status' IS DISTINCT FROM to_jsonb(OLD) - 'run_status' THEN
    PERFORM tradingd.refuse_finished_run(NEW.user_id, NEW.run_id, NEW.run_status);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER guard_update AFTER UPDATE ON engine_state
  FOR EACH ROW WHEN (OLD.run_status <> 'RUNNING' OR NEW.run_status <> 'RUNNING')
  EXECUTE FUNCTION guard_engine_state_update();
