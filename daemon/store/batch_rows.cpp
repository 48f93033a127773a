#include "daemon/store/batch_rows.h"

#include <algorithm>
#include <set>

#include "daemon/engine/market.h"

namespace tradingd::store {

namespace {

void begin(RowArray& rows, RunKey key) {
  rows.begin_row();
  rows.integer(key.user.value);
  rows.integer(key.run.value);
}

/// Points to the last of each id in `all`, in order of id.
template <typename Item, typename Key>
void take_last(const std::vector<Item>& all, std::vector<const Item*>& last, Key key) {
  last.clear();
  for (const Item& item : all) last.push_back(&item);
  std::stable_sort(last.begin(), last.end(), [&](const Item* a, const Item* b) { return key(*a) < key(*b); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (i + 1 == last.size() || key(*last[i]) != key(*last[i + 1])) last[kept++] = last[i];
  }
  last.resize(kept);
}

const std::string& symbol_of(const engine::RunWrites& writes, InstrumentId instrument) {
  TD_ASSERT(writes.market != nullptr);
  return writes.market->instrument(instrument).symbol;
}

}  // namespace

std::string shards_text(std::span<const engine::RunWrites> runs) {
  std::set<int> shards;
  for (const engine::RunWrites& writes : runs) shards.insert(engine::shard_of(writes.key.user));
  std::string text = "{";
  for (const int shard : shards) {
    if (text.size() > 1) text += ',';
    text += std::to_string(shard);
  }
  return text + '}';
}

Params BatchRows::encode(const engine::BatchKey& key, std::span<const engine::RunWrites> runs) {
  RowArray* const arrays[] = {&runs_, &headers_, &orders_, &trades_, &positions_,
                              &cash_, &marks_,   &equity_, &events_, &commands_};
  for (RowArray* array : arrays) array->clear();
  for (const engine::RunWrites& writes : runs) add(writes);

  Params params{std::to_string(key.epoch), std::to_string(key.number), shards_text(runs)};
  for (RowArray* array : arrays) params.emplace_back(array->finish());
  return params;
}

void BatchRows::add(const engine::RunWrites& writes) {
  TD_ASSERT(writes.state != nullptr);
  const engine::Effects& effects = writes.effects;
  add_run(writes);
  add_header(writes);
  take_last(effects.orders, last_orders_, [](const engine::Order& order) { return order.id; });
  for (const engine::Order* order : last_orders_) add_order(writes, *order);
  for (const engine::Trade& trade : effects.trades) add_trade(writes, trade);
  take_last(effects.positions, last_positions_, [](const engine::Position& position) { return position.instrument; });
  for (const engine::Position* position : last_positions_) add_position(writes, *position);
  for (const engine::CashMoved& moved : effects.cash) add_cash(writes, moved);
  for (const engine::Marked& mark : effects.marks) {
    begin(marks_, writes.key);
    marks_.time(mark.time);
    marks_.decimal(mark.market_value);
    marks_.decimal(mark.unrealized_pnl);
    marks_.end_row();
  }
  for (const engine::EquityPoint& point : effects.equity) {
    begin(equity_, writes.key);
    equity_.time(point.time);
    equity_.decimal(point.cash);
    equity_.decimal(point.mtm);
    equity_.decimal(point.equity);
    equity_.end_row();
  }
  for (const engine::Event& event : effects.events) add_event(writes, event);
  for (const engine::CommandRecord& command : writes.commands) add_command(writes, command);
}

void BatchRows::add_run(const engine::RunWrites& writes) {
  const engine::RunState& state = *writes.state;
  begin(runs_, writes.key);
  runs_.integer(writes.expected_version);
  runs_.integer(state.version);
  runs_.time(state.last_time);
  runs_.time(state.last_mark_time);
  runs_.time(state.feed_time);
  runs_.decimal(state.cash);
  runs_.decimal(state.reserved);
  runs_.word(to_text(state.trading_state));
  if (writes.strategy_changed || writes.expected_version == 0) {
    runs_.fields(save(state.strategy));
  } else {
    runs_.null();
  }
  runs_.integer(state.next_order);
  runs_.integer(state.next_trade);
  runs_.integer(state.next_cash_seq);
  runs_.integer(state.next_event_seq);
  runs_.digest(state.digest);
  runs_.digest(digest_of_state(state));
  runs_.end_row();
}

void BatchRows::add_header(const engine::RunWrites& writes) {
  const bool ended = !writes.state->running;
  const auto& events = writes.effects.events;
  const bool state_changed = std::any_of(events.begin(), events.end(), [](const engine::Event& event) {
    return event.type == engine::EventType::trading_state_changed;
  });
  if (!ended && !state_changed) return;
  begin(headers_, writes.key);
  state_changed ? headers_.word(to_text(writes.state->trading_state)) : headers_.null();
  if (ended) {
    headers_.word("STOPPED");
    headers_.text(writes.end_reason);
  } else {
    headers_.null();
    headers_.null();
  }
  headers_.end_row();
}

void BatchRows::add_order(const engine::RunWrites& writes, const engine::Order& order) {
  begin(orders_, writes.key);
  orders_.integer(order.id.value);
  order.client_order_id.empty() ? orders_.null() : orders_.text(order.client_order_id);
  if (order.symbol.empty()) {
    orders_.integer(order.instrument.value);
    orders_.text(symbol_of(writes, order.instrument));
  } else {
    orders_.null();
    orders_.text(order.symbol);
  }
  orders_.word(to_text(order.side));
  orders_.word(to_text(order.type));
  orders_.word(to_text(order.tif));
  orders_.word(to_text(order.source));
  orders_.word(to_text(order.status));
  order.reason == engine::Reason::none ? orders_.null() : orders_.word(code(order.reason));
  orders_.text(order.reason_detail);
  orders_.decimal(order.quantity);
  orders_.decimal(order.filled);
  orders_.decimal(order.limit_price);
  orders_.decimal(order.stop_price);
  orders_.decimal(order.reserved);
  order.session ? orders_.date(*order.session) : orders_.null();
  orders_.time(order.placed_at);
  orders_.time(order.updated_at);
  order.triggered_at ? orders_.time(*order.triggered_at) : orders_.null();
  orders_.decimal(order.trail_amount);
  orders_.decimal(order.trail_percent);
  order.expires_at ? orders_.time(*order.expires_at) : orders_.null();
  orders_.decimal(order.notional);
  orders_.decimal(order.take_profit);
  orders_.decimal(order.stop_loss);
  order.replaces.value == 0 ? orders_.null() : orders_.integer(order.replaces.value);
  order.group.value == 0 ? orders_.null() : orders_.integer(order.group.value);
  orders_.end_row();
}

void BatchRows::add_trade(const engine::RunWrites& writes, const engine::Trade& trade) {
  begin(trades_, writes.key);
  trades_.integer(trade.id.value);
  trades_.integer(trade.order.value);
  trades_.time(trade.time);
  trades_.integer(trade.instrument.value);
  trades_.text(symbol_of(writes, trade.instrument));
  trades_.word(to_text(trade.side));
  trades_.decimal(trade.quantity);
  trades_.decimal(trade.price);
  trades_.decimal(trade.notional);
  trades_.decimal(trade.fee);
  trades_.decimal(trade.slippage);
  trades_.decimal(trade.realized_pnl);
  trades_.end_row();
}

void BatchRows::add_position(const engine::RunWrites& writes, const engine::Position& position) {
  begin(positions_, writes.key);
  positions_.text(symbol_of(writes, position.instrument));
  positions_.integer(position.instrument.value);
  positions_.decimal(position.quantity);
  positions_.decimal(position.cost);
  positions_.decimal(position.realized_pnl);
  positions_.end_row();
}

void BatchRows::add_cash(const engine::RunWrites& writes, const engine::CashMoved& moved) {
  begin(cash_, writes.key);
  cash_.integer(moved.seq);
  cash_.time(moved.time);
  cash_.word(to_text(moved.kind));
  cash_.decimal(moved.amount);
  cash_.decimal(moved.balance);
  moved.trade.value == 0 ? cash_.null() : cash_.integer(moved.trade.value);
  cash_.text(moved.note);
  cash_.end_row();
}

void BatchRows::add_event(const engine::RunWrites& writes, const engine::Event& event) {
  begin(events_, writes.key);
  events_.integer(event.seq);
  events_.time(event.time);
  events_.word(to_text(event.type));
  events_.text(event.key);
  events_.fields(event.payload);
  events_.end_row();
}

void BatchRows::add_command(const engine::RunWrites& writes, const engine::CommandRecord& command) {
  begin(commands_, writes.key);
  commands_.text(command.request_id);
  commands_.integer(command.uid);
  commands_.word(command.method);
  commands_.text(command.arguments);
  commands_.digest(digest_of(command.arguments));
  commands_.time(command.time);
  commands_.text(command.result);
  commands_.boolean(command.ok);
  commands_.integer(command.version);
  commands_.end_row();
}

}  // namespace tradingd::store
