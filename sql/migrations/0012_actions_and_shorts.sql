-- Corporate actions; short positions.

-- What companies do to their shares, as told to a feed. Effective with the first tick of the ex-date, which is noted
-- here in that tick's own transaction: before any run has seen it.
CREATE TABLE market_action (
  feed_id bigint NOT NULL REFERENCES market_feed ON DELETE CASCADE,
  action_id bigint NOT NULL CHECK (action_id > 0),  -- counted within the feed
  ex_date date NOT NULL,
  symbol text NOT NULL CHECK (symbol <> ''),
  kind text NOT NULL CHECK (kind IN ('split', 'dividend', 'symbol_change')),
  numerator bigint CHECK (numerator BETWEEN 1 AND 10000),  -- new shares
  denominator bigint CHECK (denominator BETWEEN 1 AND 10000),  -- for so many old ones
  amount numeric(28,8) CHECK (amount > 0),
  new_symbol text CHECK (new_symbol <> symbol),
  logical_time timestamptz,  -- of the tick; null: not effective yet, or its symbol was not known then
  instrument_id integer,
  new_instrument_id integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (feed_id, action_id),
  UNIQUE (feed_id, symbol, ex_date, kind),
  FOREIGN KEY (feed_id, logical_time) REFERENCES market_tick,
  CHECK (num_nonnulls(numerator, denominator) = CASE kind WHEN 'split' THEN 2 ELSE 0 END),
  CHECK ((kind = 'dividend') = (amount IS NOT NULL)),
  CHECK ((kind = 'symbol_change') = (new_symbol IS NOT NULL)),
  CHECK ((logical_time IS NULL) = (instrument_id IS NULL)),
  CHECK ((new_instrument_id IS NOT NULL) = (kind = 'symbol_change' AND logical_time IS NOT NULL))
);
CREATE INDEX market_action_time_idx ON market_action (feed_id, logical_time);
GRANT INSERT ON market_action TO tradingd_runtime;
GRANT UPDATE (logical_time, instrument_id, new_instrument_id) ON market_action TO tradingd_runtime;

CREATE FUNCTION guard_action_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'corporate action % of feed % is effective and can''t change', OLD.action_id, OLD.feed_id
    USING ERRCODE = 'TD004', HINT = 'Runs have acted on it.';
END
$$;
CREATE TRIGGER guard_update BEFORE UPDATE ON market_action
  FOR EACH ROW WHEN (OLD.logical_time IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION guard_action_update();

ALTER TABLE cash_ledger DROP CONSTRAINT cash_ledger_kind_check, ADD CONSTRAINT cash_ledger_kind_check
  CHECK (kind IN ('initial', 'deposit', 'withdrawal', 'trade', 'fee', 'dividend', 'cash_in_lieu'));
ALTER TABLE paper_order DROP CONSTRAINT paper_order_source_check, ADD CONSTRAINT paper_order_source_check
  CHECK (source IN ('user', 'sip', 'rebalance', 'liquidation'));
ALTER TABLE market_instrument ADD COLUMN shortable boolean NOT NULL DEFAULT true;

-- A position is negative only in a run that was started with short selling. The trigger costs long ones nothing, and
-- holds on both write paths.
ALTER TABLE paper_position DROP CONSTRAINT paper_position_quantity_check, DROP CONSTRAINT paper_position_check,
  ADD CONSTRAINT paper_position_cost_check CHECK (sign(cost) IN (0, sign(quantity)));
CREATE FUNCTION guard_short_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM tradingd.strategy_run r
                 WHERE r.user_id = NEW.user_id AND r.run_id = NEW.run_id AND r.config ? 'short_selling') THEN
    RAISE EXCEPTION 'run % of user % can''t be short of %: its configuration has no short_selling', NEW.run_id,
      NEW.user_id, NEW.symbol USING ERRCODE = 'check_violation', HINT = 'Start a run with [short_selling].';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER guard_short BEFORE INSERT OR UPDATE ON paper_position
  FOR EACH ROW WHEN (NEW.quantity < 0) EXECUTE FUNCTION guard_short_position();
ALTER TABLE paper_position ENABLE ALWAYS TRIGGER guard_short;
