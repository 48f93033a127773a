#include "daemon/store/standing.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/engine/limit_table.h"
#include "daemon/store/fields.h"

namespace tradingd::store {

namespace {

using nlohmann::json;

constexpr Statement kStates{"standing_states",
                            "SELECT user_id, run_id, trading_state, reason, uid, revision FROM trading_control"
                            " WHERE revision > $1 ORDER BY revision"};
constexpr Statement kCeilings{"standing_ceilings",
                              "SELECT user_id, limits, limits_revision FROM app_user WHERE limits_revision > $1"
                              " ORDER BY limits_revision"};
constexpr Statement kRevision{"standing_revision", "SELECT revision FROM standing_revision"};
constexpr Statement kSet{"standing_set", "SELECT set_trading_control($1, $2, $3, $4, $5)"};
constexpr Statement kRunControls{"standing_run_controls",
                                 "SELECT run_id FROM trading_control WHERE user_id = $1 AND run_id > 0"
                                 " AND trading_state <> 'ACTIVE'"};
constexpr Statement kLimits{"standing_limits", "SELECT limits FROM app_user WHERE user_id = $1 FOR NO KEY UPDATE"};
constexpr Statement kSetLimits{"standing_set_limits",
                               "UPDATE app_user SET limits = $2::jsonb, limits_revision = next_standing_revision()"
                               " WHERE user_id = $1"};

std::string text(std::int64_t number) { return std::to_string(number); }

engine::StandingOrder ceiling_at(const Rows& rows, int row) {
  engine::StandingOrder order;
  order.user = UserId{rows.integer(row, 0)};
  order.revision = rows.integer(row, 2);
  Result<engine::Limits> limits = limits_from_json(rows.text(row, 1));
  if (limits) {
    order.ceiling = engine::Ceiling{std::make_shared<const engine::Limits>(std::move(limits).value())};
  } else {
    order.state = engine::TradingState::halted;
    order.ceiling.emplace();
    order.cause = "the user's limits can't be read: " + limits.error().message;
  }
  return order;
}

}  // namespace

engine::StandingOrders load_standing_orders(Connection& connection, std::int64_t after) {
  // All three must see the same moment.
  Transaction transaction(connection, Transaction::Kind::snapshot);
  engine::StandingOrders standing;
  standing.revision = connection.exec(kRevision, {}).integer(0, 0);
  if (standing.revision <= after) {
    return standing;
  }
  const Rows states = connection.exec(kStates, {text(after)});
  for (int row = 0; row < states.size(); ++row) {
    Fields fields(states, row);
    engine::StandingOrder order;
    order.user = UserId{fields.integer()};
    order.run = RunId{fields.integer()};
    order.state = fields.word(engine::trading_state_from_text);
    order.cause = fields.text();
    order.uid = fields.integer();
    order.revision = fields.integer();
    standing.orders.push_back(std::move(order));
  }
  const Rows ceilings = connection.exec(kCeilings, {text(after)});
  for (int row = 0; row < ceilings.size(); ++row) {
    standing.orders.push_back(ceiling_at(ceilings, row));
  }
  transaction.commit();
  std::stable_sort(
      standing.orders.begin(), standing.orders.end(),
      [](const engine::StandingOrder& a, const engine::StandingOrder& b) { return a.revision < b.revision; });
  return standing;
}

std::int64_t set_trading_control(Connection& connection, UserId user, RunId run, engine::TradingState state,
                                 std::string_view reason, std::int64_t uid) {
  return connection
      .exec(kSet, {text(user.value), text(run.value), std::string(to_text(state)), std::string(reason), text(uid)})
      .integer(0, 0);
}

std::int64_t lift_run_controls(Connection& connection, UserId user, std::string_view reason, std::int64_t uid) {
  const Rows rows = connection.exec(kRunControls, {text(user.value)});
  for (int row = 0; row < rows.size(); ++row) {
    static_cast<void>(
        set_trading_control(connection, user, RunId{rows.integer(row, 0)}, engine::TradingState::active, reason, uid));
  }
  return rows.size();
}

Result<std::optional<engine::Limits>> change_limits(
    Connection& connection, UserId user, const std::function<Result<engine::Limits>(const engine::Limits&)>& change) {
  const Rows rows = connection.exec(kLimits, {text(user.value)});
  if (rows.empty()) {
    return std::optional<engine::Limits>();
  }
  // What can't be read is replaced: that is how it is mended.
  const Result<engine::Limits> now = limits_from_json(rows.text(0, 0));
  Result<engine::Limits> changed = change(now ? *now : engine::Limits{});
  if (!changed) {
    return changed.error();
  }
  connection.exec(kSetLimits, {text(user.value), limits_to_json(*changed)});
  return std::optional(std::move(changed).value());
}

std::string limits_to_json(const engine::Limits& limits) {
  json object = json::object();
  std::string words = engine::to_text(limits);
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    const std::size_t sign = words.find('=', begin);
    const std::string name = words.substr(begin, sign - begin);
    std::string value = words.substr(sign + 1, end - sign - 1);
    if (name.ends_with("_symbols")) {
      object[name].push_back(std::move(value));
    } else {
      object[name] = std::move(value);
    }
    begin = end + 1;
  }
  return object.dump();
}

Result<engine::Limits> limits_from_json(std::string_view text_of_object) {
  const json object = json::parse(text_of_object, nullptr, false);
  if (!object.is_object()) {
    return Error{"it is no JSON object"};
  }
  std::string words;
  const auto add = [&](const std::string& name, const json& value) {
    words += name + "=" + (value.is_string() ? value.get<std::string>() : value.dump()) + " ";
  };
  for (const auto& [name, value] : object.items()) {
    if (!value.is_array()) {
      add(name, value);
      continue;
    }
    for (const json& one : value) {
      add(name, one);
    }
  }
  return engine::limits_from_text(words);
}

}  // namespace tradingd::store
