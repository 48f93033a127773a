-- A run's equity curve in about as many points as asked for, for whoever draws it: of each stretch of time its first,
-- last, lowest and highest point (the earliest of equal ones), so that a line through them looks as one through all.
-- All points, where there are no more of them.
CREATE OR REPLACE FUNCTION equity_curve_points(
  of_user_id bigint, of_run_id bigint, since timestamptz, until timestamptz, points integer)
RETURNS TABLE (logical_time timestamptz, cash numeric, mtm numeric, equity numeric)
LANGUAGE sql STABLE SET search_path = tradingd, pg_temp AS $$
  WITH wanted AS MATERIALIZED (
    SELECT e.logical_time, e.cash, e.mtm, e.equity FROM paper_equity_curve e
    WHERE e.user_id = of_user_id AND e.run_id = of_run_id
      AND (since IS NULL OR e.logical_time >= since) AND (until IS NULL OR e.logical_time < until)),
  extent AS (
    SELECT min(w.logical_time) AS first, count(*) AS number,
           (max(w.logical_time) - min(w.logical_time)) / greatest(points / 4, 1) + interval '1 microsecond' AS width
    FROM wanted w),
  stretched AS MATERIALIZED (
    SELECT w.*, date_bin(x.width, w.logical_time, x.first) AS stretch FROM wanted w CROSS JOIN extent x
    WHERE x.number > points),
  ends AS (
    SELECT s.stretch, min(s.logical_time) AS first, max(s.logical_time) AS last, min(s.equity) AS low, max(s.equity) AS high
    FROM stretched s GROUP BY s.stretch),
  chosen AS (
    SELECT DISTINCT unnest(ARRAY[e.first, e.last, min(s.logical_time) FILTER (WHERE s.equity = e.low),
                                 min(s.logical_time) FILTER (WHERE s.equity = e.high)]) AS logical_time
    FROM stretched s JOIN ends e USING (stretch) GROUP BY e.stretch, e.first, e.last)
  SELECT w.* FROM wanted w JOIN chosen c USING (logical_time)
  UNION ALL
  SELECT w.* FROM wanted w CROSS JOIN extent x WHERE x.number <= points
$$;
REVOKE ALL ON FUNCTION equity_curve_points FROM PUBLIC;
GRANT EXECUTE ON FUNCTION equity_curve_points TO tradingd_readonly;
