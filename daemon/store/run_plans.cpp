#include "daemon/store/run_plans.h"

#include "daemon/store/fields.h"
#include "daemon/store/market_loading.h"

namespace tradingd::store {

namespace {

constexpr const char* kPlans =
    "SELECT r.run_id, r.status, r.config, coalesce(s.strategy_state, '{}'), r.feed_id, f.last_logical_time,"
    " t.session_date, coalesce(t.utc_offset_s, 0)"
    " FROM strategy_run r LEFT JOIN engine_state s USING (user_id, run_id) LEFT JOIN market_feed f USING (feed_id)"
    " LEFT JOIN market_tick t ON (t.feed_id, t.logical_time) = (f.feed_id, f.last_logical_time)"
    " WHERE r.user_id = $1 AND CASE WHEN $2::bigint IS NULL THEN r.status = 'RUNNING' ELSE r.run_id = $2 END";
constexpr const char* kEvents =
    "SELECT type, logical_time, payload FROM event_ledger WHERE user_id = $1 AND run_id = $2"
    " AND type IN ('SIP_EXECUTED', 'SIP_SKIPPED', 'REBALANCED', 'REBALANCE_SKIPPED') ORDER BY seq";

}  // namespace

engine::StrategyState read_strategy_state(const std::string& json, engine::TradingState trading_state) {
  engine::Fields fields;
  const nlohmann::json document = nlohmann::json::parse(json);  // `items()` refers to it
  for (const auto& [name, value] : document.items()) {
    if (!value.is_string()) throw UnreadableField("its strategy_state has " + name + ", which is no text");
    fields.emplace_back(name, value.get<std::string>());
  }
  auto strategy = engine::load_strategy(fields, trading_state);
  if (!strategy.ok()) throw UnreadableField(strategy.error().message);
  return *strategy;
}

std::optional<RunPlans> load_run_plans(Connection& connection, UserId user, std::optional<RunId> run) {
  const Rows rows = connection.exec(kPlans, {std::to_string(user.value), run ? std::optional(std::to_string(run->value))
                                                                             : std::optional<std::string>()});
  if (rows.empty()) return std::nullopt;
  Fields row(rows, 0);
  RunPlans plans;
  plans.key = {user, RunId{row.integer()}};
  plans.status = row.text();
  plans.config = row.text();
  plans.state = read_strategy_state(row.text());
  if (row.is_null()) return plans;
  const FeedId feed{row.integer()};
  plans.feed_time = row.optional_time().value_or(kTimeMin);
  plans.session_date = row.optional_date();
  plans.utc_offset_s = static_cast<std::int32_t>(row.integer());
  plans.sessions = load_sessions(connection, feed, plans.feed_time);
  return plans;
}

std::vector<PlanEvent> load_plan_events(Connection& connection, RunKey key) {
  const Rows rows = connection.exec(kEvents, {std::to_string(key.user.value), std::to_string(key.run.value)});
  std::vector<PlanEvent> events;
  events.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    Fields fields(rows, row);
    PlanEvent event;
    event.type = fields.text();
    event.time = fields.time();
    event.payload = nlohmann::json::parse(fields.text());
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace tradingd::store
