#include "daemon/store/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/base/digest.h"
#include "daemon/store/market_loading.h"
#include "daemon/store/queries.h"
#include "daemon/store/standing.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

constexpr std::array<std::string_view, 3> kFeedKinds{"push", "csv", "synthetic"};
constexpr std::array<std::string_view, 4> kFeedStatuses{"ACTIVE", "PAUSED", "FINISHED", "ERROR"};

// A bar's volume isn't limited as an order's quantity is.
constexpr Quantity kVolumeMax{std::numeric_limits<std::int64_t>::max()};

/// What a server that has become a standby answers to a write.
constexpr std::string_view kReadOnly = "25006";

// Rows of one INSERT; keeps a statement's text within some megabytes.
constexpr std::size_t kBarsPerStatement = 20'000;

constexpr Statement kFindCommand{"catalog_find_command",
                                 "SELECT result, method = $3 AND arguments_hash = $4::bytea FROM command_log"
                                 " WHERE user_id = $1 AND request_id = $2"};
constexpr Statement kRecordCommand{"catalog_record_command",
                                   "INSERT INTO command_log (user_id, request_id, uid, method, arguments, "
                                   "arguments_hash, run_id, logical_time, result)"
                                   " VALUES ($1, $2, $3, $4, $5::jsonb, $6::bytea, $7, $8, $9::jsonb)"};
constexpr Statement kRecordRefusal{"catalog_record_refusal",
                                   "INSERT INTO command_log (user_id, request_id, uid, method, arguments,"
                                   " arguments_hash, result, ok)"
                                   " VALUES ($1, $2, $3, $4, $5::jsonb, $6::bytea, $7::jsonb, false)"
                                   " ON CONFLICT DO NOTHING"};
constexpr Statement kInsertUser{"catalog_insert_user", "INSERT INTO app_user (name, uid, role) VALUES ($1, $2, $3)"};
constexpr Statement kLoadUsers{"catalog_load_users", "SELECT user_id, name, uid, role FROM app_user ORDER BY user_id"};
constexpr Statement kFindUser{"catalog_find_user", "SELECT user_id FROM app_user WHERE name = $1"};
constexpr Statement kFindOwner{"catalog_find_owner", "SELECT user_id FROM strategy_run WHERE run_id = $1"};
// A batch under way is a matter of milliseconds. Whatever holds its rows for longer hangs, and is told.
constexpr Statement kHaltLockWait{"catalog_halt_lock_wait", "SET lock_timeout = '5s'"};
constexpr Statement kInsertFeed{"catalog_insert_feed",
                                "INSERT INTO market_feed (name, kind, settings, status, origin_time)"
                                " VALUES ($1, $2, $3::jsonb, $4, $5) RETURNING feed_id"};
constexpr Statement kLoadFeeds{
    "catalog_load_feeds",
    "SELECT feed_id, name, kind, settings, status, message, origin_time, last_logical_time, ticks, rows_accepted,"
    " rows_duplicate, rows_quarantined, rows_rejected FROM market_feed ORDER BY feed_id"};
constexpr Statement kSetFeedStatus{"catalog_set_feed_status",
                                   "UPDATE market_feed SET status = $2, message = $3 WHERE feed_id = $1"};
constexpr Statement kLockFeed{"catalog_lock_feed",
                              "SELECT last_logical_time FROM market_feed WHERE feed_id = $1 FOR NO KEY UPDATE"};
constexpr Statement kLastTick{"catalog_last_tick", "SELECT last_logical_time FROM market_feed WHERE feed_id = $1"};
constexpr Statement kInsertInstruments{
    "catalog_insert_instruments",
    "INSERT INTO market_instrument (feed_id, instrument_id, symbol, tick_size, quantity_step, lot, min_quantity,"
    " max_quantity, min_notional, max_notional, currency, calendar, listed, shortable)"
    " SELECT $1, n.i, n.s, n.t, n.q, n.l, nullif(n.a, 0), nullif(n.b, 0), nullif(n.c, 0), nullif(n.d, 0), n.e, n.f, "
    "n.g, n.h"
    " FROM unnest($2::integer[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[],"
    " $9::numeric[], $10::numeric[], $11::text[], $12::text[], $13::boolean[],"
    " $14::boolean[]) n (i, s, t, q, l, a, b, c, d, e, f, g, h)"
    " ON CONFLICT (feed_id, instrument_id) DO NOTHING"};
constexpr Statement kInsertAction{
    "catalog_insert_action",
    "INSERT INTO market_action (feed_id, action_id, ex_date, symbol, kind, numerator, denominator, amount, new_symbol)"
    " SELECT $1::bigint, 1 + coalesce(max(a.action_id), 0), $2::date, $3, $4, $5::bigint, $6::bigint, $7::numeric, $8"
    " FROM market_action a WHERE a.feed_id = $1 RETURNING action_id"};
constexpr Statement kSetActionEffective{
    "catalog_set_action_effective",
    "UPDATE market_action SET logical_time = $3, instrument_id = $4, new_instrument_id = $5"
    " WHERE feed_id = $1 AND action_id = $2"};
constexpr Statement kInsertTicks{
    "catalog_insert_ticks",
    "INSERT INTO market_tick (feed_id, logical_time, session_date, market_open, utc_offset_s, session_closes, rows)"
    " SELECT $1, n.t, n.d, n.o, n.u, nullif(n.c, 'infinity'), n.r"
    " FROM unnest($2::timestamptz[], $3::date[], $4::boolean[], $5::integer[], $6::timestamptz[], $7::integer[])"
    " n (t, d, o, u, c, r)"};
constexpr Statement kInsertBars{
    "catalog_insert_bars",
    "INSERT INTO market_bar (feed_id, logical_time, instrument_id, symbol, open, high, low, close, volume)"
    " SELECT $1, n.t, n.i, m.symbol, n.o, n.h, n.l, n.c, n.v"
    " FROM unnest($2::timestamptz[], $3::integer[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],"
    " $8::numeric[]) n (t, i, o, h, l, c, v)"
    " JOIN market_instrument m ON m.feed_id = $1 AND m.instrument_id = n.i"};
constexpr Statement kInsertCalendar{"catalog_insert_calendar",
                                    "INSERT INTO trading_calendar (calendar_hash, name, sessions) VALUES ($1, $2, $3)"
                                    " ON CONFLICT (calendar_hash) DO NOTHING"};
constexpr Statement kInsertFeedCalendar{
    "catalog_insert_feed_calendar",
    "INSERT INTO feed_calendar (feed_id, logical_time, calendar_hash) VALUES ($1, $2, $3)"};
constexpr Statement kUpdateFeed{
    "catalog_update_feed",
    "UPDATE market_feed SET ticks = ticks + $2, last_logical_time = coalesce($3, last_logical_time), rows_accepted = "
    "$4,"
    " rows_duplicate = $5, rows_quarantined = $6, rows_rejected = $7::jsonb WHERE feed_id = $1"};
// Batches lock their shards' rows FOR NO KEY UPDATE and pass; taking or giving up the lease, FOR UPDATE, waits.
constexpr Statement kPassFence{"catalog_pass_fence",
                               "SELECT FROM engine_shard WHERE shard_id = 0 AND epoch = $1 AND holder IS NOT NULL"
                               " FOR KEY SHARE"};
constexpr Statement kFindBar{"catalog_find_bar",
                             "SELECT open, high, low, close, volume FROM market_bar"
                             " WHERE feed_id = $1 AND logical_time = $2 AND instrument_id = $3"};
constexpr Statement kDeleteRun{"catalog_delete_run", "SELECT run_delete($1, $2)"};

template <typename Enum, std::size_t kSize>
std::optional<Enum> from_text(const std::array<std::string_view, kSize>& texts, std::string_view text) {
  const auto* found = std::find(texts.begin(), texts.end(), text);
  return found == texts.end() ? std::nullopt : std::optional(static_cast<Enum>(found - texts.begin()));
}

/// A value of the ledger's, which its own rules have kept within our limits.
template <typename D>
D decimal_at(const Rows& rows, int row, int column, D limit) {
  return parse_decimal(rows.text(row, column), limit).value();
}

std::optional<Time> time_at(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::nullopt : time_from_database(rows.text(row, column));
}

template <typename IdType>
std::string id_text(IdType id) {
  return std::to_string(id.value);
}

StoreError no_feed(FeedId feed) {
  return {StoreErrorKind::not_found, fmt::format("there is no feed number {}", feed.value)};
}

StoreResult<std::string> row_as_json(Connection& connection, RowName name, const Filters& filters) {
  auto found = row(connection, name, filters);
  if (!found) {
    return found.error();
  }
  return found->value().dump();
}

struct BarColumns {
  ArrayText times, instruments, opens, highs, lows, closes, volumes;
  std::size_t count = 0;

  void add(const std::string& time, const engine::Bar& bar) {
    times.add(time);
    instruments.add(id_text(bar.instrument));
    opens.add(to_string(bar.open));
    highs.add(to_string(bar.high));
    lows.add(to_string(bar.low));
    closes.add(to_string(bar.close));
    volumes.add(to_string(bar.volume));
    ++count;
  }
};

void insert_instruments(Connection& connection, FeedId feed, std::span<const engine::Instrument> added) {
  if (added.empty()) {
    return;
  }
  constexpr std::size_t kColumns = 13;
  std::array<ArrayText, kColumns> columns;
  const auto bound = [](const auto& value) { return value ? to_string(*value) : std::string("0"); };
  for (const engine::Instrument& one : added) {
    const std::array<std::string, kColumns> values{id_text(one.id),
                                                   one.symbol,
                                                   to_string(one.tick_size),
                                                   to_string(one.quantity_step),
                                                   to_string(one.lot),
                                                   bound(one.min_quantity),
                                                   bound(one.max_quantity),
                                                   bound(one.min_notional),
                                                   bound(one.max_notional),
                                                   one.currency,
                                                   one.calendar,
                                                   one.listed ? "t" : "f",
                                                   one.shortable ? "t" : "f"};
    for (std::size_t i = 0; i < kColumns; ++i) {
      columns.at(i).add(values.at(i));
    }
  }
  Params params{id_text(feed)};
  for (ArrayText& column : columns) {
    params.emplace_back(std::move(column).finish());
  }
  connection.exec(kInsertInstruments, params);
}

/// Numbered as the feed's next one.
std::int64_t insert_action(Connection& connection, FeedId feed, const engine::AnnouncedAction& announced) {
  const engine::CorporateAction& action = announced.action;
  const auto only_of = [&](engine::ActionKind kind, const std::string& value) {
    return action.kind == kind ? std::optional(value) : std::nullopt;
  };
  const Rows rows =
      connection.exec(kInsertAction, {id_text(feed), format_date(announced.ex_date), announced.symbol,
                                      std::string(to_text(action.kind)),
                                      only_of(engine::ActionKind::split, std::to_string(action.numerator)),
                                      only_of(engine::ActionKind::split, std::to_string(action.denominator)),
                                      only_of(engine::ActionKind::dividend, to_string(action.amount)),
                                      only_of(engine::ActionKind::symbol_change, announced.new_symbol)});
  return rows.integer(0, 0);
}

void set_actions_effective(Connection& connection, FeedId feed, std::span<const engine::Tick> ticks) {
  for (const engine::Tick& tick : ticks) {
    for (const engine::CorporateAction& action : tick.actions) {
      const bool moves = action.kind == engine::ActionKind::symbol_change;
      connection.exec(kSetActionEffective,
                      {id_text(feed), std::to_string(action.id), format_time(tick.time), id_text(action.instrument),
                       moves ? std::optional(id_text(action.successor)) : std::nullopt});
    }
  }
}

void insert_bars(Connection& connection, FeedId feed, BarColumns bars) {
  const auto count = static_cast<std::int64_t>(bars.count);
  const Rows rows = connection.exec(
      kInsertBars, {id_text(feed), std::move(bars.times).finish(), std::move(bars.instruments).finish(),
                    std::move(bars.opens).finish(), std::move(bars.highs).finish(), std::move(bars.lows).finish(),
                    std::move(bars.closes).finish(), std::move(bars.volumes).finish()});
  TD_ASSERT(rows.affected() == count);  // fewer: a row of an instrument that was never registered
}

void insert_ticks(Connection& connection, FeedId feed, std::span<const engine::Tick> ticks) {
  ArrayText times, dates, opens, offsets, closes, counts;
  for (const engine::Tick& tick : ticks) {
    times.add(format_time(tick.time));
    dates.add(format_date(tick.session.date));
    opens.add(tick.session.open ? "t" : "f");
    offsets.add(std::to_string(tick.session.utc_offset_s));
    closes.add(tick.session.closes ? format_time(*tick.session.closes) : "infinity");
    counts.add(std::to_string(tick.bars.size()));
  }
  connection.exec(kInsertTicks,
                  {id_text(feed), std::move(times).finish(), std::move(dates).finish(), std::move(opens).finish(),
                   std::move(offsets).finish(), std::move(closes).finish(), std::move(counts).finish()});
  for (const engine::Tick& tick : ticks) {
    if (tick.sessions != nullptr) {
      const std::string hash = "\\x" + to_hex(tick.sessions->digest());
      connection.exec(kInsertCalendar, {hash, tick.sessions->name(), tick.sessions->text()});
      connection.exec(kInsertFeedCalendar, {id_text(feed), format_time(tick.time), hash});
    }
  }
  BarColumns bars;
  for (const engine::Tick& tick : ticks) {
    const std::string time = format_time(tick.time);
    for (const engine::Bar& bar : tick.bars) {
      bars.add(time, bar);
      if (bars.count == kBarsPerStatement) {
        insert_bars(connection, feed, std::exchange(bars, {}));
      }
    }
  }
  if (bars.count > 0) {
    insert_bars(connection, feed, std::move(bars));
  }
}

StoredFeed feed_at(const Rows& rows, int row) {
  StoredFeed feed;
  feed.id = FeedId{rows.integer(row, 0)};
  feed.name = rows.text(row, 1);
  feed.kind = feed_kind_from_text(rows.text(row, 2)).value();
  feed.settings = rows.text(row, 3);
  feed.status = feed_status_from_text(rows.text(row, 4)).value();
  feed.message = rows.text(row, 5);
  feed.origin = time_at(rows, row, 6);
  feed.last_tick = time_at(rows, row, 7);
  feed.ticks = rows.integer(row, 8);
  feed.totals = {rows.integer(row, 9), rows.integer(row, 10), rows.integer(row, 11),
                 nlohmann::json::parse(rows.text(row, 12)).get<std::map<std::string, std::int64_t>>()};
  return feed;
}

}  // namespace

std::string_view to_text(FeedKind kind) { return kFeedKinds.at(static_cast<std::size_t>(kind)); }
std::string_view to_text(FeedStatus status) { return kFeedStatuses.at(static_cast<std::size_t>(status)); }
std::optional<FeedKind> feed_kind_from_text(std::string_view text) { return from_text<FeedKind>(kFeedKinds, text); }
std::optional<FeedStatus> feed_status_from_text(std::string_view text) {
  return from_text<FeedStatus>(kFeedStatuses, text);
}

Catalog::Catalog(ConnectionOptions options) : options_(std::move(options)) {}

Connection& Catalog::connection() {
  if (!connection_ || !connection_->usable()) {
    connection_.reset();
    connection_ = std::make_unique<Connection>(options_);
  }
  return *connection_;
}

template <typename Function>
auto Catalog::guarded(const Function& work) -> decltype(work()) {
  for (;;) {
    const bool reused = connection_ && connection_->usable();
    try {
      return work();
    } catch (const DatabaseError& error) {
      // A session that was lost while it lay idle. Each call may be repeated, so try on a new one.
      if (error.sqlstate() == kReadOnly) {
        connection_.reset();  // the next one may reach the new primary
      }
      if (!error.unavailable() || !reused) {
        return to_store_error(error);
      }
    }
  }
}

Catalog::Answer Catalog::carry_out(UserId user, const engine::CommandRecord& command,
                                   std::optional<std::int64_t> run_id,
                                   const std::function<StoreResult<std::string>(Connection&)>& work) {
  return guarded([&]() -> Answer {
    Connection& database = connection();
    Transaction transaction(database);
    const std::string hash = "\\x" + to_hex(digest_of(command.arguments));
    const Rows earlier = database.exec(kFindCommand, {id_text(user), command.request_id, command.method, hash});
    if (!earlier.empty()) {
      if (!earlier.boolean(0, 1)) {
        return StoreError{StoreErrorKind::conflict,
                          fmt::format("request id {} was used before with another command or other arguments: give "
                                      "each request an id of its own",
                                      command.request_id)};
      }
      return CommandAnswer{nlohmann::json::parse(earlier.text(0, 0)).dump(), true};
    }
    auto result = work(database);
    if (!result) {
      return result.error();
    }
    database.exec(kRecordCommand,
                  {id_text(user), command.request_id, std::to_string(command.uid), command.method, command.arguments,
                   hash, run_id ? std::optional(std::to_string(*run_id)) : std::nullopt,
                   command.time > Time{} ? std::optional(format_time(command.time)) : std::nullopt, *result});
    transaction.commit();
    return CommandAnswer{*result, false};
  });
}

Catalog::Answer Catalog::create_user(const NewUser& user, const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) {
    database.exec(kInsertUser,
                  {user.name, user.uid ? std::optional(std::to_string(*user.uid)) : std::nullopt, user.role});
    if (user.limits != engine::Limits{}) {
      const Rows made = database.exec(kFindUser, {user.name});
      const auto changed = store::change_limits(
          database, UserId{made.integer(0, 0)},
          [&](const engine::Limits&) -> Result<engine::Limits> { return engine::Limits(user.limits); });
      TD_ASSERT(changed.ok());
    }
    return row_as_json(database, RowName::user, {{"name", user.name}});
  });
}

StoreResult<std::vector<StoredUser>> Catalog::load_users() {
  return guarded([&]() -> StoreResult<std::vector<StoredUser>> {
    const Rows rows = connection().exec(kLoadUsers, {});
    std::vector<StoredUser> users;
    users.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      users.push_back({UserId{rows.integer(row, 0)}, std::string(rows.text(row, 1)),
                       rows.is_null(row, 2) ? std::nullopt : std::optional(rows.integer(row, 2)),
                       std::string(rows.text(row, 3))});
    }
    return users;
  });
}

Catalog::Answer Catalog::set_limits(const std::string& name,
                                    const std::function<Result<engine::Limits>(const engine::Limits&)>& change,
                                    const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    const Rows found = database.exec(kFindUser, {name});
    if (found.empty()) {
      return StoreError{StoreErrorKind::not_found,
                        fmt::format("there is no user \"{}\"; see: tradectl user list", name)};
    }
    const auto changed = store::change_limits(database, UserId{found.integer(0, 0)}, change);
    if (!changed) {
      return StoreError{StoreErrorKind::refused, changed.error().message};
    }
    return row_as_json(database, RowName::user, {{"name", name}});
  });
}

Catalog::Answer Catalog::set_trading_state(UserId user, RunId run, engine::TradingState state,
                                           const std::string& reason, const engine::CommandRecord& command) {
  return carry_out(user, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    const std::int64_t revision = store::set_trading_control(database, user, run, state, reason, command.uid);
    const engine::Scope scope = user.value == 0  ? engine::Scope::daemon
                                : run.value == 0 ? engine::Scope::user
                                                 : engine::Scope::run;
    return nlohmann::json({{"scope", to_text(scope)},
                           {"user_id", user.value == 0 ? nlohmann::json() : nlohmann::json(user.value)},
                           {"run_id", run.value == 0 ? nlohmann::json() : nlohmann::json(run.value)},
                           {"trading_state", to_text(state)},
                           {"reason", reason},
                           {"revision", revision}})
        .dump();
  });
}

Catalog::Answer Catalog::halt_directly(const std::string& user, RunId run, engine::TradingState state,
                                       const std::string& reason, const engine::CommandRecord& command) {
  const auto whom = guarded([&]() -> StoreResult<UserId> {
    Connection& database = connection();
    database.exec(kHaltLockWait, {});
    if (user.empty() && run.value == 0) {
      return UserId{0};
    }
    const Rows rows = user.empty() ? database.exec(kFindOwner, {id_text(run)}) : database.exec(kFindUser, {user});
    if (rows.empty()) {
      return StoreError{StoreErrorKind::not_found, user.empty() ? fmt::format("there is no run {}", run.value)
                                                                : fmt::format("there is no user \"{}\"", user)};
    }
    return UserId{rows.integer(0, 0)};
  });
  if (!whom) {
    return whom.error();
  }
  return set_trading_state(*whom, run, state, reason, command);
}

StoreResult<bool> Catalog::record_refusal(UserId user, const engine::CommandRecord& command) {
  return guarded([&]() -> StoreResult<bool> {
    connection().exec(kRecordRefusal,
                      {id_text(user), command.request_id, std::to_string(command.uid), command.method,
                       command.arguments, "\\x" + to_hex(digest_of(command.arguments)), command.result});
    return true;
  });
}

StoreResult<std::int64_t> Catalog::lift_run_controls(UserId user, const std::string& reason, std::int64_t uid) {
  return guarded([&]() -> StoreResult<std::int64_t> {
    Connection& database = connection();
    Transaction transaction(database);
    const std::int64_t lifted = store::lift_run_controls(database, user, reason, uid);
    transaction.commit();
    return lifted;
  });
}

StoreResult<engine::StandingOrders> Catalog::load_standing_orders(std::int64_t after) {
  return guarded(
      [&]() -> StoreResult<engine::StandingOrders> { return store::load_standing_orders(connection(), after); });
}

Catalog::Answer Catalog::create_feed(const NewFeed& feed, const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) {
    const Rows inserted = database.exec(
        kInsertFeed, {feed.name, std::string(to_text(feed.kind)), feed.settings, std::string(to_text(feed.status)),
                      feed.origin ? std::optional(format_time(*feed.origin)) : std::nullopt});
    const FeedId id{inserted.integer(0, 0)};
    insert_instruments(database, id, feed.instruments);
    for (const engine::AnnouncedAction& action : feed.actions) {
      insert_action(database, id, action);
    }
    return row_as_json(database, RowName::feed, {{"name", feed.name}});
  });
}

StoreResult<std::vector<StoredFeed>> Catalog::load_feeds() {
  return guarded([&]() -> StoreResult<std::vector<StoredFeed>> {
    Connection& database = connection();
    const Transaction snapshot(database, Transaction::Kind::snapshot);
    const Rows rows = database.exec(kLoadFeeds, {});
    std::vector<StoredFeed> feeds;
    feeds.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      feeds.push_back(feed_at(rows, row));
    }
    const Rows instruments = database.exec(std::string("SELECT feed_id, ") + kInstrumentColumns +
                                           " FROM market_instrument ORDER BY feed_id, instrument_id");
    auto feed = feeds.begin();
    for (int row = 0; row < instruments.size(); ++row) {
      Fields fields(instruments, row);
      const FeedId id{fields.integer()};
      while (feed->id != id) {
        ++feed;
      }
      feed->instruments.push_back(read_instrument(fields));
    }
    const Rows actions = database.exec(std::string("SELECT feed_id, ") + kActionColumns +
                                       " FROM market_action WHERE logical_time IS NULL ORDER BY feed_id, action_id");
    feed = feeds.begin();
    for (int row = 0; row < actions.size(); ++row) {
      Fields fields(actions, row);
      const FeedId id{fields.integer()};
      while (feed->id != id) {
        ++feed;
      }
      feed->actions.push_back(read_action(fields));
    }
    return feeds;
  });
}

Catalog::Answer Catalog::add_action(FeedId feed, const engine::AnnouncedAction& action,
                                    const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    if (database.exec(kLockFeed, {id_text(feed)}).empty()) {
      return no_feed(feed);
    }
    const std::int64_t id = insert_action(database, feed, action);
    return nlohmann::json({{"feed_id", feed.value},
                           {"action_id", id},
                           {"ex_date", format_date(action.ex_date)},
                           {"symbol", action.symbol},
                           {"kind", to_text(action.action.kind)}})
        .dump();
  });
}

Catalog::Answer Catalog::set_feed_status(FeedId feed, FeedStatus status, const std::string& message,
                                         const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    if (database.exec(kSetFeedStatus, {id_text(feed), std::string(to_text(status)), message}).affected() == 0) {
      return no_feed(feed);
    }
    if (const std::optional<StoreError> fenced = pass_fence(database)) {
      return *fenced;
    }
    return row_as_json(database, RowName::feed, {{"feed_id", id_text(feed)}});
  });
}

std::optional<StoreError> Catalog::pass_fence(Connection& database) const {
  if (epoch_ && database.exec(kPassFence, {std::to_string(*epoch_)}).empty()) {
    return StoreError{StoreErrorKind::fenced, "another daemon has taken over this ledger: this one must stop"};
  }
  return std::nullopt;
}

StoreResult<FeedStatus> Catalog::set_feed_status(FeedId feed, FeedStatus status, const std::string& message) {
  return guarded([&]() -> StoreResult<FeedStatus> {
    Connection& database = connection();
    Transaction transaction(database);
    if (database.exec(kSetFeedStatus, {id_text(feed), std::string(to_text(status)), message}).affected() == 0) {
      return no_feed(feed);
    }
    if (const std::optional<StoreError> fenced = pass_fence(database)) {
      return *fenced;
    }
    transaction.commit();
    return status;
  });
}

StoreResult<std::int64_t> Catalog::store_ticks(FeedId feed, std::span<const engine::Instrument> added,
                                               std::span<const engine::Tick> ticks, const FeedTotals& totals) {
  return guarded([&]() -> StoreResult<std::int64_t> {
    Connection& database = connection();
    Transaction transaction(database);
    const Rows locked = database.exec(kLockFeed, {id_text(feed)});
    if (locked.empty()) {
      return no_feed(feed);
    }
    const Time last = time_at(locked, 0, 0).value_or(kTimeMin);
    const auto first_new =
        std::find_if(ticks.begin(), ticks.end(), [&](const engine::Tick& tick) { return tick.time > last; });
    const std::span<const engine::Tick> fresh(first_new, ticks.end());
    insert_instruments(database, feed, added);
    if (!fresh.empty()) {
      insert_ticks(database, feed, fresh);
      set_actions_effective(database, feed, fresh);
    }
    database.exec(kUpdateFeed, {id_text(feed), std::to_string(fresh.size()),
                                fresh.empty() ? std::nullopt : std::optional(format_time(fresh.back().time)),
                                std::to_string(totals.accepted), std::to_string(totals.duplicate),
                                std::to_string(totals.quarantined), nlohmann::json(totals.rejected).dump()});
    // Last, so that what passes commits a moment later; who takes the lease over waits for that.
    if (const std::optional<StoreError> fenced = pass_fence(database)) {
      return *fenced;
    }
    transaction.commit();
    return static_cast<std::int64_t>(fresh.size());
  });
}

StoreResult<std::optional<Time>> Catalog::last_tick(FeedId feed) {
  return guarded([&]() -> StoreResult<std::optional<Time>> {
    const Rows rows = connection().exec(kLastTick, {id_text(feed)});
    if (rows.empty()) {
      return no_feed(feed);
    }
    return time_at(rows, 0, 0);
  });
}

StoreResult<std::optional<engine::Bar>> Catalog::find_bar(FeedId feed, Time time, InstrumentId instrument) {
  return guarded([&]() -> StoreResult<std::optional<engine::Bar>> {
    const Rows rows = connection().exec(kFindBar, {id_text(feed), format_time(time), id_text(instrument)});
    if (rows.empty()) {
      return std::optional<engine::Bar>();
    }
    return std::optional(engine::Bar{instrument, decimal_at(rows, 0, 0, kPriceMax), decimal_at(rows, 0, 1, kPriceMax),
                                     decimal_at(rows, 0, 2, kPriceMax), decimal_at(rows, 0, 3, kPriceMax),
                                     decimal_at(rows, 0, 4, kVolumeMax)});
  });
}

Catalog::Answer Catalog::delete_run(RunKey run, const engine::CommandRecord& command) {
  return carry_out(run.user, command, run.run.value, [&](Connection& database) -> StoreResult<std::string> {
    if (!database.exec(kDeleteRun, {id_text(run.user), id_text(run.run)}).boolean(0, 0)) {
      return StoreError{StoreErrorKind::not_found, fmt::format("there is no run {}", run.run.value)};
    }
    return nlohmann::json({{"run_id", run.run.value}, {"deleted", true}}).dump();
  });
}

}  // namespace tradingd::store
