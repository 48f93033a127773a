#include "daemon/store/query_table.h"

#include <algorithm>
#include <array>

#include "daemon/base/assert.h"

namespace tradingd::store {

namespace {

using enum ValueKind;

/// The parts one after the other.
template <const std::string_view&... Parts>
struct Joined {
  static constexpr auto kText = [] {
    std::array<char, (Parts.size() + ...)> all{};
    auto* end = all.data();
    ((end = std::copy(Parts.begin(), Parts.end(), end)), ...);
    return all;
  }();
  static constexpr std::string_view kValue{kText.data(), kText.size()};
};

// Users and feeds. -------------------------------------------------------------------------------------

constexpr std::string_view kUserFrom =
    "app_user u LEFT JOIN strategy_run r ON r.user_id = u.user_id AND r.status = 'RUNNING'"
    " LEFT JOIN trading_control c ON c.user_id = u.user_id AND c.run_id = 0";
constexpr std::array kUserColumns{
    Column{"user_id", integer, "u.user_id"},
    Column{"name", text, "u.name"},
    Column{"uid", integer, "u.uid"},
    Column{"role", text, "u.role"},
    Column{"trading_state", text, "coalesce(c.trading_state, 'ACTIVE')"},
    Column{"running_run_id", integer, "r.run_id"},
    Column{"created_at", time, "u.created_at"},
};
constexpr std::array kUserRowColumns{
    kUserColumns[0],
    kUserColumns[1],
    kUserColumns[2],
    kUserColumns[3],
    kUserColumns[4],
    Column{"trading_state_reason", text, "c.reason"},
    kUserColumns[5],
    Column{"runs", integer, "(SELECT count(*) FROM strategy_run a WHERE a.user_id = u.user_id)"},
    Column{"limits", json, "u.limits"},
    kUserColumns[6],
};
constexpr std::array kUserFilters{Filter{"name", "u.name = $"}, Filter{"user_id", "u.user_id = $"}};

constexpr std::string_view kFeedFrom = "market_feed f";
constexpr std::array kFeedColumns{
    Column{"feed_id", integer, "f.feed_id"},
    Column{"name", text, "f.name"},
    Column{"kind", text, "f.kind"},
    Column{"status", text, "f.status"},
    Column{"message", text, "f.message"},
    Column{"instruments", integer, "(SELECT count(*) FROM market_instrument i WHERE i.feed_id = f.feed_id)"},
    Column{"ticks", integer, "f.ticks"},
    Column{"last_logical_time", time, "f.last_logical_time"},
    Column{"rows_accepted", integer, "f.rows_accepted"},
    Column{"rows_duplicate", integer, "f.rows_duplicate"},
    Column{"rows_quarantined", integer, "f.rows_quarantined"},
    Column{"rows_rejected", json, "f.rows_rejected"},
};
constexpr std::array kFeedRowColumns{
    kFeedColumns[0],
    kFeedColumns[1],
    kFeedColumns[2],
    kFeedColumns[3],
    kFeedColumns[4],
    Column{"settings", json, "f.settings"},
    Column{"symbols", json,
           "(SELECT coalesce(jsonb_agg(i.symbol ORDER BY i.instrument_id), '[]') FROM market_instrument i"
           " WHERE i.feed_id = f.feed_id)"},
    kFeedColumns[6],
    Column{"origin_time", time, "f.origin_time"},
    kFeedColumns[7],
    kFeedColumns[8],
    kFeedColumns[9],
    kFeedColumns[10],
    kFeedColumns[11],
    Column{"running_runs", integer,
           "(SELECT count(*) FROM strategy_run r WHERE r.feed_id = f.feed_id AND r.status = 'RUNNING')"},
    Column{"created_at", time, "f.created_at"},
};
constexpr std::array kFeedFilters{Filter{"name", "f.name = $"}, Filter{"feed_id", "f.feed_id = $"}};

constexpr std::string_view kInstrumentFrom = "market_instrument i JOIN market_feed f USING (feed_id)";
constexpr std::array kInstrumentColumns{
    Column{"instrument_id", integer, "i.instrument_id"},
    Column{"symbol", text, "i.symbol"},
    Column{"tick_size", decimal, "i.tick_size"},
    Column{"quantity_step", decimal, "i.quantity_step"},
    Column{"lot", decimal, "i.lot"},
    Column{"min_quantity", decimal, "i.min_quantity"},
    Column{"max_quantity", decimal, "i.max_quantity"},
    Column{"min_notional", decimal, "i.min_notional"},
    Column{"max_notional", decimal, "i.max_notional"},
    Column{"currency", text, "i.currency"},
    Column{"calendar", text, "i.calendar"},
    Column{"listed", boolean, "i.listed"},
    Column{"shortable", boolean, "i.shortable"},
};
constexpr std::string_view kActionFrom = "market_action i JOIN market_feed f USING (feed_id)";
constexpr std::array kActionColumns{
    Column{"action_id", integer, "i.action_id"},
    Column{"ex_date", text, "i.ex_date"},
    Column{"symbol", text, "i.symbol"},
    Column{"kind", text, "i.kind"},
    Column{"numerator", integer, "i.numerator"},
    Column{"denominator", integer, "i.denominator"},
    Column{"amount", decimal, "i.amount"},
    Column{"new_symbol", text, "i.new_symbol"},
    Column{"logical_time", time, "i.logical_time"},
};
constexpr std::array kInstrumentFilters{Filter{"feed", "f.name = $", true}};

// Runs. ------------------------------------------------------------------------------------------------

// What the positions are worth: the last mark, from the archive if it has gone there, or where the run has had orders
// since, what they come to at the prices of that mark. The exact sum is rounded half to even once, as the engine does
// it.
constexpr std::string_view kRunValue =
    " LEFT JOIN run_archive h ON h.user_id = r.user_id AND h.run_id = r.run_id"
    " LEFT JOIN LATERAL (SELECT a.logical_time, a.market_value, a.unrealized_pnl FROM mtm_ledger a"
    " WHERE a.user_id = r.user_id AND a.run_id = r.run_id ORDER BY a.logical_time DESC LIMIT 1) k ON true"
    " LEFT JOIN LATERAL (SELECT coalesce(sum(p.quantity * q.close), 0) AS exact, coalesce(sum(p.cost), 0) AS cost"
    " FROM paper_position p CROSS JOIN LATERAL (SELECT b.close FROM market_bar b WHERE b.feed_id = r.feed_id"
    " AND b.instrument_id = p.instrument_id AND b.logical_time <= s.last_logical_time"
    " ORDER BY b.logical_time DESC LIMIT 1) q WHERE p.user_id = r.user_id AND p.run_id = r.run_id AND p.quantity <> 0"
    " AND s.last_logical_time > k.logical_time) v ON true"
    " CROSS JOIN LATERAL (SELECT abs(v.exact) AS size, trunc(abs(v.exact), 8) AS floor) x"
    " CROSS JOIN LATERAL (SELECT CASE WHEN s.last_logical_time > k.logical_time THEN sign(v.exact) * (x.floor"
    " + CASE WHEN x.size - x.floor > 0.000000005 OR (x.size - x.floor = 0.000000005"
    " AND mod(x.floor * 100000000, 2) = 1) THEN 0.00000001 ELSE 0 END) ELSE coalesce(k.market_value, h.market_value) "
    "END AS market_value) w"
    " CROSS JOIN LATERAL (SELECT w.market_value, CASE WHEN s.last_logical_time > k.logical_time"
    " THEN w.market_value - v.cost ELSE coalesce(k.unrealized_pnl, h.unrealized_pnl) END AS unrealized_pnl) m";
constexpr std::string_view kRunHead =
    "strategy_run r JOIN app_user u ON u.user_id = r.user_id LEFT JOIN market_feed f ON f.feed_id = r.feed_id"
    " LEFT JOIN engine_state s ON s.user_id = r.user_id AND s.run_id = r.run_id";
constexpr std::string_view kRunFrom = Joined<kRunHead, kRunValue>::kValue;
constexpr std::array kRunColumns{
    Column{"run_id", integer, "r.run_id"},
    Column{"user_name", text, "u.name"},
    Column{"name", text, "r.name"},
    Column{"status", text, "r.status"},
    Column{"strategy", text, "r.strategy"},
    Column{"feed", text, "f.name"},
    Column{"trading_state", text, "s.trading_state"},
    Column{"initial_cash", decimal, "r.initial_cash"},
    Column{"cash", decimal, "s.cash"},
    Column{"market_value", decimal, "coalesce(m.market_value, 0)"},
    Column{"equity", decimal, "s.cash + coalesce(m.market_value, 0)"},
    Column{"unrealized_pnl", decimal, "coalesce(m.unrealized_pnl, 0)"},
    Column{"realized_pnl", decimal,
           "(SELECT coalesce(sum(a.realized_pnl), 0) FROM paper_position a WHERE a.user_id = r.user_id"
           " AND a.run_id = r.run_id)"},
    Column{"recent_equity", json,
           "(SELECT coalesce(jsonb_agg(e.equity ORDER BY e.logical_time), '[]') FROM (SELECT a.logical_time, a.equity"
           " FROM paper_equity_curve a WHERE a.user_id = r.user_id AND a.run_id = r.run_id"
           " ORDER BY a.logical_time DESC LIMIT 16) e)"},
    Column{"last_logical_time", time, "s.last_logical_time"},
    Column{"started_at", time, "r.started_at"},
    Column{"stopped_at", time, "r.stopped_at"},
    Column{"stop_reason", text, "r.stop_reason"},
};
constexpr std::array kRunFilters{Filter{"user_id", "r.user_id = $"}, Filter{"status", "r.status = $"},
                                 Filter{"since", "r.started_at >= $"}, Filter{"until", "r.started_at < $"}};

constexpr std::string_view kRunRowTail =
    " LEFT JOIN engine_status l ON l.user_id = r.user_id AND l.run_id = r.run_id"
    " CROSS JOIN LATERAL (SELECT coalesce(sum(a.amount), 0) AS net_deposits FROM cash_ledger a"
    " WHERE a.user_id = r.user_id AND a.run_id = r.run_id AND a.kind IN ('initial', 'deposit', 'withdrawal')) c"
    " CROSS JOIN LATERAL (SELECT count(*) AS number, coalesce(sum(a.fee), 0) AS fees FROM paper_trade a"
    " WHERE a.user_id = r.user_id AND a.run_id = r.run_id) t"
    " CROSS JOIN LATERAL (SELECT count(*) AS number, count(*) FILTER (WHERE a.status IN ('PENDING',"
    " 'PARTIALLY_FILLED')) AS open FROM paper_order a WHERE a.user_id = r.user_id AND a.run_id = r.run_id) o"
    " CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE a.quantity <> 0) AS number, coalesce(sum(a.realized_pnl), 0)"
    " AS realized_pnl FROM paper_position a WHERE a.user_id = r.user_id AND a.run_id = r.run_id) p"
    " CROSS JOIN LATERAL (SELECT s.cash + coalesce(m.market_value, 0) AS equity) e";
constexpr std::string_view kRunRowFrom = Joined<kRunHead, kRunValue, kRunRowTail>::kValue;
constexpr std::array kRunRowColumns{
    Column{"run_id", integer, "r.run_id"},
    Column{"user_name", text, "u.name"},
    Column{"name", text, "r.name"},
    Column{"status", text, "r.status"},
    Column{"stop_reason", text, "r.stop_reason"},
    Column{"strategy", text, "r.strategy"},
    Column{"feed", text, "f.name"},
    Column{"trading_state", text, "s.trading_state"},
    Column{"trading_state_cause", text,
           "(SELECT a.payload ->> 'cause' FROM event_ledger a WHERE a.user_id = r.user_id AND a.run_id = r.run_id"
           " AND a.type = 'TRADING_STATE_CHANGED' ORDER BY a.logical_time DESC LIMIT 1)"},
    Column{"initial_cash", decimal, "r.initial_cash"},
    Column{"net_deposits", decimal, "c.net_deposits"},
    Column{"cash", decimal, "s.cash"},
    Column{"reserved", decimal, "s.reserved"},
    Column{"available", decimal, "s.cash - s.reserved"},
    Column{"market_value", decimal, "coalesce(m.market_value, 0)"},
    Column{"equity", decimal, "e.equity"},
    Column{"profit", decimal, "e.equity - c.net_deposits"},
    Column{"return_on_deposits", decimal, "round((e.equity - c.net_deposits) / nullif(c.net_deposits, 0), 8)"},
    Column{"unrealized_pnl", decimal, "coalesce(m.unrealized_pnl, 0)"},
    Column{"realized_pnl", decimal, "p.realized_pnl"},
    Column{"fees", decimal, "t.fees"},
    Column{"positions", integer, "p.number"},
    Column{"orders", integer, "o.number"},
    Column{"open_orders", integer, "o.open"},
    Column{"trades", integer, "t.number"},
    Column{"inputs", integer, "s.version"},
    Column{"message", text, "l.message"},
    Column{"start_time", time, "r.start_time"},
    Column{"last_logical_time", time, "s.last_logical_time"},
    Column{"last_mark_time", time, "s.last_mark_time"},
    Column{"feed_time", time, "s.feed_time"},
    Column{"started_at", time, "r.started_at"},
    Column{"stopped_at", time, "r.stopped_at"},
    Column{"config", json, "r.config"},
    Column{"config_hash", bytes, "r.config_hash"},
    Column{"digest", bytes, "s.digest"},
};
constexpr std::array kRunRowFilters{Filter{"user_id", "r.user_id = $", true}, Filter{"run_id", "r.run_id = $", true}};

// What a run holds. ------------------------------------------------------------------------------------

constexpr Filter kOfUser{"user_id", "a.user_id = $", true};
constexpr Filter kOfRun{"run_id", "a.run_id = $", true};
constexpr Filter kOfSymbol{"symbol", "a.symbol = $"};
constexpr Filter kSince{"since", "a.logical_time >= $"};
constexpr Filter kUntil{"until", "a.logical_time < $"};
constexpr std::array kInTime{kOfUser, kOfRun, kSince, kUntil};
constexpr std::array kTradeFilters{kOfUser, kOfRun, kOfSymbol, kSince, kUntil};

constexpr std::array kOrderColumns{
    Column{"order_id", integer, "a.order_id"},
    Column{"client_order_id", text, "a.client_order_id"},
    Column{"symbol", text, "a.symbol"},
    Column{"side", text, "a.side"},
    Column{"type", text, "a.type"},
    Column{"tif", text, "a.tif"},
    Column{"source", text, "a.source"},
    Column{"status", text, "a.status"},
    Column{"quantity", decimal, "a.quantity"},
    Column{"filled", decimal, "a.filled"},
    Column{"limit_price", decimal, "a.limit_price"},
    Column{"stop_price", decimal, "a.stop_price"},
    Column{"reserved", decimal, "a.reserved"},
    Column{"reason", text, "a.reason"},
    Column{"reason_detail", text, "a.reason_detail"},
    Column{"placed_at", time, "a.placed_at"},
    Column{"updated_at", time, "a.updated_at"},
    Column{"triggered_at", time, "a.triggered_at"},
    Column{"trail_amount", decimal, "a.trail_amount"},
    Column{"trail_percent", decimal, "a.trail_percent"},
    Column{"expires_at", time, "a.expires_at"},
    Column{"notional", decimal, "a.notional"},
    Column{"take_profit", decimal, "a.take_profit"},
    Column{"stop_loss", decimal, "a.stop_loss"},
    Column{"replaces_order_id", integer, "a.replaces_order_id"},
    Column{"group_id", integer, "a.group_id"},
};
constexpr std::array kOrderFilters{kOfUser,
                                   kOfRun,
                                   Filter{"status", "a.status = $"},
                                   kOfSymbol,
                                   Filter{"since", "a.placed_at >= $"},
                                   Filter{"until", "a.placed_at < $"}};
constexpr std::array kOrderChangeFilters{kOfUser, kOfRun};
constexpr std::array kOrderRowFilters{kOfUser, kOfRun, Filter{"order_id", "a.order_id = $"},
                                      Filter{"client_order_id", "a.client_order_id = $"}};

constexpr std::array kTradeColumns{
    Column{"trade_id", integer, "a.trade_id"},
    Column{"order_id", integer, "a.order_id"},
    Column{"logical_time", time, "a.logical_time"},
    Column{"symbol", text, "a.symbol"},
    Column{"side", text, "a.side"},
    Column{"quantity", decimal, "a.quantity"},
    Column{"price", decimal, "a.price"},
    Column{"notional", decimal, "a.notional"},
    Column{"fee", decimal, "a.fee"},
    Column{"slippage", decimal, "a.slippage"},
    Column{"realized_pnl", decimal, "a.realized_pnl"},
    Column{"fee_parts", json, "a.fee_parts"},
};

// Marked at the last price that the run has seen. The product is rounded half to even to 1e-8, as the
// engine does it, by size, and has the position's sign.
constexpr std::string_view kPositionFrom =
    "paper_position a JOIN strategy_run r ON r.user_id = a.user_id AND r.run_id = a.run_id"
    " LEFT JOIN engine_state s ON s.user_id = a.user_id AND s.run_id = a.run_id"
    " LEFT JOIN LATERAL (SELECT b.close, b.logical_time FROM market_bar b WHERE b.feed_id = r.feed_id"
    " AND b.instrument_id = a.instrument_id AND b.logical_time <= s.last_logical_time"
    " ORDER BY b.logical_time DESC LIMIT 1) q ON true"
    " CROSS JOIN LATERAL (SELECT abs(a.quantity) * q.close AS exact, trunc(abs(a.quantity) * q.close, 8) AS floor) v"
    " CROSS JOIN LATERAL (SELECT sign(a.quantity) * (v.floor + CASE WHEN v.exact - v.floor > 0.000000005"
    " OR (v.exact - v.floor = 0.000000005 AND mod(v.floor * 100000000, 2) = 1) THEN 0.00000001 ELSE 0 END) AS value) w";
constexpr std::array kPositionColumns{
    Column{"symbol", text, "a.symbol"},
    Column{"quantity", decimal, "a.quantity"},
    Column{"average_cost", decimal, "a.average_cost"},
    Column{"cost", decimal, "a.cost"},
    Column{"last_price", decimal, "q.close"},
    Column{"last_price_time", time, "q.logical_time"},
    Column{"market_value", decimal, "w.value"},
    Column{"unrealized_pnl", decimal, "w.value - a.cost"},
    Column{"realized_pnl", decimal, "a.realized_pnl"},
};
constexpr std::array kPositionFilters{kOfUser, kOfRun, kOfSymbol};

constexpr std::array kEventColumns{
    Column{"seq", integer, "a.seq"}, Column{"logical_time", time, "a.logical_time"}, Column{"type", text, "a.type"},
    Column{"key", text, "a.key"},    Column{"payload", json, "a.payload"},
};
constexpr std::array kEventFilters{kOfUser, kOfRun, Filter{"type", "a.type = $"}, kSince, kUntil};

constexpr std::array kCashColumns{
    Column{"seq", integer, "a.seq"},         Column{"logical_time", time, "a.logical_time"},
    Column{"kind", text, "a.kind"},          Column{"amount", decimal, "a.amount"},
    Column{"balance", decimal, "a.balance"}, Column{"trade_id", integer, "a.trade_id"},
    Column{"note", text, "a.note"},
};

constexpr std::array kEquityColumns{
    Column{"logical_time", time, "a.logical_time"},
    Column{"cash", decimal, "a.cash"},
    Column{"mtm", decimal, "a.mtm"},
    Column{"equity", decimal, "a.equity"},
};

constexpr std::array<std::string_view, 5> kPointsInputs{"user_id", "run_id", "since", "until", "points"};

// The audit trail. --------------------------------------------------------------------------------------

// Of an order that was refused by a rule the answer is a row; of a command that failed, {code, message}.
constexpr std::string_view kCommandFrom = "command_log a LEFT JOIN app_user u ON u.user_id = a.user_id";
constexpr std::array kCommandColumns{
    Column{"created_at", time, "a.created_at"},
    Column{"uid", integer, "a.uid"},
    Column{"user_name", text, "u.name"},
    Column{"method", text, "a.method"},
    Column{"run_id", integer, "a.run_id"},
    Column{"ok", boolean, "a.ok"},
    Column{"result", text,
           "CASE WHEN NOT a.ok THEN (a.result ->> 'code') || ': ' || (a.result ->> 'message')"
           " WHEN a.result ->> 'status' = 'REJECTED' THEN concat_ws(' ', 'REJECTED', a.result ->> 'reason')"
           " WHEN a.result ? 'order_id' THEN concat_ws(' ', 'order', a.result ->> 'order_id', a.result ->> 'status')"
           " WHEN a.result ? 'status' THEN a.result ->> 'status' END"},
    Column{"arguments", json, "a.arguments"},
    Column{"logical_time", time, "a.logical_time"},
    Column{"run_version", integer, "a.run_version"},
    Column{"request_id", text, "a.request_id"},
    Column{"user_id", integer, "a.user_id"},
};
constexpr std::array kCommandFilters{Filter{"user_id", "a.user_id = $"}, Filter{"method", "a.method = $"},
                                     Filter{"ok", "a.ok = $"}, Filter{"since", "a.created_at >= $"},
                                     Filter{"until", "a.created_at < $"}};

constexpr std::array kRunStatusColumns{
    Column{"status", text, "r.status"},
    Column{"stop_reason", text, "r.stop_reason"},
    Column{"last_logical_time", time, "s.last_logical_time"},
};
constexpr std::string_view kRunStatusFrom =
    "strategy_run r LEFT JOIN engine_state s ON s.user_id = r.user_id AND s.run_id = r.run_id";

// The order is the enums'. -----------------------------------------------------------------------------

constexpr std::string_view kBarFrom =
    "strategy_run r JOIN engine_state s ON s.user_id = r.user_id AND s.run_id = r.run_id"
    " JOIN market_instrument i ON i.feed_id = r.feed_id"
    " JOIN market_bar a ON a.feed_id = r.feed_id AND a.instrument_id = i.instrument_id"
    " AND a.logical_time >= r.start_time AND a.logical_time <= s.last_logical_time";
constexpr std::array kBarColumns{
    Column{"logical_time", time, "a.logical_time"},
    Column{"symbol", text, "i.symbol"},
    Column{"open", decimal, "a.open"},
    Column{"high", decimal, "a.high"},
    Column{"low", decimal, "a.low"},
    Column{"close", decimal, "a.close"},
    Column{"volume", decimal, "a.volume"},
};
constexpr std::array kBarFilters{Filter{"user_id", "r.user_id = $", true}, Filter{"run_id", "r.run_id = $", true},
                                 Filter{"symbol", "i.symbol = $", true}, kSince, kUntil};

constexpr std::array kLists{
    ListQuery{ListName::users, kUserColumns, kUserFrom, {"name"}, {}},
    ListQuery{ListName::feeds, kFeedColumns, kFeedFrom, {"name"}, {}},
    ListQuery{ListName::runs, kRunColumns, kRunFrom, {"run_id"}, kRunFilters},
    ListQuery{ListName::orders, kOrderColumns, "paper_order a", {"order_id"}, kOrderFilters},
    ListQuery{ListName::trades, kTradeColumns, "paper_trade a", {"trade_id"}, kTradeFilters},
    ListQuery{ListName::positions, kPositionColumns, kPositionFrom, {"symbol"}, kPositionFilters},
    ListQuery{ListName::events, kEventColumns, "event_ledger a", {"seq"}, kEventFilters},
    ListQuery{ListName::cash, kCashColumns, "cash_ledger a", {"seq"}, kInTime},
    ListQuery{ListName::equity, kEquityColumns, "paper_equity_curve a", {"logical_time"}, kInTime},
    ListQuery{ListName::equity_points,
              kEquityColumns,
              "equity_curve_points($1::bigint, $2::bigint, $3::timestamptz, $4::timestamptz, $5::integer) a",
              {"logical_time"},
              {},
              kPointsInputs},
    ListQuery{ListName::order_changes, kOrderColumns, "paper_order a", {"updated_at", "order_id"}, kOrderChangeFilters},
    ListQuery{
        ListName::commands, kCommandColumns, kCommandFrom, {"created_at", "user_id", "request_id"}, kCommandFilters},
    ListQuery{ListName::bars, kBarColumns, kBarFrom, {"logical_time"}, kBarFilters},
    ListQuery{ListName::instruments, kInstrumentColumns, kInstrumentFrom, {"instrument_id"}, kInstrumentFilters},
    ListQuery{ListName::actions, kActionColumns, kActionFrom, {"action_id"}, kInstrumentFilters},
};

constexpr std::array kRows{
    RowQuery{RowName::user, kUserRowColumns, kUserFrom, kUserFilters},
    RowQuery{RowName::feed, kFeedRowColumns, kFeedFrom, kFeedFilters},
    RowQuery{RowName::run, kRunRowColumns, kRunRowFrom, kRunRowFilters},
    RowQuery{RowName::order, kOrderColumns, "paper_order a", kOrderRowFilters},
    RowQuery{RowName::run_status, kRunStatusColumns, kRunStatusFrom, kRunRowFilters},
};

}  // namespace

const ListQuery& list_query(ListName name) {
  const ListQuery& query = kLists.at(static_cast<std::size_t>(name));
  TD_ASSERT(query.name == name);
  return query;
}

const RowQuery& row_query(RowName name) {
  const RowQuery& query = kRows.at(static_cast<std::size_t>(name));
  TD_ASSERT(query.name == name);
  return query;
}

}  // namespace tradingd::store
