#include "ctl/columns.h"

#include <algorithm>
#include <iterator>

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::string_view kOrder[] = {
    // Which one it is.
    "version", "state", "pid", "order_id", "trade_id", "seq", "client_order_id", "run_id", "user_name", "name",
    "user_id", "feed_id", "uid", "role", "kind",
    // What it is.
    "symbol", "side", "type", "quantity", "filled", "limit_price", "stop_price", "trail_amount", "trail_percent", "tif",
    "expires_at", "source", "status", "trading_state", "trading_state_cause", "trading_state_reason", "scope", "reason",
    "reason_detail", "stop_reason", "message", "strategy", "feed", "understood", "settings", "symbols",
    // How much.
    "initial_cash", "net_deposits", "amount", "balance", "cash", "reserved", "available", "market_value", "equity",
    "recent_equity", "profit", "return_on_deposits", "unrealized_pnl", "realized_pnl", "fees", "positions", "orders",
    "open_orders", "trades", "inputs", "ticks", "rows_accepted", "rows_duplicate", "rows_quarantined", "rows_rejected",
    "runs", "running_runs", "running_run_id", "accepted", "duplicates", "rejected", "uptime_s", "connections",
    "requests", "batches", "queued", "feeds_moving", "database",
    // When.
    "placed_at", "triggered_at", "updated_at", "origin_time", "start_time", "logical_time", "last_logical_time",
    "last_mark_time", "created_at", "started_at", "stopped_at",
    // How it was made.
    "limits", "config", "config_hash", "digest"};

std::ptrdiff_t rank(std::string_view key) { return std::find(std::begin(kOrder), std::end(kOrder), key) - kOrder; }

}  // namespace

std::vector<std::string_view> ordered_keys(const json& map) {
  std::vector<std::string_view> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map.items()) keys.push_back(key);
  std::stable_sort(keys.begin(), keys.end(), [&](std::string_view a, std::string_view b) { return rank(a) < rank(b); });
  return keys;
}

nlohmann::ordered_json ordered(const json& value) {
  if (value.is_object()) {
    nlohmann::ordered_json map = nlohmann::ordered_json::object();
    for (const std::string_view key : ordered_keys(value)) map[std::string(key)] = ordered(value.at(key));
    return map;
  }
  if (value.is_array()) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const json& element : value) array.push_back(ordered(element));
    return array;
  }
  return value;
}

}  // namespace tradingd::ctl
