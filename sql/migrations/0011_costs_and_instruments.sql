-- Fees part by part, lots, what was traded on a bar; and what an instrument's orders have to keep to.

-- The sum of an object of amounts; the parts of a fee, for one.
CREATE FUNCTION sum_of_amounts(amounts jsonb) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(sum(a.value::numeric), 0) FROM jsonb_each_text(amounts) a
$$;
-- The sum of one field over a list of lots.
CREATE FUNCTION sum_of_lots(lots jsonb, field text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(sum((l.value ->> field)::numeric), 0) FROM jsonb_array_elements(lots) l
$$;
GRANT EXECUTE ON FUNCTION sum_of_amounts, sum_of_lots TO PUBLIC;

ALTER TABLE paper_trade ADD COLUMN fee_parts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fee_parts) = 'object');
-- An earlier trade's fee is of one part. (Changed as the column is, past the guards of finished runs.)
ALTER TABLE paper_trade ALTER COLUMN fee_parts TYPE jsonb
  USING CASE WHEN fee = 0 THEN '{}' ELSE jsonb_build_object('commission', trim_scale(fee)::text) END;
ALTER TABLE paper_trade ADD CONSTRAINT paper_trade_fee_is_its_parts CHECK (sum_of_amounts(fee_parts) = fee);

ALTER TABLE paper_position
  ADD COLUMN lots jsonb CHECK (jsonb_typeof(lots) = 'array'),  -- the oldest first; null: accounted at average cost
  ADD COLUMN bar_time timestamptz,                             -- what was traded on the instrument's bar of that time;
  ADD COLUMN bar_traded numeric(28,8) CHECK (bar_traded >= 0), -- null: the run has no volume cap
  ADD CHECK ((bar_time IS NULL) = (bar_traded IS NULL)),
  ADD CONSTRAINT paper_position_is_its_lots
    CHECK (lots IS NULL OR (sum_of_lots(lots, 'quantity') = quantity AND sum_of_lots(lots, 'cost') = cost));

ALTER TABLE market_instrument
  ADD COLUMN lot numeric(28,8) NOT NULL DEFAULT 0.00000001 CHECK (lot > 0),
  ADD COLUMN min_quantity numeric(28,8) CHECK (min_quantity > 0),  -- of an order, as are the next three
  ADD COLUMN max_quantity numeric(28,8) CHECK (max_quantity >= min_quantity AND max_quantity > 0),
  ADD COLUMN min_notional numeric(38,8) CHECK (min_notional > 0),
  ADD COLUMN max_notional numeric(38,8) CHECK (max_notional >= min_notional AND max_notional > 0),
  ADD COLUMN currency text NOT NULL DEFAULT '' CHECK (currency ~ '^([A-Z]{3})?$'),
  ADD COLUMN calendar text NOT NULL DEFAULT '',
  ADD COLUMN listed boolean NOT NULL DEFAULT false;  -- known before its first row

ALTER TYPE trade_change ADD ATTRIBUTE fee_parts jsonb;
ALTER TYPE position_change ADD ATTRIBUTE lots jsonb, ADD ATTRIBUTE bar_time timestamptz,
  ADD ATTRIBUTE bar_traded numeric(28,8);
