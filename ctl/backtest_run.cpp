#include "ctl/backtest_run.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "daemon/base/assert.h"
#include "daemon/engine/step.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

/// Adds a step's effects to the figures.
class Tally {
 public:
  explicit Tally(BacktestResult& result) : result_(result) {}

  void add(const engine::Effects& effects) {
    for (const engine::Order& order : effects.orders) {
      result_.rejected += order.status == engine::OrderStatus::rejected ? 1 : 0;
    }
    result_.trades += static_cast<std::int64_t>(effects.trades.size());
    for (const engine::Trade& trade : effects.trades) {
      result_.fees = result_.fees + trade.fee;
    }
    for (const engine::CashMoved& moved : effects.cash) {
      const bool paid = moved.kind == engine::CashKind::initial || moved.kind == engine::CashKind::deposit ||
                        moved.kind == engine::CashKind::withdrawal;
      if (paid) {
        result_.deposits = result_.deposits + moved.amount;
        peak_ = peak_ + moved.amount;  // money paid in is no gain, and money taken out no fall
      }
    }
    for (const engine::EquityPoint& point : effects.equity) {
      result_.equity = point.equity;
      peak_ = std::max(peak_, point.equity);
      if (peak_.is_positive()) {
        const Money fall = peak_ - point.equity;
        result_.drawdown = std::max(result_.drawdown, static_cast<std::int64_t>(divide_half_even(
                                                          static_cast<Int128>(fall.units) * kScale, peak_.units)));
      }
    }
  }

 private:
  BacktestResult& result_;
  Money peak_;
};

template <typename Item>
void append(std::vector<Item>& all, std::vector<Item>& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void append(engine::Effects& all, engine::Effects& more) {
  append(all.orders, more.orders);
  append(all.trades, more.trades);
  append(all.positions, more.positions);
  append(all.cash, more.cash);
  append(all.marks, more.marks);
  append(all.equity, more.equity);
  append(all.events, more.events);
}

json text_or_null(std::string_view text) { return text.empty() ? json() : json(text); }
json time_or_null(const std::optional<Time>& time) { return time ? json(format_time(*time)) : json(); }
json id_or_null(std::int64_t id) { return id == 0 ? json() : json(id); }
template <typename D>
json decimal_or_null(const std::optional<D>& value) {
  return value ? json(to_string(*value)) : json();
}

json order_cells(const engine::Order& order, const engine::Market& market) {
  return {order.id.value,
          text_or_null(order.client_order_id),
          order.symbol.empty() ? market.instrument(order.instrument).symbol : order.symbol,
          to_text(order.side),
          to_text(order.type),
          to_text(order.tif),
          to_text(order.source),
          to_text(order.status),
          to_string(order.quantity),
          to_string(order.filled),
          decimal_or_null(order.limit_price),
          decimal_or_null(order.stop_price),
          to_string(order.reserved),
          order.reason == engine::Reason::none ? json() : json(engine::code(order.reason)),
          order.reason_detail,
          format_time(order.placed_at),
          format_time(order.updated_at),
          time_or_null(order.triggered_at),
          decimal_or_null(order.trail_amount),
          decimal_or_null(order.trail_percent),
          time_or_null(order.expires_at),
          decimal_or_null(order.notional),
          decimal_or_null(order.take_profit),
          decimal_or_null(order.stop_loss),
          id_or_null(order.replaces.value),
          id_or_null(order.group.value)};
}

LedgerTable orders_table(const BacktestResult& result) {
  LedgerTable table{"orders",
                    "order.list",
                    {"order_id",    "client_order_id", "symbol",       "side",         "type",
                     "tif",         "source",          "status",       "quantity",     "filled",
                     "limit_price", "stop_price",      "reserved",     "reason",       "reason_detail",
                     "placed_at",   "updated_at",      "triggered_at", "trail_amount", "trail_percent",
                     "expires_at",  "notional",        "take_profit",  "stop_loss",    "replaces_order_id",
                     "group_id"},
                    json::array()};
  std::map<OrderId, const engine::Order*> last;
  for (const engine::Order& order : result.effects.orders) last[order.id] = &order;
  for (const auto& [id, order] : last) table.rows.push_back(order_cells(*order, result.market));
  return table;
}

json fee_parts(const engine::Trade& trade) {
  json parts = json::object();
  for (const engine::FeePart& part : trade.fee_parts) parts[part.name] = to_string(part.amount);
  return parts;
}

LedgerTable trades_table(const BacktestResult& result) {
  LedgerTable table{"trades",
                    "trade.list",
                    {"trade_id", "order_id", "logical_time", "symbol", "side", "quantity", "price", "notional", "fee",
                     "slippage", "realized_pnl", "fee_parts"},
                    json::array()};
  for (const engine::Trade& trade : result.effects.trades) {
    table.rows.push_back(
        {trade.id.value, trade.order.value, format_time(trade.time), result.market.instrument(trade.instrument).symbol,
         to_text(trade.side), to_string(trade.quantity), to_string(trade.price), to_string(trade.notional),
         to_string(trade.fee), to_string(trade.slippage), to_string(trade.realized_pnl), fee_parts(trade)});
  }
  return table;
}

/// cost / quantity to 1e-8, halves away from zero: as the ledger's column is computed.
Money average_cost(const engine::Position& position) {
  const Int128 quantity = position.quantity.units;
  if (quantity == 0) return {};
  const Int128 cost = position.cost.units * Int128{kScale};
  const Int128 doubled = 2 * (cost < 0 ? -cost : cost) + (quantity < 0 ? -quantity : quantity);
  const Int128 size = doubled / (2 * (quantity < 0 ? -quantity : quantity));
  return {(cost < 0) == (quantity < 0) ? size : -size};
}

LedgerTable positions_table(const BacktestResult& result) {
  LedgerTable table{"positions",
                    "position.list",
                    {"symbol", "quantity", "average_cost", "cost", "last_price", "last_price_time", "market_value",
                     "unrealized_pnl", "realized_pnl"},
                    json::array()};
  std::map<std::string, const engine::Position*> by_symbol;
  for (const engine::Position& position : result.state.positions) {
    by_symbol[result.market.instrument(position.instrument).symbol] = &position;
  }
  for (const auto& [symbol, position] : by_symbol) {
    const engine::Market::Quote* quote = result.market.quote(position->instrument);
    std::optional<Money> value;
    if (quote != nullptr) value = quote->bar.close * position->quantity;
    table.rows.push_back({symbol, to_string(position->quantity), to_string(average_cost(*position)),
                          to_string(position->cost), quote == nullptr ? json() : json(to_string(quote->bar.close)),
                          quote == nullptr ? json() : json(format_time(quote->time)), decimal_or_null(value),
                          value ? json(to_string(*value - position->cost)) : json(),
                          to_string(position->realized_pnl)});
  }
  return table;
}

LedgerTable cash_table(const BacktestResult& result) {
  LedgerTable table{
      "cash", "cash.list", {"seq", "logical_time", "kind", "amount", "balance", "trade_id", "note"}, json::array()};
  for (const engine::CashMoved& moved : result.effects.cash) {
    table.rows.push_back({moved.seq, format_time(moved.time), to_text(moved.kind), to_string(moved.amount),
                          to_string(moved.balance), id_or_null(moved.trade.value), moved.note});
  }
  return table;
}

LedgerTable events_table(const BacktestResult& result) {
  LedgerTable table{"events", "event.list", {"seq", "logical_time", "type", "key", "payload"}, json::array()};
  for (const engine::Event& event : result.effects.events) {
    json payload = json::object();
    for (const auto& [name, value] : event.payload) payload[name] = value;
    table.rows.push_back({event.seq, format_time(event.time), to_text(event.type), event.key, std::move(payload)});
  }
  return table;
}

LedgerTable equity_table(const BacktestResult& result) {
  LedgerTable table{"equity", "equity.list", {"logical_time", "cash", "mtm", "equity"}, json::array()};
  for (const engine::EquityPoint& point : result.effects.equity) {
    table.rows.push_back(
        {format_time(point.time), to_string(point.cash), to_string(point.mtm), to_string(point.equity)});
  }
  return table;
}

}  // namespace

BacktestResult run_backtest(const FeedFile& feed, const config::StrategyDocument& strategy, Money initial_cash,
                            bool keep_effects) {
  BacktestResult result;
  result.state.config = std::make_shared<const engine::RunConfig>(strategy.config);
  Tally tally(result);
  engine::Effects effects;
  std::string scratch;
  const auto step = [&](const engine::Input& input) {
    const engine::StepStatus status = engine::step(result.state, input, effects).status;
    TD_ASSERT(status == engine::StepStatus::applied);
    advance_digest(result.state, effects, {}, scratch);
    tally.add(effects);
    if (keep_effects) append(result.effects, effects);
    effects.clear();
  };
  for (const engine::Instrument& instrument : feed.instruments) result.market.add_instrument(instrument);
  step({feed.origin, &result.market, engine::Start{initial_cash}});
  for (const FeedTick& one : feed.ticks) {
    for (const engine::Instrument& instrument : one.added) result.market.add_instrument(instrument);
    result.market.apply(one.tick);
    step({next_tick_time(result.state, one.tick), &result.market, engine::RunTick{&one.tick, true, true}});
  }
  for (const engine::Position& position : result.state.positions) {
    result.realized_pnl = result.realized_pnl + position.realized_pnl;  // of trades, and of fractions paid out
  }
  result.inputs = result.state.version;
  result.orders = result.state.next_order - 1;
  return result;
}

std::vector<LedgerTable> ledger_tables(const BacktestResult& result) {
  std::vector<LedgerTable> tables;
  for (auto* make : {orders_table, trades_table, positions_table, cash_table, events_table, equity_table}) {
    tables.push_back(make(result));
  }
  return tables;
}

}  // namespace tradingd::ctl
