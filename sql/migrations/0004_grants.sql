-- Who may do what. The runtime role has no DELETE, no TRUNCATE and no DDL, and updates named columns only:
-- with UPDATE on a whole table it could lock that table against everybody.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA tradingd FROM PUBLIC;
REVOKE ALL ON ALL PROCEDURES IN SCHEMA tradingd FROM PUBLIC;

GRANT SELECT ON ALL TABLES IN SCHEMA tradingd TO tradingd_runtime, tradingd_readonly;
ALTER DEFAULT PRIVILEGES IN SCHEMA tradingd GRANT SELECT ON TABLES TO tradingd_runtime, tradingd_readonly;

GRANT INSERT ON app_user, market_feed, market_instrument, market_tick, market_bar, strategy_run, engine_state,
  engine_status, paper_order, paper_trade, paper_position, cash_ledger, mtm_ledger, paper_equity_curve,
  event_ledger, command_log TO tradingd_runtime;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA tradingd TO tradingd_runtime;

GRANT UPDATE (uid, role, limits) ON app_user TO tradingd_runtime;
GRANT UPDATE (settings, status, message, last_logical_time, ticks, rows_accepted, rows_duplicate, rows_quarantined,
              rows_rejected) ON market_feed TO tradingd_runtime;
GRANT UPDATE (status, trading_state, stop_reason) ON strategy_run TO tradingd_runtime;
GRANT UPDATE (message, updated_at) ON engine_status TO tradingd_runtime;
GRANT UPDATE (holder, epoch, expires_at, last_batch, burned_batch) ON engine_shard TO tradingd_runtime;

-- Called by triggers on behalf of whoever wrote; they only look and raise.
GRANT EXECUTE ON FUNCTION order_may_become, refuse_finished_run TO PUBLIC;
