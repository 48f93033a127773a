#include "daemon/control.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "daemon/engine/limit_table.h"
#include "daemon/reads.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using engine::TradingState;
using nlohmann::json;

TradingState wanted_state(const admin::Request& request) {
  if (request.command->method == "resume") {
    return TradingState::active;
  }
  return request.arguments.value("reducing", false) ? TradingState::reducing : TradingState::halted;
}

}  // namespace

bool is_beyond_run(const admin::Request& request) {
  return request.arguments.value("all", false) || (request.names_user && !request.arguments.contains("run"));
}

void Control::set_state(const admin::Request& request, const admin::ReplyFunction& reply) {
  const bool everybody = request.arguments.value("all", false);
  const UserId user = everybody || !request.user ? UserId{0} : request.user->id;
  const auto answer = catalog_.set_trading_state(
      user, RunId{0}, wanted_state(request), request.arguments.value("reason", std::string()), command_record(request));
  if (!answer) {
    reply(failure(answer.error()));
    return;
  }
  json row = json::parse(answer->result);
  row["user_name"] = everybody || !request.user ? json() : json(request.user->name);
  publish([reply, row = std::move(row)](bool obeyed) {
    reply(obeyed
              ? admin::Reply{row, std::nullopt}
              : failure(protocol::ErrorCode::unavailable,
                        "it is stored and holds; the daemon is stopping, and its runs take it up at the next start"));
  });
}

std::optional<admin::Reply> Control::lift(const admin::Request& request) {
  const auto lifted =
      catalog_.lift_run_controls(request.user->id, request.arguments.value("reason", std::string()), request.uid);
  if (!lifted) {
    return failure(lifted.error());
  }
  if (*lifted > 0) {
    publish([](bool) {});
  }
  return std::nullopt;
}

void Control::set_limits(const admin::Request& request, const admin::ReplyFunction& reply) {
  const auto text = request.arguments.at("limits").get<std::string>();
  const auto answer = catalog_.set_limits(
      request.arguments.at("name").get<std::string>(),
      [&](const engine::Limits& now) { return changed_limits(now, text); }, command_record(request));
  if (!answer) {
    reply(failure(answer.error()));
    return;
  }
  publish([reply, row = json::parse(answer->result)](bool) { reply({row, std::nullopt}); });
}

void Control::refresh() { publish({}); }

void Control::publish(std::function<void(bool)> done) {
  auto loaded = catalog_.load_standing_orders(revision_);
  if (!loaded) {
    spdlog::warn("who is halted and what the users' limits are can't be read: {}", loaded.error().message);
    if (done) {
      done(false);
    }
    return;
  }
  const auto standing = std::make_shared<const engine::StandingOrders>(std::move(loaded).value());
  revision_ = std::max(revision_, standing->revision);
  for (const engine::StandingOrder& order : standing->orders) {
    if (order.user.value == 0) {
      const std::lock_guard lock(mutex_);
      everybody_ = order;
    }
  }
  if (done || !standing->orders.empty()) {
    sequencer_.submit(
        standing, done ? std::move(done) : [](bool) {});
  }
}

engine::StandingOrder Control::everybody() const {
  const std::lock_guard lock(mutex_);
  return everybody_;
}

Result<engine::Limits> Control::changed_limits(const engine::Limits& now, const std::string& text) {
  if (text == "none") {
    return engine::Limits{};
  }
  constexpr std::string_view kNone = "=none";
  engine::Limits changed = now;
  std::string to_set;
  std::vector<std::string> named;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) {
      continue;
    }
    named.push_back(word.substr(0, word.find('=')));
    if (!word.ends_with(kNone)) {
      to_set += word + " ";
    }
  }
  const Result<engine::Limits> set = engine::limits_from_text(to_set);
  if (!set) {
    return set.error();
  }
  std::size_t known = 0;
  for_each_limit(changed, [&](std::string_view name, auto& value) {
    const auto times = std::count(named.begin(), named.end(), name);
    known += static_cast<std::size_t>(times);
    if (times > 0) {
      for_each_limit(*set, [&](std::string_view other, const auto& wanted) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::decay_t<decltype(wanted)>>) {
          if (other == name) {
            value = wanted;
          }
        }
      });
    }
  });
  if (named.empty() || known != named.size()) {
    return Error{
        "write limits as NAME=VALUE with blanks between, such as \"max_drawdown=0.2 max_open_orders=100\"; "
        "NAME=none lifts one, none lifts all"};
  }
  return changed;
}

}  // namespace tradingd
