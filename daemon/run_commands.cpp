#include "daemon/run_commands.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/base/decimal.h"
#include "daemon/sequencer/standing.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;

std::string text_of(const json& arguments, const char* name) { return arguments.value(name, std::string()); }

/// A decimal argument; the validation has seen to its form. What is beyond the range becomes the nearest
/// value that the engine refuses, so that the order is on record with its reason.
template <typename D>
D decimal_of(const json& arguments, const char* name, D max) {
  const auto text = arguments.at(name).get<std::string>();
  if (const std::optional<D> value = parse_decimal(text, max)) {
    return *value;
  }
  D beyond = max;
  ++beyond.units;
  return text.starts_with('-') ? -beyond : beyond;
}

template <typename D>
std::optional<D> optional_decimal(const json& arguments, const char* name, D max) {
  return arguments.contains(name) ? std::optional(decimal_of(arguments, name, max)) : std::nullopt;
}

constexpr Ratio kPercentMax{100 * kScale};

/// What the prices that were given make of it.
engine::OrderType order_type(const engine::PlaceOrder& order, const std::string& auction) {
  if (!auction.empty()) {
    return auction == "open" ? engine::OrderType::market_on_open : engine::OrderType::market_on_close;
  }
  if (order.trail_amount || order.trail_percent) {
    return engine::OrderType::trailing_stop;
  }
  if (order.stop_price) {
    return order.limit_price ? engine::OrderType::stop_limit : engine::OrderType::stop;
  }
  return order.limit_price ? engine::OrderType::limit : engine::OrderType::market;
}

engine::InputBody place_order(const json& arguments) {
  engine::PlaceOrder order;
  order.client_order_id = text_of(arguments, "client_order_id");
  order.symbol = text_of(arguments, "symbol");
  order.side = *engine::side_from_text(text_of(arguments, "side"));
  order.quantity = decimal_of(arguments, "quantity", kQuantityMax);
  order.limit_price = optional_decimal(arguments, "limit", kPriceMax);
  order.stop_price = optional_decimal(arguments, "stop", kPriceMax);
  order.trail_amount = optional_decimal(arguments, "trail_amount", kPriceMax);
  order.trail_percent = optional_decimal(arguments, "trail_percent", kPercentMax);
  order.notional = optional_decimal(arguments, "notional", kMoneyMax);
  order.take_profit = optional_decimal(arguments, "take_profit", kPriceMax);
  order.stop_loss = optional_decimal(arguments, "stop_loss", kPriceMax);
  order.type = order_type(order, text_of(arguments, "on"));
  if (arguments.contains("expires_at")) {
    order.expires_at = parse_time(text_of(arguments, "expires_at")).value();
  }
  order.tif = *engine::time_in_force_from_text(arguments.value("tif", order.expires_at ? "gtd" : "day"));
  order.oco = OrderId{arguments.value("oco", std::int64_t{0})};
  return order;
}

engine::InputBody replace_order(const json& arguments) {
  engine::ReplaceOrder replace;
  replace.which.order = OrderId{arguments.at("order_id").get<std::int64_t>()};
  replace.client_order_id = text_of(arguments, "client_order_id");
  replace.quantity = optional_decimal(arguments, "quantity", kQuantityMax);
  replace.limit_price = optional_decimal(arguments, "limit", kPriceMax);
  replace.stop_price = optional_decimal(arguments, "stop", kPriceMax);
  replace.trail_amount = optional_decimal(arguments, "trail_amount", kPriceMax);
  replace.trail_percent = optional_decimal(arguments, "trail_percent", kPercentMax);
  return replace;
}

engine::InputBody cancel_order(const json& arguments) {
  engine::CancelOrder cancel;
  if (arguments.contains("order_id")) {
    cancel.order = OrderId{arguments.at("order_id").get<std::int64_t>()};
  }
  cancel.client_order_id = text_of(arguments, "client_order_id");
  return cancel;
}

engine::InputBody deposit(const json& arguments) {
  return engine::Deposit{decimal_of(arguments, "amount", kMoneyMax), text_of(arguments, "note")};
}

engine::InputBody withdraw(const json& arguments) {
  return engine::Withdraw{decimal_of(arguments, "amount", kMoneyMax), text_of(arguments, "note")};
}

engine::InputBody halt(const json& arguments) {
  const bool reducing = arguments.value("reducing", false);
  return engine::SetTradingState{reducing ? engine::TradingState::reducing : engine::TradingState::halted,
                                 text_of(arguments, "reason")};
}

engine::InputBody resume(const json& arguments) {
  return engine::SetTradingState{engine::TradingState::active, text_of(arguments, "reason")};
}

engine::InputBody stop(const json& /*arguments*/) { return engine::Stop{"stopped by its user"}; }

struct RunCommandKind {
  std::string_view method;
  engine::InputBody (*body)(const json& arguments);
};

constexpr std::array kRunCommands{
    RunCommandKind{"order.place", place_order},
    RunCommandKind{"order.cancel", cancel_order},
    RunCommandKind{"order.replace", replace_order},
    RunCommandKind{"cash.deposit", deposit},
    RunCommandKind{"cash.withdraw", withdraw},
    RunCommandKind{"halt", halt},
    RunCommandKind{"resume", resume},
    RunCommandKind{"run.stop", stop},
    // As version 0.1.0 has recorded them.
    RunCommandKind{"trading.halt", halt},
    RunCommandKind{"trading.resume", resume},
};

const RunCommandKind* find(std::string_view method) {
  const auto* found = std::find_if(kRunCommands.begin(), kRunCommands.end(),
                                   [&](const RunCommandKind& kind) { return kind.method == method; });
  return found == kRunCommands.end() ? nullptr : found;
}

ErrorCode error_code(sequencer::FailureKind kind) {
  switch (kind) {
    case sequencer::FailureKind::not_found:
      return ErrorCode::not_found;
    case sequencer::FailureKind::conflict:
      return ErrorCode::conflict;
    case sequencer::FailureKind::refused:
      return ErrorCode::refused;
    case sequencer::FailureKind::busy:
      return ErrorCode::busy;
    case sequencer::FailureKind::unavailable:
      return ErrorCode::unavailable;
    case sequencer::FailureKind::internal:
      break;
  }
  return ErrorCode::internal;
}

}  // namespace

bool is_run_command(std::string_view method) { return find(method) != nullptr; }

std::optional<engine::InputBody> input_body(std::string_view method, const json& arguments) {
  const RunCommandKind* kind = find(method);
  return kind == nullptr ? sequencer::input_of_standing(method, arguments.dump())
                         : std::optional(kind->body(arguments));
}

sequencer::CommandHeader command_header(const admin::Request& request) {
  return {request.user ? request.user->id : UserId{}, request.uid, std::string(request.command->method),
          request.arguments.dump(), request.request_id};
}

engine::CommandRecord command_record(const admin::Request& request) {
  sequencer::CommandHeader header = command_header(request);
  engine::CommandRecord record;
  record.request_id = std::move(header.request_id);
  record.uid = header.uid;
  record.method = std::move(header.method);
  record.arguments = std::move(header.arguments);
  return record;
}

sequencer::CommandCallback forward(admin::ReplyFunction reply) {
  return [reply = std::move(reply)](sequencer::CommandReply answer) {
    if (answer.failure) {
      reply(failure(error_code(*answer.failure), std::move(answer.message)));
    } else {
      reply({std::move(answer.result), std::nullopt});
    }
  };
}

sequencer::RunCommand run_command(const admin::Request& request, admin::ReplyFunction reply) {
  sequencer::RunCommand command;
  command.header = command_header(request);
  if (request.arguments.contains("run")) {
    command.run = RunId{request.arguments.at("run").get<std::int64_t>()};
  }
  command.body = *input_body(request.command->method, request.arguments);
  command.reply = forward(std::move(reply));
  return command;
}

admin::Reply failure(ErrorCode code, std::string message) {
  admin::Reply reply;
  reply.failure = admin::Failure{code, std::move(message), json::object()};
  return reply;
}

}  // namespace tradingd
