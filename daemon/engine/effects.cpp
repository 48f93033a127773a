#include "daemon/engine/effects.h"

#include <array>
#include <span>

#include "daemon/engine/canonical.h"
#include "daemon/engine/texts.h"

namespace tradingd::engine {

namespace {

constexpr std::array<std::string_view, 7> kCashKinds{"initial", "deposit",  "withdrawal",  "trade",
                                                     "fee",     "dividend", "cash_in_lieu"};
constexpr std::array<std::string_view, 10> kEventTypes{
    "RUN_STARTED",       "RUN_STOPPED",           "SIP_EXECUTED",     "SIP_SKIPPED", "REBALANCED",
    "REBALANCE_SKIPPED", "TRADING_STATE_CHANGED", "CORPORATE_ACTION", "MARGIN_CALL", "LIMITS_CHANGED",
};

// Each record begins with its kind, so that no two sequences of records share their bytes.
enum class RecordKind : std::uint8_t { order = 1, trade, position, cash, mark, equity, event };

void add_record(CanonicalWriter& writer, const Order& order) {
  writer.add(RecordKind::order);
  add_order(writer, order);
}

void add_record(CanonicalWriter& writer, const Trade& trade) {
  writer.add(RecordKind::trade, trade.id, trade.order, trade.instrument, trade.side, trade.quantity, trade.price,
             trade.notional, trade.fee, trade.slippage, trade.realized_pnl, trade.time);
  if (trade.fee_parts.size() < 2) {  // one part is the fee; and parts came later: such a trade keeps its digest
    return;
  }
  writer.add(static_cast<std::int64_t>(trade.fee_parts.size()));
  for (const FeePart& part : trade.fee_parts) {
    writer.add(std::string_view(part.name), part.amount);
  }
}

void add_record(CanonicalWriter& writer, const Position& position) {
  writer.add(RecordKind::position);
  add_position(writer, position);
}

void add_record(CanonicalWriter& writer, const CashMoved& moved) {
  writer.add(RecordKind::cash, moved.seq, moved.time, moved.kind, moved.amount, moved.balance, moved.trade,
             std::string_view(moved.note));
}

void add_record(CanonicalWriter& writer, const Marked& marked) {
  writer.add(RecordKind::mark, marked.time, marked.market_value, marked.unrealized_pnl);
}

void add_record(CanonicalWriter& writer, const EquityPoint& point) {
  writer.add(RecordKind::equity, point.time, point.cash, point.mtm, point.equity);
}

void add_record(CanonicalWriter& writer, const Event& event) {
  writer.add(RecordKind::event, event.seq, event.time, event.type, std::string_view(event.key),
             static_cast<std::int64_t>(event.payload.size()));
  for (const auto& [name, value] : event.payload) {
    writer.add(std::string_view(name), std::string_view(value));
  }
}

template <typename Record>
void add_records(CanonicalWriter& writer, const std::vector<Record>& records, std::size_t from) {
  for (const Record& record : std::span(records).subspan(from)) {
    add_record(writer, record);
  }
}

}  // namespace

std::string_view to_text(CashKind kind) { return text_at(kCashKinds, kind); }
std::string_view to_text(EventType type) { return text_at(kEventTypes, type); }

void add_order(CanonicalWriter& writer, const Order& order) {
  writer.add(order.id, std::string_view(order.client_order_id), order.instrument, std::string_view(order.symbol),
             order.side, order.type, order.tif, order.source, order.status, digest_number(order.reason),
             std::string_view(order.reason_detail), order.quantity, order.filled, order.limit_price, order.stop_price,
             order.trail_amount, order.trail_percent, order.expires_at, order.notional, order.take_profit,
             order.stop_loss, order.replaces, order.group, order.reserved, order.session, order.placed_at,
             order.updated_at, order.triggered_at);
}

void add_position(CanonicalWriter& writer, const Position& position) {
  writer.add(position.instrument, position.quantity, position.cost, position.realized_pnl);
  // These came later: a position without them has the digest that it always had.
  if (position.bar_time != kTimeMin || !position.bar_traded.is_zero()) {
    writer.add(position.bar_time, position.bar_traded);
  }
  if (!position.lots.empty()) {
    writer.add(static_cast<std::int64_t>(position.lots.size()));
  }
  for (const Lot& lot : position.lots) {
    writer.add(lot.trade, lot.opened_at, lot.quantity, lot.cost);
  }
}

void Effects::clear() {
  orders.clear();
  trades.clear();
  positions.clear();
  cash.clear();
  marks.clear();
  equity.clear();
  events.clear();
}

EffectsPosition position_of(const Effects& effects) {
  return {effects.orders.size(), effects.trades.size(), effects.positions.size(), effects.cash.size(),
          effects.marks.size(),  effects.equity.size(), effects.events.size()};
}

void append_canonical(std::string& bytes, const Effects& effects, const EffectsPosition& from) {
  CanonicalWriter writer(bytes);
  add_records(writer, effects.orders, from.orders);
  add_records(writer, effects.trades, from.trades);
  add_records(writer, effects.positions, from.positions);
  add_records(writer, effects.cash, from.cash);
  add_records(writer, effects.marks, from.marks);
  add_records(writer, effects.equity, from.equity);
  add_records(writer, effects.events, from.events);
}

}  // namespace tradingd::engine
