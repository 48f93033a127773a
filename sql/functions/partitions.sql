-- The partitions of the two ledgers that get a row per run and tick. A tick touches each run's own place in the index
-- that it goes to; while that index is small, it stays in memory, and a tick costs the same however old the ledger is.
-- So a partition's span is chosen by its size, not by the calendar.

-- Ends the last partition of `ledger` just after its last row, and begins another behind it, if it has grown to
-- `full_bytes`; tells whether it did. Batches wait meanwhile, for as long as it takes to read that partition once. Gives
-- up (55P03) after a moment when somebody reads the ledger for long, since batches would wait behind this.
CREATE OR REPLACE FUNCTION split_full_partition(ledger text, full_bytes bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp SET lock_timeout = '300ms' AS $$
DECLARE
  parent regclass;
  last record;
  next_name text;
  boundary timestamptz;
BEGIN
  IF ledger NOT IN ('mtm_ledger', 'paper_equity_curve') THEN
    RAISE EXCEPTION '% has no partitions', ledger USING ERRCODE = '22023';
  END IF;
  parent := format('tradingd.%I', ledger)::regclass;
  SELECT c.oid::regclass AS name, (regexp_match(b.bounds, 'FROM \((.*)\) TO \(MAXVALUE\)'))[1] AS since INTO last
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) b (bounds)
    WHERE i.inhparent = parent AND b.bounds LIKE '%TO (MAXVALUE)';
  IF pg_relation_size(last.name) < full_bytes THEN
    RETURN false;
  END IF;

  EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', parent);
  IF NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                 WHERE i.inhrelid = last.name AND pg_get_expr(c.relpartbound, c.oid) LIKE '%TO (MAXVALUE)') THEN
    RETURN false;  -- somebody else did it
  END IF;
  EXECUTE format('SELECT max(logical_time) + interval ''1 microsecond'' FROM %s', last.name) INTO boundary;
  IF boundary IS NULL OR boundary = 'infinity' THEN
    RETURN false;
  END IF;
  next_name := next_partition_name(ledger);
  EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, last.name);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%L)', parent, last.name, last.since,
                 boundary);
  EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%L) TO (MAXVALUE)', next_name, parent, boundary);
  CALL add_guards(next_name::regclass);
  RETURN true;
END
$$;
REVOKE ALL ON FUNCTION split_full_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION split_full_partition TO tradingd_runtime;
