-- Whole partitions of the per-tick ledgers leave for files. Only what has a boundary behind it can go, so never the
-- partition that ticks are being written to. Its place is taken by an empty one, since a run on another feed may still
-- be in the past that it covered; empty neighbours become one, so that there are as few as there can be.

-- The parts of `wanted_ledger`, oldest first. `since` is null for the first, `until` for the last.
CREATE OR REPLACE FUNCTION ledger_partitions(wanted_ledger text)
RETURNS TABLE (name text, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SET search_path = tradingd, pg_temp AS $$
  SELECT c.relname::text, (regexp_match(b.bounds, 'FROM \(''([^'']*)''\)'))[1]::timestamptz,
         (regexp_match(b.bounds, 'TO \(''([^'']*)''\)'))[1]::timestamptz
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) b (bounds)
  WHERE i.inhparent = to_regclass('tradingd.' || quote_ident(wanted_ledger))
    AND wanted_ledger IN ('mtm_ledger', 'paper_equity_curve') AND c.relname ~ ('^' || wanted_ledger || '_[0-9]+$')
  ORDER BY 2 NULLS FIRST
$$;

-- A name that no part of the ledger has or has had.
CREATE OR REPLACE FUNCTION next_partition_name(wanted_ledger text) RETURNS text
LANGUAGE sql STABLE SET search_path = tradingd, pg_temp AS $$
  SELECT wanted_ledger || '_' || 1 + max(substring(n.name FROM '[0-9]+$')::bigint)
  FROM (SELECT p.name FROM ledger_partitions(wanted_ledger) p
        UNION ALL SELECT a.name FROM ledger_archive a WHERE a.ledger = wanted_ledger) n
$$;

-- What tells whether a partition is still what was read: its rows, and the sum of the transactions that wrote them.
-- Nothing can come, go or change without changing one of the two.
CREATE OR REPLACE FUNCTION partition_content(part regclass, OUT rows bigint, OUT content numeric)
LANGUAGE plpgsql STABLE SET search_path = tradingd, pg_temp AS $$
BEGIN
  EXECUTE format('SELECT count(*), coalesce(sum(xmin::text::bigint), 0) FROM %s', part) INTO rows, content;
END
$$;

-- Lets a partition go whose rows are in the file that `digest` is of. Refuses with TD007 when it isn't any more what was
-- read (`read_rows`, `read_content`), and gives up with 55P03 when others keep it from its locks: nothing has changed
-- then. Batches that write elsewhere go on while the rows are counted; they wait for the change of partitions alone.
CREATE OR REPLACE FUNCTION remove_archived_partition(
  from_ledger text, part text, read_rows bigint, read_content numeric, digest bytea, caller_uid bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = tradingd, pg_temp SET lock_timeout = '300ms' AS $$
DECLARE
  gone record;
  before record;
  begins timestamptz;
  held record;
  is_empty boolean;
  new_name text;
BEGIN
  SELECT p.since, p.until INTO gone FROM ledger_partitions(from_ledger) p WHERE p.name = part;
  IF NOT FOUND OR gone.until IS NULL OR NOT isfinite(gone.until) THEN
    RAISE EXCEPTION '% has no ended partition %', from_ledger, part USING ERRCODE = '22023';
  END IF;
  EXECUTE format('LOCK TABLE %I IN SHARE MODE', part);
  SELECT c.rows, c.content INTO held FROM partition_content(part::regclass) c;
  IF (held.rows, held.content) IS DISTINCT FROM (read_rows, read_content) THEN
    RAISE EXCEPTION '% has changed while it was being archived', part
      USING ERRCODE = 'TD007', HINT = 'Archive it again.';
  END IF;

  IF from_ledger = 'mtm_ledger' THEN
    EXECUTE format($query$
      INSERT INTO run_archive AS a (user_id, run_id, marks, marked_until, market_value, unrealized_pnl)
        SELECT DISTINCT ON (m.user_id, m.run_id) m.user_id, m.run_id, count(*) OVER (PARTITION BY m.user_id, m.run_id),
               m.logical_time, m.market_value, m.unrealized_pnl
        FROM %I m ORDER BY m.user_id, m.run_id, m.logical_time DESC
      ON CONFLICT (user_id, run_id) DO UPDATE
        SET marks = a.marks + excluded.marks, marked_until = excluded.marked_until,
            market_value = excluded.market_value, unrealized_pnl = excluded.unrealized_pnl $query$, part);
  ELSE
    EXECUTE format($query$
      INSERT INTO run_archive AS a (user_id, run_id, equity_rows, equity_until)
        SELECT e.user_id, e.run_id, count(*), max(e.logical_time) FROM %I e GROUP BY e.user_id, e.run_id
      ON CONFLICT (user_id, run_id) DO UPDATE
        SET equity_rows = a.equity_rows + excluded.equity_rows, equity_until = excluded.equity_until $query$, part);
  END IF;

  -- The order in which batches lock them.
  LOCK TABLE strategy_run IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', from_ledger);
  new_name := next_partition_name(from_ledger);
  begins := gone.since;
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', from_ledger, part);
  EXECUTE format('DROP TABLE %I', part);
  SELECT p.name, p.since INTO before FROM ledger_partitions(from_ledger) p WHERE p.until = gone.since;
  IF before.name IS NOT NULL THEN
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', before.name) INTO is_empty;
    IF is_empty THEN
      begins := before.since;
      EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', from_ledger, before.name);
      EXECUTE format('DROP TABLE %I', before.name);
    END IF;
  END IF;
  EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%L)', new_name, from_ledger,
                 coalesce(quote_literal(begins), 'MINVALUE'), gone.until);
  CALL add_guards(new_name::regclass);
  INSERT INTO ledger_archive (ledger, name, since, until, rows, manifest_digest, uid)
    VALUES (from_ledger, part, gone.since, gone.until, read_rows, digest, caller_uid);
END
$$;
REVOKE ALL ON FUNCTION ledger_partitions, next_partition_name, partition_content, remove_archived_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_partitions, partition_content, remove_archived_partition TO tradingd_runtime;
