#include "daemon/sequencer/rows.h"

#include <array>
#include <string_view>
#include <utility>

namespace tradingd::sequencer {

namespace {

using nlohmann::json;

template <typename D>
json decimal_or_null(const std::optional<D>& value) {
  return value ? json(to_string(*value)) : json(nullptr);
}

json time_or_null(const std::optional<Time>& time) { return time ? json(format_time(*time)) : json(nullptr); }

json id_or_null(OrderId id) { return id.value == 0 ? json(nullptr) : json(id.value); }

json text_or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

constexpr std::array kFailures{
    std::pair{FailureKind::not_found, std::string_view("NOT_FOUND")},
    std::pair{FailureKind::conflict, std::string_view("CONFLICT")},
    std::pair{FailureKind::refused, std::string_view("REFUSED")},
    std::pair{FailureKind::busy, std::string_view("BUSY")},
    std::pair{FailureKind::unavailable, std::string_view("UNAVAILABLE")},
    std::pair{FailureKind::internal, std::string_view("INTERNAL")},
};

}  // namespace

json order_row(const engine::Order& order, const engine::Market& market) {
  return {
      {"order_id", order.id.value},
      {"client_order_id", text_or_null(order.client_order_id)},
      {"symbol", order.symbol.empty() ? market.instrument(order.instrument).symbol : order.symbol},
      {"side", to_text(order.side)},
      {"type", to_text(order.type)},
      {"tif", to_text(order.tif)},
      {"source", to_text(order.source)},
      {"status", to_text(order.status)},
      {"reason", order.reason == engine::Reason::none ? json(nullptr) : json(engine::code(order.reason))},
      {"reason_detail", order.reason_detail},
      {"quantity", to_string(order.quantity)},
      {"filled", to_string(order.filled)},
      {"limit_price", decimal_or_null(order.limit_price)},
      {"stop_price", decimal_or_null(order.stop_price)},
      {"trail_amount", decimal_or_null(order.trail_amount)},
      {"trail_percent", decimal_or_null(order.trail_percent)},
      {"expires_at", time_or_null(order.expires_at)},
      {"notional", decimal_or_null(order.notional)},
      {"take_profit", decimal_or_null(order.take_profit)},
      {"stop_loss", decimal_or_null(order.stop_loss)},
      {"replaces_order_id", id_or_null(order.replaces)},
      {"group_id", id_or_null(order.group)},
      {"placed_at", format_time(order.placed_at)},
      {"updated_at", format_time(order.updated_at)},
      {"triggered_at", time_or_null(order.triggered_at)},
  };
}

json cash_row(const engine::CashMoved& moved) {
  return {
      {"seq", moved.seq},
      {"logical_time", format_time(moved.time)},
      {"kind", to_text(moved.kind)},
      {"amount", to_string(moved.amount)},
      {"balance", to_string(moved.balance)},
      {"note", moved.note},
  };
}

json run_row(const engine::RunState& state) {
  return {
      {"user_id", state.key.user.value},
      {"run_id", state.key.run.value},
      {"status", state.running ? "RUNNING" : "STOPPED"},
      {"trading_state", to_text(state.trading_state)},
      {"last_logical_time", format_time(state.last_time)},
      {"cash", to_string(state.cash)},
      {"reserved", to_string(state.reserved)},
      {"open_orders", state.open_orders.size()},
  };
}

json failure_document(FailureKind kind, const std::string& message) {
  return {{"code", kFailures.at(static_cast<std::size_t>(kind)).second}, {"message", message}};
}

CommandReply reply_from_log(const engine::StoredCommand& stored) {
  CommandReply reply;
  const json document = json::parse(stored.result);
  if (stored.ok) {
    reply.result = document;
    return reply;
  }
  reply.message = document.at("message").get<std::string>();
  const auto code = document.at("code").get<std::string>();
  reply.failure = FailureKind::internal;
  for (const auto& [kind, text] : kFailures) {
    if (text == code) {
      reply.failure = kind;
    }
  }
  return reply;
}

}  // namespace tradingd::sequencer
