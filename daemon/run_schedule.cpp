#include "daemon/run_schedule.h"

#include <algorithm>
#include <utility>

#include "daemon/config/strategy.h"
#include "daemon/engine/schedule.h"
#include "daemon/engine/strategy.h"
#include "daemon/pages.h"
#include "daemon/run_commands.h"
#include "daemon/store/fields.h"
#include "daemon/store/run_plans.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;

constexpr std::int64_t kNextDefault = 12;

/// A field of an event; null where it has none.
json field(const json& payload, const char* name) { return payload.value(name, json()); }

json past_row(const store::PlanEvent& event) {
  const bool sip = event.type.starts_with("SIP_");
  const bool skipped = event.type.ends_with("SKIPPED");
  const json& payload = event.payload;
  return {sip ? "sip" : "rebalance",
          field(payload, "k"),
          field(payload, "due"),
          field(payload, "due_time"),
          format_time(event.time),
          skipped ? "SKIPPED" : "EXECUTED",
          field(payload, "amount"),
          payload.contains("missed") ? json("missed, " + payload.value("catch_up", std::string()))
                                     : field(payload, "reason"),
          field(payload, "orders")};
}

/// What a plan's schedule has next.
class Upcoming {
 public:
  Upcoming(const store::RunPlans& plans, const engine::Schedule& schedule, engine::ScheduleState state,
           std::optional<Date> end)
      : plans_(plans), schedule_(schedule), state_(state), end_(end) {
    if (!state_.anchor && (plans.session_date || schedule.anchor)) {
      // It begins with the run's first open session, the next one at the earliest.
      begin_schedule(state_, schedule, plans.sessions.get(), plans.session_date.value_or(*schedule.anchor), end);
    }
    k_ = state_.next_k;
  }

  /// nullopt: nothing follows.
  std::optional<engine::Due> take() {
    while (state_.anchor && state_.next_due) {
      const engine::Due due = due_of(schedule_, plans_.sessions.get(), *state_.anchor, k_++);
      if (end_ && due.date > *end_) {
        break;
      }
      if (!due.dropped) {
        return due;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] Time time_of(const engine::Due& due) const {
    return due_time(schedule_, plans_.sessions.get(), due.session, plans_.utc_offset_s);
  }
  [[nodiscard]] Date anchor() const { return *state_.anchor; }

 private:
  const store::RunPlans& plans_;
  const engine::Schedule& schedule_;
  engine::ScheduleState state_;
  std::optional<Date> end_;
  std::int64_t k_ = 0;
};

void append_next(std::vector<std::pair<Time, json>>& rows, const store::RunPlans& plans, const std::string& plan,
                 Upcoming upcoming, std::int64_t count, const engine::SipPlan* sip) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::optional<engine::Due> due = upcoming.take();
    if (!due) {
      return;
    }
    const Time time = upcoming.time_of(*due);
    json amount;
    if (sip != nullptr && !sip->value_averaging) {
      amount = to_string(engine::installment_amount(*sip, upcoming.anchor(), due->date));
    }
    rows.emplace_back(time, json{plan, std::to_string(due->k), format_date(due->date), format_time(time), json(),
                                 time <= plans.feed_time ? "DUE" : "PLANNED", std::move(amount), json(), json()});
  }
}

std::vector<json> rows_of(const store::RunPlans& plans, const std::vector<store::PlanEvent>& events,
                          const engine::RunConfig& config, std::int64_t next) {
  std::vector<json> rows;
  rows.reserve(events.size());
  for (const store::PlanEvent& event : events) {
    rows.push_back(past_row(event));
  }
  if (plans.status != "RUNNING") {
    return rows;
  }
  std::vector<std::pair<Time, json>> coming;
  if (config.sip) {
    append_next(coming, plans, "sip", Upcoming(plans, config.sip->schedule, plans.state.sip, config.sip->end), next,
                &*config.sip);
  }
  if (config.rebalance && config.rebalance->schedule) {
    append_next(coming, plans, "rebalance",
                Upcoming(plans, *config.rebalance->schedule, plans.state.rebalance, std::nullopt), next, nullptr);
  }
  std::stable_sort(coming.begin(), coming.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < std::min(coming.size(), static_cast<std::size_t>(next)); ++i) {
    rows.push_back(std::move(coming[i].second));
  }
  return rows;
}

}  // namespace

admin::Reply answer_run_schedule(const store::ConnectionOptions& options, const admin::Request& request) {
  const json& arguments = request.arguments;
  const std::int64_t next = arguments.value("next", kNextDefault);
  constexpr std::int64_t kNextMax = 1000;
  if (next < 0 || next > kNextMax) {
    return failure(ErrorCode::invalid_argument, "next: write a number from 0 to " + std::to_string(kNextMax));
  }
  try {
    store::Connection connection(options);
    const std::optional<store::RunPlans> plans = load_run_plans(
        connection, request.user->id,
        arguments.contains("run") ? std::optional(RunId{arguments.at("run").get<std::int64_t>()}) : std::nullopt);
    if (!plans) {
      return failure(ErrorCode::not_found,
                     "there is no such run of " + request.user->name + ", or none is RUNNING; see: tradectl run list");
    }
    const Result<config::StrategyDocument> strategy = config::strategy_from_json(plans->config);
    if (!strategy) {
      return failure(ErrorCode::internal, "the run's configuration can't be read: " + strategy.error().message);
    }
    return page_of({"plan", "k", "due", "due_time", "executed_time", "status", "amount", "reason", "orders"},
                   rows_of(*plans, load_plan_events(connection, plans->key), strategy->config, next), arguments);
  } catch (const store::UnreadableField& error) {
    return failure(ErrorCode::internal, error.what());
  } catch (const store::DatabaseError& error) {
    return failure(ErrorCode::unavailable, std::string("the database can't be read: ") + error.what());
  }
}

}  // namespace tradingd
