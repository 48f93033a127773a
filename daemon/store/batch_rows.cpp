#include "daemon/store/batch_rows.h"

#include <algorithm>
#include <set>
#include <type_traits>

#include "daemon/engine/market.h"
#include "daemon/store/fields.h"

namespace tradingd::store {

namespace {

using enum ColumnType;

// The row types' columns, as in sql/migrations/0007_batch_rows.sql and what was added since.
constexpr std::array kRun{bigint,  bigint,  bigint, bigint,  timestamptz, timestamptz, timestamptz,
                          numeric, numeric, text,   jsonb,   bigint,      bigint,      bigint,
                          bigint,  bytea,   bytea,  numeric, numeric,     numeric};
constexpr std::array kHeader{integer, text, text, text};
constexpr std::array kOrder{integer, bigint,  text,        integer,     text,        text,    text,    text,
                            text,    text,    text,        text,        numeric,     numeric, numeric, numeric,
                            numeric, date,    timestamptz, timestamptz, timestamptz, numeric, numeric, timestamptz,
                            numeric, numeric, numeric,     bigint,      bigint};
constexpr std::array kTrade{integer, bigint,  bigint,  timestamptz, integer, text,    text,
                            numeric, numeric, numeric, numeric,     numeric, numeric, jsonb};
constexpr std::array kPosition{integer, text, integer, numeric, numeric, numeric, jsonb, timestamptz, numeric};
constexpr std::array kCash{integer, bigint, timestamptz, text, numeric, numeric, bigint, text};
constexpr std::array kMark{integer, timestamptz, numeric, numeric};
constexpr std::array kEquity{integer, timestamptz, numeric, numeric, numeric};
constexpr std::array kEvent{integer, bigint, timestamptz, text, text, jsonb};
constexpr std::array kCommand{integer, text, bigint, text, jsonb, bytea, timestamptz, jsonb, boolean, bigint};

constexpr const char* kTypes =
    "SELECT 'tradingd.run_change'::regtype::oid, 'tradingd.run_header_change'::regtype::oid,"
    " 'tradingd.order_change'::regtype::oid, 'tradingd.trade_change'::regtype::oid,"
    " 'tradingd.position_change'::regtype::oid, 'tradingd.cash_change'::regtype::oid,"
    " 'tradingd.mark_change'::regtype::oid, 'tradingd.equity_change'::regtype::oid,"
    " 'tradingd.event_change'::regtype::oid, 'tradingd.command_change'::regtype::oid";

#define TD_BATCH_PARAMETERS                                                                                  \
  "($1::bigint, $2::bigint, $3::int[], $4::run_change[], $5::boolean, $6::int[], $7::run_header_change[],"   \
  " $8::order_change[], $9::trade_change[], $10::position_change[], $11::cash_change[], $12::mark_change[]," \
  " $13::equity_change[], $14::event_change[], $15::command_change[])"
constexpr Statement kApplyFast{"apply_fast", "SELECT * FROM apply_batch_fast" TD_BATCH_PARAMETERS};
constexpr Statement kApplyChecked{"apply_checked", "SELECT * FROM apply_batch" TD_BATCH_PARAMETERS};
#undef TD_BATCH_PARAMETERS

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

std::string lots_json(const std::vector<engine::Lot>& lots) {
  std::string json = "[";
  for (const engine::Lot& lot : lots) {
    json += json.size() > 1 ? "," : "";
    json += R"({"trade_id":)" + std::to_string(lot.trade.value) + R"(,"opened_at":")" + format_time(lot.opened_at) +
            R"(","quantity":")" + to_string(lot.quantity) + R"(","cost":")" + to_string(lot.cost) + R"("})";
  }
  return json + "]";
}

/// Each once, ascending.
std::vector<std::int32_t> shards_of(std::span<const engine::RunWrites> runs) {
  std::array<bool, engine::kShardCount> used{};
  for (const engine::RunWrites& writes : runs) used[static_cast<std::size_t>(engine::shard_of(writes.key.user))] = true;
  std::vector<std::int32_t> shards;
  shards.reserve(used.size());
  for (std::size_t shard = 0; shard < used.size(); ++shard) {
    if (used[shard]) shards.push_back(static_cast<std::int32_t>(shard));
  }
  return shards;
}

/// Whether the last mark and equity row can go within the run's row, from which the ledger makes both.
bool has_mark_within(const engine::RunWrites& writes) {
  const engine::Effects& effects = writes.effects;
  if (effects.marks.empty() || effects.equity.empty()) return false;
  const engine::Marked& mark = effects.marks.back();
  const engine::EquityPoint& point = effects.equity.back();
  return mark.time == writes.state->last_mark_time && point.time == mark.time && point.mtm == mark.market_value &&
         point.equity == point.cash + point.mtm;
}

}  // namespace

BatchTypes load_batch_types(Connection& connection) {
  const Rows rows = connection.exec(kTypes);
  BatchTypes types{};
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = static_cast<Oid>(rows.integer(0, static_cast<int>(i)));
  return types;
}

const Statement& apply_statement(bool fast) { return fast ? kApplyFast : kApplyChecked; }

std::string shards_text(std::span<const engine::RunWrites> runs) {
  const std::vector<std::int32_t> shards = shards_of(runs);
  std::string text = "{";
  for (const std::int32_t shard : shards) {
    if (text.size() > 1) text += ',';
    text += std::to_string(shard);
  }
  return text + '}';
}

BatchRows::BatchRows()
    : arrays_{RowArray(kRun),  RowArray(kHeader), RowArray(kOrder),  RowArray(kTrade), RowArray(kPosition),
              RowArray(kCash), RowArray(kMark),   RowArray(kEquity), RowArray(kEvent), RowArray(kCommand)} {}

void BatchRows::clear() {
  for (RowArray& array : arrays_) array.clear();
  place_ = 0;
  marked_ = false;
}

BinaryParams BatchRows::encode(const BatchTypes& types, const engine::BatchKey& key,
                               std::span<const engine::RunWrites> runs, std::span<const std::int32_t> reported) {
  clear();
  for (const engine::RunWrites& writes : runs) add(writes, Marks::within_run);
  auto& [epoch, number, shards, marked, places] = scalars_;
  encode_bigint(epoch, key.epoch);
  encode_bigint(number, key.number);
  encode_integers(shards, shards_of(runs));
  encode_boolean(marked, marked_);
  encode_integers(places, reported);
  BinaryParams params{epoch, number, shards, arrays_.front().finish(types.front()), marked, places};
  for (std::size_t i = 1; i < arrays_.size(); ++i) params.push_back(arrays_[i].finish(types[i]));
  return params;
}

BinaryParams BatchRows::encode_for_comparison(const BatchTypes& types, const engine::RunWrites& writes,
                                              bool with_state) {
  clear();
  add(writes, Marks::apart);
  if (!with_state) rows_of(BatchArray::runs).clear();
  encode_bigint(scalars_[0], writes.key.user.value);
  encode_bigint(scalars_[1], writes.key.run.value);
  BinaryParams params{scalars_[0], scalars_[1]};
  for (const BatchArray array :
       {BatchArray::runs, BatchArray::orders, BatchArray::trades, BatchArray::positions, BatchArray::cash_rows,
        BatchArray::marks, BatchArray::equity_rows, BatchArray::events}) {
    params.push_back(rows_of(array).finish(types[static_cast<std::size_t>(array)]));
  }
  return params;
}

RowArray& BatchRows::begin_row(BatchArray array) {
  RowArray& rows = rows_of(array);
  rows.begin_row();
  rows.integer(place_);
  return rows;
}

void BatchRows::add(const engine::RunWrites& writes, Marks marks) {
  TD_ASSERT(writes.state != nullptr);
  const engine::Effects& effects = writes.effects;
  const bool last_mark_within = marks == Marks::within_run && has_mark_within(writes);
  ++place_;
  marked_ = marked_ || last_mark_within;
  add_run(writes, last_mark_within);
  add_header(writes);
  take_last(effects.orders, last_orders_, [](const engine::Order& order) { return order.id; });
  for (const engine::Order* order : last_orders_) add_order(writes, *order);
  for (const engine::Trade& trade : effects.trades) add_trade(writes, trade);
  take_last(effects.positions, last_positions_, [](const engine::Position& position) { return position.instrument; });
  for (const engine::Position* position : last_positions_) add_position(writes, *position);
  for (const engine::CashMoved& moved : effects.cash) add_cash(moved);
  add_marks(effects, !last_mark_within);
  for (const engine::Event& event : effects.events) add_event(event);
  for (const engine::CommandRecord& command : writes.commands) add_command(command);
}

void BatchRows::add_marks(const engine::Effects& effects, bool last_is_apart) {
  const std::size_t within = last_is_apart ? 0 : 1;
  for (std::size_t i = 0; i + within < effects.marks.size(); ++i) {
    const engine::Marked& mark = effects.marks[i];
    RowArray& rows = begin_row(BatchArray::marks);
    rows.time(mark.time);
    rows.decimal(mark.market_value);
    rows.decimal(mark.unrealized_pnl);
    rows.end_row();
  }
  for (std::size_t i = 0; i + within < effects.equity.size(); ++i) {
    const engine::EquityPoint& point = effects.equity[i];
    RowArray& rows = begin_row(BatchArray::equity_rows);
    rows.time(point.time);
    rows.decimal(point.cash);
    rows.decimal(point.mtm);
    rows.decimal(point.equity);
    rows.end_row();
  }
}

void BatchRows::add_run(const engine::RunWrites& writes, bool last_mark_within) {
  const engine::RunState& state = *writes.state;
  RowArray& rows = rows_of(BatchArray::runs);
  rows.begin_row();
  rows.integer(writes.key.user.value);
  rows.integer(writes.key.run.value);
  rows.integer(writes.expected_version);
  rows.integer(state.version);
  rows.time(state.last_time);
  rows.time(state.last_mark_time);
  rows.time(state.feed_time);
  rows.decimal(state.cash);
  rows.decimal(state.reserved);
  rows.text(to_text(state.trading_state));
  if (writes.strategy_changed || writes.expected_version == 0) {
    rows.fields(save(state.strategy));
  } else {
    rows.null();
  }
  rows.integer(state.next_order);
  rows.integer(state.next_trade);
  rows.integer(state.next_cash_seq);
  rows.integer(state.next_event_seq);
  rows.digest(state.digest);
  rows.digest(digest_of_state(state));
  if (last_mark_within) {
    rows.decimal(writes.effects.marks.back().market_value);
    rows.decimal(writes.effects.marks.back().unrealized_pnl);
    rows.decimal(writes.effects.equity.back().cash);
  } else {
    rows.null();
    rows.null();
    rows.null();
  }
  rows.end_row();
}

void BatchRows::add_header(const engine::RunWrites& writes) {
  const bool ended = !writes.state->running;
  const auto& events = writes.effects.events;
  const bool state_changed = std::any_of(events.begin(), events.end(), [](const engine::Event& event) {
    return event.type == engine::EventType::trading_state_changed;
  });
  if (!ended && !state_changed) return;
  RowArray& rows = begin_row(BatchArray::headers);
  state_changed ? rows.text(to_text(writes.state->trading_state)) : rows.null();
  if (ended) {
    rows.text("STOPPED");
    rows.text(writes.end_reason);
  } else {
    rows.null();
    rows.null();
  }
  rows.end_row();
}

void BatchRows::add_order(const engine::RunWrites& writes, const engine::Order& order) {
  RowArray& rows = begin_row(BatchArray::orders);
  rows.integer(order.id.value);
  order.client_order_id.empty() ? rows.null() : rows.text(order.client_order_id);
  if (order.symbol.empty()) {
    rows.integer(order.instrument.value);
    rows.text(symbol_of(writes, order.instrument));
  } else {
    rows.null();
    rows.text(order.symbol);
  }
  rows.text(to_text(order.side));
  rows.text(to_text(order.type));
  rows.text(to_text(order.tif));
  rows.text(to_text(order.source));
  rows.text(to_text(order.status));
  order.reason == engine::Reason::none ? rows.null() : rows.text(code(order.reason));
  rows.text(order.reason_detail);
  rows.decimal(order.quantity);
  rows.decimal(order.filled);
  rows.decimal(order.limit_price);
  rows.decimal(order.stop_price);
  rows.decimal(order.reserved);
  order.session ? rows.date(*order.session) : rows.null();
  rows.time(order.placed_at);
  rows.time(order.updated_at);
  order.triggered_at ? rows.time(*order.triggered_at) : rows.null();
  rows.decimal(order.trail_amount);
  rows.decimal(order.trail_percent);
  order.expires_at ? rows.time(*order.expires_at) : rows.null();
  rows.decimal(order.notional);
  rows.decimal(order.take_profit);
  rows.decimal(order.stop_loss);
  order.replaces.value == 0 ? rows.null() : rows.integer(order.replaces.value);
  order.group.value == 0 ? rows.null() : rows.integer(order.group.value);
  rows.end_row();
}

void BatchRows::add_trade(const engine::RunWrites& writes, const engine::Trade& trade) {
  RowArray& rows = begin_row(BatchArray::trades);
  rows.integer(trade.id.value);
  rows.integer(trade.order.value);
  rows.time(trade.time);
  rows.integer(trade.instrument.value);
  rows.text(symbol_of(writes, trade.instrument));
  rows.text(to_text(trade.side));
  rows.decimal(trade.quantity);
  rows.decimal(trade.price);
  rows.decimal(trade.notional);
  rows.decimal(trade.fee);
  rows.decimal(trade.slippage);
  rows.decimal(trade.realized_pnl);
  fee_parts_.clear();
  for (const engine::FeePart& part : trade.fee_parts) fee_parts_.emplace_back(part.name, to_string(part.amount));
  rows.fields(fee_parts_);
  rows.end_row();
}

void BatchRows::add_position(const engine::RunWrites& writes, const engine::Position& position) {
  RowArray& rows = begin_row(BatchArray::positions);
  rows.text(symbol_of(writes, position.instrument));
  rows.integer(position.instrument.value);
  rows.decimal(position.quantity);
  rows.decimal(position.cost);
  rows.decimal(position.realized_pnl);
  if (writes.state->config->cost_basis == engine::CostBasis::fifo) {
    rows.json(lots_json(position.lots));
  } else {
    rows.null();
  }
  if (position.bar_time == kTimeMin) {
    rows.null();
    rows.null();
  } else {
    rows.time(position.bar_time);
    rows.decimal(position.bar_traded);
  }
  rows.end_row();
}

void BatchRows::add_cash(const engine::CashMoved& moved) {
  RowArray& rows = begin_row(BatchArray::cash_rows);
  rows.integer(moved.seq);
  rows.time(moved.time);
  rows.text(to_text(moved.kind));
  rows.decimal(moved.amount);
  rows.decimal(moved.balance);
  moved.trade.value == 0 ? rows.null() : rows.integer(moved.trade.value);
  rows.text(moved.note);
  rows.end_row();
}

void BatchRows::add_event(const engine::Event& event) {
  RowArray& rows = begin_row(BatchArray::events);
  rows.integer(event.seq);
  rows.time(event.time);
  rows.text(to_text(event.type));
  rows.text(event.key);
  rows.fields(event.payload);
  rows.end_row();
}

void BatchRows::add_command(const engine::CommandRecord& command) {
  RowArray& rows = begin_row(BatchArray::commands);
  rows.text(command.request_id);
  rows.integer(command.uid);
  rows.text(command.method);
  rows.json(command.arguments);
  rows.digest(digest_of(command.arguments));
  rows.time(command.time);
  rows.json(command.result);
  rows.boolean(command.ok);
  rows.integer(command.version);
  rows.end_row();
}

}  // namespace tradingd::store
