#include "daemon/store/run_loading.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "daemon/store/fields.h"
#include "daemon/store/run_plans.h"

namespace tradingd::store {

namespace {

// Which runs: the tail of each query's WHERE.
constexpr const char* kOfShards = " r.status = 'RUNNING' AND (r.user_id & 63) = ANY ($1::int[])";
constexpr const char* kOfRun = " r.status = 'RUNNING' AND r.user_id = $1 AND r.run_id = $2";

constexpr const char* kRuns =
    "SELECT r.user_id, r.run_id, r.feed_id, r.config, r.start_time, s.version, s.last_logical_time, s.last_mark_time, "
    "s.feed_time,"
    " s.cash, s.reserved, s.trading_state, s.strategy_state, s.next_order, s.next_trade, s.next_cash_seq,"
    " s.next_event_seq, s.digest, s.state_digest"
    " FROM strategy_run r JOIN engine_state s USING (user_id, run_id) WHERE";
constexpr const char* kPositions =
    "SELECT p.user_id, p.run_id, p.instrument_id, p.quantity, p.cost, p.realized_pnl, p.lots, p.bar_time,"
    " coalesce(p.bar_traded, 0)"
    " FROM paper_position p JOIN strategy_run r USING (user_id, run_id) WHERE";
constexpr const char* kOrders =
    "SELECT o.user_id, o.run_id, o.order_id, o.client_order_id, o.instrument_id, o.symbol, o.side, o.type, o.tif,"
    " o.source, o.status, o.reason, o.reason_detail, o.quantity, o.filled, o.limit_price, o.stop_price, o.reserved,"
    " o.session_date, o.placed_at, o.updated_at, o.triggered_at, o.trail_amount, o.trail_percent, o.expires_at,"
    " o.notional, o.take_profit, o.stop_loss, coalesce(o.replaces_order_id, 0), coalesce(o.group_id, 0)"
    " FROM paper_order o JOIN strategy_run r USING (user_id, run_id) WHERE";
constexpr const char* kOpenOrders = " o.status IN ('PENDING', 'PARTIALLY_FILLED') AND";
// What a client order id was first used for: what was asked, not what splits, new symbols and groups have made of the
// row since. A command and the order that came of it share their logical time; a replacement's row says it all. What
// was rejected may have been asked for with figures beyond the range, and its row never changes.
constexpr const char* kClientOrders =
    "SELECT o.user_id, o.run_id, o.order_id, o.client_order_id, coalesce(c.arguments->>'symbol', o.symbol), o.side,"
    " o.type, o.tif, coalesce(a.quantity, o.quantity::text), coalesce(a.limit_price, o.limit_price::text),"
    " coalesce(a.stop_price, o.stop_price::text), coalesce(a.trail_amount, o.trail_amount::text), o.trail_percent,"
    " o.expires_at, o.notional, coalesce(a.take_profit, o.take_profit::text), coalesce(a.stop_loss, o.stop_loss::text),"
    " coalesce(c.arguments->>'oco', CASE WHEN c.request_id IS NULL AND o.replaces_order_id IS NULL"
    "  AND o.group_id <> o.order_id THEN o.group_id::text END, '0')"
    " FROM paper_order o JOIN strategy_run r USING (user_id, run_id)"
    " LEFT JOIN command_log c ON c.user_id = o.user_id AND c.run_id = o.run_id AND c.logical_time = o.placed_at"
    "  AND c.method = 'order.place'"
    " LEFT JOIN LATERAL (SELECT c.arguments->>'quantity' AS quantity, c.arguments->>'limit' AS limit_price,"
    "   c.arguments->>'stop' AS stop_price, c.arguments->>'trail_amount' AS trail_amount,"
    "   c.arguments->>'take_profit' AS take_profit, c.arguments->>'stop_loss' AS stop_loss"
    "  WHERE o.status <> 'REJECTED') a ON true"
    " WHERE o.client_order_id IS NOT NULL AND";
// All of the user's, whichever run they were for: a request id is unique per user.
constexpr const char* kRequests =
    "SELECT r.user_id, r.run_id, c.request_id FROM command_log c JOIN strategy_run r USING (user_id) WHERE";

class Loader {
 public:
  Loader(Connection& connection, const char* filter, Params params, const ConfigReader& read_config)
      : connection_(connection), filter_(filter), params_(std::move(params)), read_config_(read_config) {}

  engine::LoadedRuns load() {
    // All queries must see the same moment.
    Transaction transaction(connection_, Transaction::Kind::snapshot);
    load_states();
    for_each_row(std::string(kPositions) + filter_ + " ORDER BY user_id, run_id, instrument_id",
                 [](Entry& entry, Fields& row) { entry.run.state.positions.push_back(read_position(row)); });
    for_each_row(std::string(kOrders) + kOpenOrders + filter_ + " ORDER BY user_id, run_id, order_id",
                 [](Entry& entry, Fields& row) { entry.run.state.open_orders.push_back(read_order(row)); });
    for_each_row(std::string(kClientOrders) + filter_ + " ORDER BY user_id, run_id, order_id",
                 [](Entry& entry, Fields& row) {
                   const OrderId id{row.integer()};
                   const engine::PlaceOrder asked = read_request(row);
                   entry.run.state.client_orders[asked.client_order_id] = {id, engine::digest_of_fields(asked)};
                 });
    for_each_row(std::string(kRequests) + filter_ + " ORDER BY r.user_id, r.run_id",
                 [](Entry& entry, Fields& row) { entry.run.request_ids.push_back(row.text()); });
    transaction.commit();
    return finish();
  }

 private:
  struct Entry {
    engine::LoadedRun run;
    Digest stored_digest{};
    std::string trouble;      // why it can't be loaded
    bool unreadable = false;  // the trouble is this version's: another may read it
  };

  void load_states() {
    const Rows rows = connection_.exec(std::string(kRuns) + filter_ + " ORDER BY user_id, run_id", params_);
    entries_.resize(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      Entry& entry = entries_[static_cast<std::size_t>(row)];
      Fields fields(rows, row);
      entry.run.state.key = {UserId{fields.integer()}, RunId{fields.integer()}};
      index_[entry.run.state.key] = static_cast<std::size_t>(row);
      attempt(entry, [&] { read_state(fields, entry); });
    }
  }

  template <typename Read>
  void for_each_row(const std::string& sql, Read read) {
    if (entries_.empty()) return;
    const Rows rows = connection_.exec(sql, params_);
    for (int row = 0; row < rows.size(); ++row) {
      Fields fields(rows, row);
      const RunKey key{UserId{fields.integer()}, RunId{fields.integer()}};
      const auto found = index_.find(key);
      if (found == index_.end()) continue;  // a run without its engine_state, made by hand
      Entry& entry = entries_[found->second];
      attempt(entry, [&] { read(entry, fields); });
    }
  }

  /// What can't be read of one run is that run's trouble alone.
  template <typename Function>
  static void attempt(Entry& entry, Function function) {
    if (!entry.trouble.empty()) return;
    try {
      function();
    } catch (const UnreadableField& error) {
      entry.trouble = error.what();
      entry.unreadable = true;
    }
  }

  void read_state(Fields& row, Entry& entry) {
    engine::RunState& state = entry.run.state;
    entry.run.feed = FeedId{row.integer()};
    state.config = config_of(row.text());
    entry.run.start_time = row.time();
    state.version = row.integer();
    state.last_time = row.time();
    state.last_mark_time = row.time();
    state.feed_time = row.time();
    state.cash = row.decimal<Money>();
    state.reserved = row.decimal<Money>();
    state.trading_state = row.word(engine::trading_state_from_text);
    state.strategy = read_strategy_state(row.text(), state.trading_state);
    state.next_order = row.integer();
    state.next_trade = row.integer();
    state.next_cash_seq = row.integer();
    state.next_event_seq = row.integer();
    state.digest = row.digest();
    entry.stored_digest = row.digest();
  }

  /// Many runs share a configuration.
  std::shared_ptr<const engine::RunConfig> config_of(const std::string& json) {
    auto& config = configs_[json];
    if (!config) {
      auto read = read_config_(json);
      if (!read.ok()) throw UnreadableField("its configuration can't be read: " + read.error().message);
      config = *read;
    }
    return config;
  }

  static engine::Position read_position(Fields& row) {
    engine::Position position;
    position.instrument = InstrumentId{static_cast<std::int32_t>(row.integer())};
    position.quantity = row.decimal<Quantity>();
    position.cost = row.decimal<Money>();
    position.realized_pnl = row.decimal<Money>();
    if (row.is_null()) {
      row.skip();
    } else {
      position.lots = read_lots(row.text());
    }
    position.bar_time = row.optional_time().value_or(kTimeMin);
    position.bar_traded = row.decimal<Quantity>();
    return position;
  }

  static std::vector<engine::Lot> read_lots(const std::string& json) {
    std::vector<engine::Lot> lots;
    for (const auto& row : nlohmann::json::parse(json)) {
      const Result<Time> opened = parse_time(row.value("opened_at", ""));
      const std::optional<Quantity> quantity = parse_decimal(row.value("quantity", ""), kPositionMax);
      const std::optional<Int128> cost = parse_units(row.value("cost", ""));
      if (!opened || !quantity || !cost) throw UnreadableField("a position's lots have " + row.dump());
      lots.push_back({TradeId{row.value("trade_id", std::int64_t{0})}, *opened, *quantity, Money{*cost}});
    }
    return lots;
  }

  /// What an order has beside its limit and stop, and the request for it, too.
  template <typename Terms>
  static void read_terms(Fields& row, Terms& order) {
    order.trail_amount = row.optional_decimal<Price>();
    order.trail_percent = row.optional_decimal<Ratio>();
    order.expires_at = row.optional_time();
    order.notional = row.optional_decimal<Money>();
    order.take_profit = row.optional_decimal<Price>();
    order.stop_loss = row.optional_decimal<Price>();
  }

  static engine::PlaceOrder read_request(Fields& row) {
    engine::PlaceOrder order;
    order.client_order_id = row.text();
    order.symbol = row.text();
    order.side = row.word(engine::side_from_text);
    order.type = row.word(engine::order_type_from_text);
    order.tif = row.word(engine::time_in_force_from_text);
    order.quantity = row.decimal<Quantity>();
    order.limit_price = row.optional_decimal<Price>();
    order.stop_price = row.optional_decimal<Price>();
    read_terms(row, order);
    order.oco = OrderId{row.integer()};
    return order;
  }

  static engine::Order read_order(Fields& row) {
    engine::Order order;
    order.id = OrderId{row.integer()};
    order.client_order_id = row.text();
    const bool known_instrument = !row.is_null();
    if (known_instrument) {
      order.instrument = InstrumentId{static_cast<std::int32_t>(row.integer())};
    } else {
      row.skip();
    }
    std::string symbol = row.text();
    if (!known_instrument) order.symbol = std::move(symbol);
    order.side = row.word(engine::side_from_text);
    order.type = row.word(engine::order_type_from_text);
    order.tif = row.word(engine::time_in_force_from_text);
    order.source = row.word(engine::order_source_from_text);
    order.status = row.word(engine::order_status_from_text);
    if (row.is_null()) {
      row.skip();
    } else {
      order.reason = row.word(engine::reason_from_code);
    }
    order.reason_detail = row.text();
    order.quantity = row.decimal<Quantity>();
    order.filled = row.decimal<Quantity>();
    order.limit_price = row.optional_decimal<Price>();
    order.stop_price = row.optional_decimal<Price>();
    order.reserved = row.decimal<Money>();
    order.session = row.optional_date();
    order.placed_at = row.time();
    order.updated_at = row.time();
    order.triggered_at = row.optional_time();
    read_terms(row, order);
    order.replaces = OrderId{row.integer()};
    order.group = OrderId{row.integer()};
    return order;
  }

  engine::LoadedRuns finish() {
    engine::LoadedRuns loaded;
    for (Entry& entry : entries_) {
      if (entry.trouble.empty() && engine::digest_of_state(entry.run.state) != entry.stored_digest) {
        entry.trouble = "its rows differ from what the engine last wrote (state digest)";
      }
      if (entry.trouble.empty()) {
        loaded.runs.push_back(std::move(entry.run));
      } else {
        loaded.unloadable.push_back({entry.run.state.key, std::move(entry.trouble), entry.unreadable});
      }
    }
    return loaded;
  }

  Connection& connection_;
  const char* filter_;
  Params params_;
  const ConfigReader& read_config_;
  std::vector<Entry> entries_;
  std::unordered_map<RunKey, std::size_t> index_;
  std::unordered_map<std::string, std::shared_ptr<const engine::RunConfig>> configs_;
};

}  // namespace

engine::LoadedRuns load_runs_of_shards(Connection& connection, std::span<const int> shards,
                                       const ConfigReader& read_config) {
  return Loader(connection, kOfShards, {fmt::format("{{{}}}", fmt::join(shards, ","))}, read_config).load();
}

engine::LoadedRuns load_one_run(Connection& connection, RunKey run, const ConfigReader& read_config) {
  return Loader(connection, kOfRun, {std::to_string(run.user.value), std::to_string(run.run.value)}, read_config)
      .load();
}

}  // namespace tradingd::store
