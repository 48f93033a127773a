-- The guard that migration 2 puts on a run's children, as it is now: a run that is not RUNNING takes no rows.
--
-- An INSERT's foreign key check has locked the run's row against a change of status by then, so a plain read is enough.
-- An UPDATE that leaves the key alone checks no foreign key, so the guard takes that lock itself: with a plain read, an
-- update that was under way while the run was stopped was committed after the stop.
CREATE OR REPLACE FUNCTION tradingd.guard_running() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  touched record;
  found_status text;
BEGIN
  IF (SELECT count(*) FROM (SELECT FROM touched_rows LIMIT 33) AS first_rows) <= 32 THEN
    FOR touched IN SELECT DISTINCT n.user_id, n.run_id FROM touched_rows n ORDER BY 1, 2 LOOP
      IF TG_OP = 'UPDATE' THEN
        SELECT r.status INTO found_status FROM tradingd.strategy_run r
          WHERE r.user_id = touched.user_id AND r.run_id = touched.run_id FOR KEY SHARE;
      ELSE
        SELECT r.status INTO found_status FROM tradingd.strategy_run r
          WHERE r.user_id = touched.user_id AND r.run_id = touched.run_id;
      END IF;
      IF found_status <> 'RUNNING' THEN
        PERFORM tradingd.refuse_finished_run(touched.user_id, touched.run_id, found_status);
      END IF;
    END LOOP;
  ELSE
    -- The rows are locked in the ledger's order, all of them unless one is refused.
    EXECUTE $query$
      SELECT l.user_id, l.run_id, l.status FROM (
        SELECT r.user_id, r.run_id, r.status
        FROM (SELECT DISTINCT user_id, run_id FROM touched_rows) AS n JOIN tradingd.strategy_run r USING (user_id, run_id)
        ORDER BY r.user_id, r.run_id $query$ || CASE TG_OP WHEN 'UPDATE' THEN 'FOR KEY SHARE OF r' ELSE '' END || $query$) AS l
      WHERE l.status <> 'RUNNING' LIMIT 1 $query$ INTO touched;
    IF touched.status IS NOT NULL THEN
      PERFORM tradingd.refuse_finished_run(touched.user_id, touched.run_id, touched.status);
    END IF;
  END IF;
  RETURN NULL;
END
$$;
