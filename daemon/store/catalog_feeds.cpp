// The catalog's feeds: their rows, and what they have delivered.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "daemon/store/catalog_parts.h"
#include "daemon/store/fields.h"
#include "daemon/store/market_loading.h"
#include "daemon/store/market_writing.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

constexpr std::array<std::string_view, 3> kFeedKinds{"push", "csv", "synthetic"};
constexpr std::array<std::string_view, 4> kFeedStatuses{"ACTIVE", "PAUSED", "FINISHED", "ERROR"};

// A bar's volume isn't limited as an order's quantity is.
constexpr Quantity kVolumeMax{std::numeric_limits<std::int64_t>::max()};

constexpr Statement kInsertFeed{"catalog_insert_feed",
                                "INSERT INTO market_feed (name, kind, settings, status, origin_time)"
                                " VALUES ($1, $2, $3::jsonb, $4, $5) RETURNING feed_id"};
constexpr Statement kLoadFeeds{
    "catalog_load_feeds",
    "SELECT feed_id, name, kind, settings, status, message, origin_time, last_logical_time, ticks, rows_accepted,"
    " rows_duplicate, rows_quarantined, rows_rejected FROM market_feed ORDER BY feed_id"};
constexpr Statement kFeedPositions{
    "catalog_feed_positions",
    "SELECT feed_id, last_logical_time, (SELECT coalesce(max(instrument_id) + 1, 0) FROM market_instrument i"
    " WHERE i.feed_id = f.feed_id) FROM market_feed f ORDER BY feed_id"};
constexpr Statement kSetFeedStatus{"catalog_set_feed_status",
                                   "UPDATE market_feed SET status = $2, message = $3 WHERE feed_id = $1"};
constexpr Statement kLockFeed{"catalog_lock_feed",
                              "SELECT last_logical_time FROM market_feed WHERE feed_id = $1 FOR NO KEY UPDATE"};
constexpr Statement kLastTick{"catalog_last_tick", "SELECT last_logical_time FROM market_feed WHERE feed_id = $1"};

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

StoreError no_feed(FeedId feed) {
  return {StoreErrorKind::not_found, fmt::format("there is no feed number {}", feed.value)};
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

StoreResult<std::vector<FeedPosition>> Catalog::feed_positions() {
  return guarded([&]() -> StoreResult<std::vector<FeedPosition>> {
    const Rows rows = connection().exec(kFeedPositions, {});
    std::vector<FeedPosition> positions;
    positions.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      positions.push_back({FeedId{rows.integer(row, 0)}, time_at(rows, row, 1), rows.integer(row, 2)});
    }
    return positions;
  });
}

Catalog::Answer Catalog::add_action(FeedId feed, const engine::AnnouncedAction& action, const Result<bool>& accepted,
                                    const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    if (!accepted) {
      return StoreError{StoreErrorKind::refused, accepted.error().message};
    }
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

}  // namespace tradingd::store
