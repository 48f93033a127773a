#include "daemon/feed_service.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "daemon/base/failpoint.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;
using store::FeedKind;
using store::FeedStatus;

/// Ticks stored in one transaction.
constexpr std::size_t kChunkTicks = 512;
/// Steps of runs that a feed may have under way: enough for full batches, few enough that a command that
/// arrives behind them is answered soon.
constexpr std::int64_t kStepsUnderWay = 16'384;
constexpr std::int64_t kTicksUnderWayMin = 2;
constexpr std::int64_t kTicksUnderWayMax = 2 * static_cast<std::int64_t>(kChunkTicks);

/// Where a run stands that is started on a push feed without a row: rows' years begin with 1901.
Time before_all_rows() { return {midnight_utc(from_civil({1901, 1, 1})).us - 1}; }

store::FeedTotals totals_of(const market::FeedCounters& counters) {
  store::FeedTotals totals;
  totals.accepted = counters.accepted;
  totals.duplicate = counters.duplicates;
  for (std::size_t i = 0; i < market::kRejectionCount; ++i) {
    const auto rejection = static_cast<market::Rejection>(i);
    if (rejection == market::Rejection::quarantined) {
      totals.quarantined = counters.rejected.at(i);
    } else if (counters.rejected.at(i) > 0) {
      totals.rejected[std::string(to_text(rejection))] = counters.rejected.at(i);
    }
  }
  return totals;
}

market::FeedCounters counters_of(const store::StoredFeed& feed) {
  market::FeedCounters counters;
  counters.accepted = feed.totals.accepted;
  counters.duplicates = feed.totals.duplicate;
  counters.ticks = feed.ticks;
  for (std::size_t i = 0; i < market::kRejectionCount; ++i) {
    const auto rejection = static_cast<market::Rejection>(i);
    const auto found = feed.totals.rejected.find(std::string(to_text(rejection)));
    counters.rejected.at(i) = rejection == market::Rejection::quarantined ? feed.totals.quarantined
                              : found == feed.totals.rejected.end()       ? 0
                                                                          : found->second;
  }
  return counters;
}

ErrorCode error_code(store::StoreErrorKind kind) {
  switch (kind) {
    case store::StoreErrorKind::unavailable:
    case store::StoreErrorKind::fenced:
      return ErrorCode::unavailable;
    case store::StoreErrorKind::not_found:
      return ErrorCode::not_found;
    case store::StoreErrorKind::conflict:
      return ErrorCode::conflict;
    case store::StoreErrorKind::refused:
      break;
  }
  return ErrorCode::refused;
}

void log_rejected(const std::string& feed, const std::vector<market::RejectedRow>& rejected) {
  constexpr std::size_t kLinesMax = 10;
  for (std::size_t i = 0; i < std::min(rejected.size(), kLinesMax); ++i) {
    const market::RejectedRow& row = rejected[i];
    spdlog::warn("feed {}: line {}, {}: {}", feed, row.line, row.column, row.reason);
  }
  if (rejected.size() > kLinesMax) {
    spdlog::warn("feed {}: {} more rows were rejected; the feed's counters say why", feed, rejected.size() - kLinesMax);
  }
}

/// A pushed row's field: a string, an integer, or absent.
std::string field(const json& row, const char* name) {
  const auto found = row.find(name);
  if (found == row.end() || found->is_null()) {
    return {};
  }
  return found->is_string() ? found->get<std::string>() : found->dump();
}

market::SyntheticSettings synthetic_settings(const json& settings) {
  market::SyntheticSettings synthetic;
  synthetic.seed = static_cast<std::uint64_t>(settings.value("seed", std::int64_t{1}));
  synthetic.symbols = static_cast<int>(
      std::clamp<std::int64_t>(settings.value("symbols", std::int64_t{1}), -1, market::kSyntheticSymbolsMax + 1));
  synthetic.ticks = settings.value("ticks", std::int64_t{0});
  return synthetic;
}

market::RawRow raw_row(const json& row, std::int64_t index) {
  market::RawRow raw;
  raw.line = index;
  raw.time = field(row, "time");
  raw.symbol = field(row, "symbol");
  raw.open = field(row, "open");
  raw.high = field(row, "high");
  raw.low = field(row, "low");
  raw.close = field(row, "close");
  raw.volume = field(row, "volume");
  raw.price = field(row, "price");
  raw.market = field(row, "market");
  return raw;
}

}  // namespace

/// A feed as its thread knows it.
struct FeedService::Feed {
  FeedId id;
  std::string name;
  FeedKind kind = FeedKind::push;
  json settings;
  FeedStatus status = FeedStatus::active;
  FeedSummary summary;
  market::FeedBook book;
  std::optional<FeedSource> source;   // of one that moves by itself
  std::optional<Error> source_error;  // why it ended before its end
  std::optional<Ratio> speed;         // times real time; nullopt: as fast as it goes
  // Where the pace is counted from: this tick was due then.
  std::optional<Time> pace_tick;
  std::chrono::steady_clock::time_point pace_start;
  std::vector<market::ClosedTick> read_ahead;  // read and not yet due
  std::shared_ptr<std::atomic<std::int64_t>> under_way = std::make_shared<std::atomic<std::int64_t>>(0);

  explicit Feed(market::FeedBook feed_book) : book(std::move(feed_book)) {}

  [[nodiscard]] bool moves() const { return kind != FeedKind::push && status == FeedStatus::active; }
  /// When the next tick may go out, of a feed with a pace.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> due() const {
    if (!speed || read_ahead.empty() || !pace_tick) {
      return std::nullopt;
    }
    constexpr Int128 kTenYears = static_cast<Int128>(3653) * kMicrosecondsPerDay;
    const Int128 us =
        divide_half_even(static_cast<Int128>(read_ahead.front().tick.time.us - pace_tick->us) * kScale, speed->units);
    return pace_start + std::chrono::microseconds(static_cast<std::int64_t>(std::min(us, kTenYears)));
  }
};

FeedService::FeedService(FeedServiceOptions options) : options_(std::move(options)), catalog_(options_.connection) {
  catalog_.set_epoch(options_.epoch);
}

FeedService::~FeedService() { stop(); }

// --- From other threads

std::optional<FeedSummary> FeedService::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = summaries_.find(name);
  return found == summaries_.end() ? std::nullopt : std::optional(found->second);
}

void FeedService::set_price_jump_max(Ratio ratio) {
  const std::lock_guard lock(mutex_);
  new_price_jump_max_ = ratio;
}

void FeedService::submit(admin::Request request, admin::ReplyFunction reply) {
  constexpr std::size_t kCallsMax = 256;
  std::unique_lock lock(mutex_);
  if (stopping_ || calls_.size() >= kCallsMax) {
    const bool busy = !stopping_;
    lock.unlock();
    reply(busy ? failure(ErrorCode::busy, "too many feed commands are waiting; try again in a moment")
               : failure(ErrorCode::unavailable, "the daemon is stopping"));
    return;
  }
  calls_.push_back({std::move(request), std::move(reply)});
  lock.unlock();
  changed_.notify_all();
}

void FeedService::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

// --- Start

Result<bool> FeedService::start() {
  const auto stored = catalog_.load_feeds();
  if (!stored) {
    return Error{stored.error().message};
  }
  for (const store::StoredFeed& one : *stored) {
    Result<std::unique_ptr<Feed>> feed = load(one);
    if (!feed) {
      return feed.error();
    }
    insert(std::move(feed).value());
  }
  thread_ = std::thread([this] { run(); });
  return true;
}

Result<std::unique_ptr<FeedService::Feed>> FeedService::load(const store::StoredFeed& stored) {
  const json settings = json::parse(stored.settings);
  Result<market::Calendar> calendar = market::Calendar::find(settings.value("calendar", "ALWAYS"));
  if (!calendar) {
    return calendar.error();
  }
  market::FeedRules rules;
  rules.price_jump_max = options_.price_jump_max;
  auto feed = std::make_unique<Feed>(market::FeedBook(std::move(calendar).value(), rules));
  feed->id = stored.id;
  feed->name = stored.name;
  feed->kind = stored.kind;
  feed->settings = settings;
  feed->status = stored.status;
  feed->summary = {stored.id, stored.origin.value_or(before_all_rows()), settings.value("bars", false)};
  if (const auto speed = settings.value("speed", std::string("max")); speed != "max") {
    feed->speed = parse_decimal(speed, Ratio{1'000'000 * kScale});
  }
  if (stored.last_tick || !stored.instruments.empty()) {
    const Result<engine::Market> market = options_.ledger->load_market(stored.id, stored.last_tick.value_or(kTimeMin));
    if (!market) {
      return market.error();
    }
    feed->book.restore(*market);
  }
  feed->book.restore(counters_of(stored));
  if (feed->moves()) {
    Result<FeedSource> source = open_source(*feed);
    if (!source) {
      finish(*feed, FeedStatus::error, source.error().message);
    } else {
      feed->source = std::move(source).value();
    }
  }
  return feed;
}

Result<FeedSource> FeedService::open_source(const Feed& feed) const {
  const auto open = [&]() -> Result<FeedSource> {
    if (feed.kind == FeedKind::csv) {
      Result<market::CsvReader> reader = market::CsvReader::open(
          options_.directory, feed.settings.value("file", ""), feed.settings.value("symbol", ""), feed.book.calendar());
      return reader ? Result<FeedSource>(FeedSource(std::move(reader).value())) : reader.error();
    }
    Result<market::SyntheticFeed> synthetic =
        market::SyntheticFeed::create(synthetic_settings(feed.settings), feed.book.calendar());
    return synthetic ? Result<FeedSource>(FeedSource(std::move(synthetic).value())) : synthetic.error();
  };
  Result<FeedSource> source = open();
  if (source && feed.book.last_time() != kTimeMin) {
    source->skip_until(feed.book.last_time());
  }
  return source;
}

void FeedService::insert(std::unique_ptr<Feed> feed) {
  const std::string name = feed->name;
  {
    const std::lock_guard lock(mutex_);
    summaries_[name] = feed->summary;
  }
  moving_ += feed->moves() ? 1 : 0;
  feeds_[name] = std::move(feed);
}

FeedService::Feed* FeedService::find_feed(const std::string& name) {
  const auto found = feeds_.find(name);
  return found == feeds_.end() ? nullptr : found->second.get();
}

// --- The thread

void FeedService::run() {
  pthread_setname_np(pthread_self(), "feeds");
  while (wait_for_work()) {
    std::deque<Call> calls;
    {
      const std::lock_guard lock(mutex_);
      calls = std::exchange(calls_, {});
      if (new_price_jump_max_) {
        options_.price_jump_max = *new_price_jump_max_;
        for (const auto& [name, feed] : feeds_) {
          feed->book.set_price_jump_max(*new_price_jump_max_);
        }
        new_price_jump_max_.reset();
      }
    }
    for (Call& call : calls) {
      carry_out(call);
    }
    for (const auto& [name, feed] : feeds_) {
      if (may_read(*feed)) {
        move_on(*feed);
      }
    }
  }
  for (Call& call : calls_) {
    call.reply(failure(ErrorCode::unavailable, "the daemon is stopping"));
  }
}

bool FeedService::wait_for_work() {
  std::optional<std::chrono::steady_clock::time_point> next_due;
  bool can_read = false;
  for (const auto& [name, feed] : feeds_) {
    can_read = can_read || may_read(*feed);
    if (const auto due = feed->moves() ? feed->due() : std::nullopt; due && (!next_due || *due < *next_due)) {
      next_due = due;
    }
  }
  std::unique_lock lock(mutex_);
  const auto woken = [this] { return stopping_ || !calls_.empty() || ticks_done_ || new_price_jump_max_.has_value(); };
  if (!can_read) {
    if (next_due) {
      changed_.wait_until(lock, *next_due, woken);
    } else {
      changed_.wait(lock, woken);
    }
  }
  ticks_done_ = false;
  return !stopping_;
}

bool FeedService::may_read(const Feed& feed) const {
  if (!feed.moves() || (!feed.source && feed.read_ahead.empty())) {
    return false;
  }
  const auto due = feed.due();
  return has_room(feed) && (!due || *due <= std::chrono::steady_clock::now());
}

bool FeedService::has_room(const Feed& feed) const {
  const std::int64_t runs = std::max<std::int64_t>(1, options_.sequencer->stats().runs);
  return *feed.under_way < std::clamp(kStepsUnderWay / runs, kTicksUnderWayMin, kTicksUnderWayMax);
}

void FeedService::move_on(Feed& feed) {
  std::vector<market::ClosedTick> ticks = std::exchange(feed.read_ahead, {});
  if (ticks.empty()) {
    FeedSource::Chunk chunk = feed.source->read(feed.book, feed.speed ? 1 : kChunkTicks);
    log_rejected(feed.name, chunk.rejected);
    if (chunk.end) {
      feed.source.reset();
      feed.source_error = chunk.error;
    }
    ticks = std::move(chunk.ticks);
    if (feed.speed && !ticks.empty()) {
      if (!feed.pace_tick) {
        feed.pace_tick = ticks.front().tick.time;
        feed.pace_start = std::chrono::steady_clock::now();
      }
      feed.read_ahead = std::move(ticks);
      if (*feed.due() > std::chrono::steady_clock::now()) {
        return;
      }
      ticks = std::exchange(feed.read_ahead, {});
    }
  }
  if (!deliver(feed, std::move(ticks), [](bool) {}) || feed.source) {
    return;
  }
  if (feed.source_error) {
    finish(feed, FeedStatus::error, feed.source_error->message);
  } else {
    finish(feed, FeedStatus::finished, "all of its rows have been delivered");
  }
}

void FeedService::finish(Feed& feed, FeedStatus status, const std::string& message) {
  moving_ -= feed.moves() && feeds_.contains(feed.name) ? 1 : 0;
  feed.status = status;
  feed.source.reset();
  if (status == FeedStatus::error) {
    spdlog::error("feed {}: {}", feed.name, message);
  } else {
    spdlog::info("feed {}: {}", feed.name, message);
  }
  if (const auto stored = catalog_.set_feed_status(feed.id, status, message); !stored) {
    // It is found out again at the next start: a feed that has ended is read to its end, and ends.
    spdlog::error("feed {}: its status can't be stored: {}", feed.name, stored.error().message);
  }
}

bool FeedService::deliver(Feed& feed, std::vector<market::ClosedTick> ticks,
                          const std::function<void(bool)>& all_done) {
  if (!store(feed, ticks)) {
    return false;
  }
  FAILPOINT("feed.stored");
  if (ticks.empty()) {
    // What a repetition repeats may still be under way.
    options_.sequencer->after_queued(all_done);
    return true;
  }
  *feed.under_way += static_cast<std::int64_t>(ticks.size());
  const auto left = std::make_shared<std::atomic<std::size_t>>(ticks.size());
  const auto all_committed = std::make_shared<std::atomic<bool>>(true);
  const auto stored_at = std::chrono::steady_clock::now();
  for (market::ClosedTick& closed : ticks) {
    auto tick = std::make_shared<sequencer::FeedTick>();
    tick->feed = feed.id;
    tick->new_instruments = std::move(closed.added);
    tick->tick = std::move(closed.tick);
    options_.sequencer->submit(
        std::move(tick), [this, stored_at, under_way = feed.under_way, left, all_committed, all_done](bool committed) {
          --*under_way;
          if (committed) {
            options_.ticks->observe(
                std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - stored_at)
                    .count());
          }
          if (!committed) {
            *all_committed = false;
          }
          if (left->fetch_sub(1) == 1) {
            all_done(*all_committed);
          }
          {
            const std::lock_guard lock(mutex_);
            ticks_done_ = true;
          }
          changed_.notify_all();
        });
  }
  return true;
}

bool FeedService::store(Feed& feed, const std::vector<market::ClosedTick>& closed) {
  std::vector<engine::Instrument> added;
  std::vector<engine::Tick> ticks;
  for (const market::ClosedTick& one : closed) {
    added.insert(added.end(), one.added.begin(), one.added.end());
    ticks.push_back(one.tick);
  }
  // Rows of the tick that is not complete yet come again after a restart; they don't count before.
  store::FeedTotals totals = totals_of(feed.book.counters());
  totals.accepted -= static_cast<std::int64_t>(feed.book.rows_under_construction());
  std::chrono::milliseconds pause{50};
  for (bool told = false;; told = true) {
    const auto stored = catalog_.store_ticks(feed.id, added, ticks, totals);
    if (stored) {
      return true;
    }
    if (stored.error().kind == store::StoreErrorKind::fenced) {
      options_.fenced();
      return false;
    }
    if (stored.error().kind != store::StoreErrorKind::unavailable) {
      finish(feed, FeedStatus::error, "its ticks can't be stored: " + stored.error().message);
      return false;
    }
    if (!told) {
      spdlog::warn("feed {}: waiting for the database: {}", feed.name, stored.error().message);
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) {
      return false;
    }
    pause = std::min(pause * 2, std::chrono::milliseconds(2000));
  }
}

// --- Commands

void FeedService::carry_out(Call& call) {
  const std::string_view method = call.request.command->method;
  if (method == "feed.add") {
    add(call);
  } else if (method == "feed.push") {
    push(call);
  } else {
    set_moving(call, method == "feed.resume");
  }
}

Result<FeedService::Definition> FeedService::define(const json& arguments) const {
  Definition made;
  store::NewFeed& feed = made.feed;
  feed.name = arguments.at("name").get<std::string>();
  feed.kind = *store::feed_kind_from_text(arguments.at("kind").get<std::string>());
  feed.status = feed.kind == FeedKind::push ? FeedStatus::active : FeedStatus::paused;
  json settings = arguments;
  settings.erase("name");
  settings.erase("kind");
  settings["bars"] = feed.kind == FeedKind::synthetic;

  const Result<market::Calendar> calendar = market::Calendar::find(settings.value("calendar", "ALWAYS"));
  if (!calendar) {
    return calendar.error();
  }
  if (const auto speed = settings.value("speed", std::string("max")); speed != "max") {
    const std::optional<Ratio> ratio = parse_decimal(speed, Ratio{1'000'000 * kScale});
    if (!ratio || !ratio->is_positive()) {
      return Error{"speed \"" + speed + "\": write max, or how many times real time, up to 1000000"};
    }
  }
  if (feed.kind == FeedKind::csv) {
    const Result<market::CsvReader> reader = market::CsvReader::open(options_.directory, settings.value("file", ""),
                                                                     settings.value("symbol", ""), *calendar);
    if (!reader) {
      return reader.error();
    }
    settings["bars"] = reader->probe().columns.bars();
    feed.origin = Time{reader->probe().first_time.us - 1};
    made.understood = reader->probe().describe();
  } else if (feed.kind == FeedKind::synthetic) {
    const Result<market::SyntheticFeed> synthetic =
        market::SyntheticFeed::create(synthetic_settings(settings), *calendar);
    if (!synthetic) {
      return synthetic.error();
    }
    feed.origin = midnight_utc(market::SyntheticSettings{}.start);
  }
  feed.settings = settings.dump();
  return made;
}

void FeedService::add(Call& call) {
  const Result<Definition> made = define(call.request.arguments);
  if (!made) {
    call.reply(failure(ErrorCode::invalid_argument, made.error().message));
    return;
  }
  const store::NewFeed& feed = made->feed;
  const auto answer = catalog_.create_feed(feed, command_record(call.request));
  if (!answer) {
    call.reply(failure(error_code(answer.error().kind), answer.error().message));
    return;
  }
  json row = json::parse(answer->result);
  if (find_feed(feed.name) == nullptr) {
    store::StoredFeed stored;
    stored.id = FeedId{row.at("feed_id").get<std::int64_t>()};
    stored.name = feed.name;
    stored.kind = feed.kind;
    stored.settings = feed.settings;
    stored.status = feed.status;
    stored.origin = feed.origin;
    Result<std::unique_ptr<Feed>> loaded = load(stored);
    if (!loaded) {
      call.reply(failure(ErrorCode::unavailable, loaded.error().message));
      return;
    }
    insert(std::move(loaded).value());
  }
  if (!made->understood.empty()) {
    row["understood"] = made->understood;
  }
  call.reply({std::move(row), std::nullopt});
}

void FeedService::push(Call& call) {
  const json& arguments = call.request.arguments;
  const auto name = arguments.at("name").get<std::string>();
  Feed* feed = find_feed(name);
  if (feed == nullptr) {
    call.reply(failure(ErrorCode::not_found, "there is no feed \"" + name + "\"; see: tradectl feed list"));
    return;
  }
  if (feed->kind != FeedKind::push || feed->status != FeedStatus::active) {
    call.reply(failure(ErrorCode::refused, feed->kind != FeedKind::push
                                               ? "feed \"" + name + "\" is not a push feed"
                                               : "feed \"" + name + "\" is " + std::string(to_text(feed->status)) +
                                                     "; let it move: tradectl feed resume " + name));
    return;
  }
  if (!has_room(*feed)) {
    call.reply(failure(ErrorCode::busy, "the runs are still busy with the rows pushed before; try again in a moment"));
    return;
  }
  const market::FeedCounters before = feed->book.counters();
  std::vector<market::ClosedTick> ticks;
  json rejected = json::array();
  std::int64_t index = 0;
  for (const json& row : arguments.at("rows")) {
    market::Offer offer = feed->book.offer(raw_row(row, index++));
    if (offer.closed) {
      ticks.push_back(std::move(*offer.closed));
    }
    if (offer.status == market::Offer::Status::rejected) {
      rejected.push_back(
          {{"row", offer.rejected.line}, {"column", offer.rejected.column}, {"reason", offer.rejected.reason}});
    }
  }
  if (std::optional<market::ClosedTick> last = feed->book.flush()) {
    ticks.push_back(std::move(*last));
  }
  const market::FeedCounters& after = feed->book.counters();
  json result = {{"accepted", after.accepted - before.accepted},
                 {"duplicates", after.duplicates - before.duplicates},
                 {"ticks", ticks.size()},
                 {"rejected", std::move(rejected)}};
  const auto reply = std::make_shared<admin::ReplyFunction>(std::move(call.reply));
  if (!deliver(*feed, std::move(ticks), [reply, result = std::move(result)](bool committed) {
        (*reply)(committed ? admin::Reply{result, std::nullopt}
                           : failure(ErrorCode::unavailable,
                                     "the rows are stored; the runs take them up when "
                                     "the daemon serves again"));
      })) {
    (*reply)(failure(ErrorCode::unavailable,
                     "the rows can't be stored: the database can't be reached or refused them; "
                     "the log says which. Push them again: those that were stored count as duplicates"));
  }
}

Result<bool> FeedService::rebuild(Feed& feed) {
  const auto stored = catalog_.load_feeds();
  if (!stored) {
    return Error{stored.error().message};
  }
  const auto found =
      std::find_if(stored->begin(), stored->end(), [&](const store::StoredFeed& one) { return one.id == feed.id; });
  if (found == stored->end()) {
    return Error{"feed \"" + feed.name + "\" is no longer in the ledger"};
  }
  Result<std::unique_ptr<Feed>> loaded = load(*found);
  if (!loaded) {
    return loaded.error();
  }
  (*loaded)->under_way = feed.under_way;
  moving_ -= feed.moves() ? 1 : 0;
  insert(std::move(loaded).value());
  return true;
}

void FeedService::set_moving(Call& call, bool moving) {
  const auto name = call.request.arguments.at("name").get<std::string>();
  Feed* feed = find_feed(name);
  if (feed == nullptr) {
    call.reply(failure(ErrorCode::not_found, "there is no feed \"" + name + "\"; see: tradectl feed list"));
    return;
  }
  if (feed->status == FeedStatus::finished) {
    call.reply(failure(ErrorCode::refused, "feed \"" + name + "\" has delivered all of its rows"));
    return;
  }
  if (moving && feed->status == FeedStatus::error) {
    const Result<bool> rebuilt = rebuild(*feed);
    if (!rebuilt) {
      call.reply(failure(ErrorCode::unavailable, rebuilt.error().message));
      return;
    }
    feed = find_feed(name);
  }
  std::optional<FeedSource> source;
  if (moving && feed->kind != FeedKind::push && !feed->source) {
    Result<FeedSource> opened = open_source(*feed);
    if (!opened) {
      call.reply(failure(ErrorCode::refused, opened.error().message));
      return;
    }
    source = std::move(opened).value();
  }
  const FeedStatus status = moving ? FeedStatus::active : FeedStatus::paused;
  const auto answer = catalog_.set_feed_status(feed->id, status, "", command_record(call.request));
  if (!answer) {
    call.reply(failure(error_code(answer.error().kind), answer.error().message));
    return;
  }
  const bool moved = feed->moves();
  if (answer->repeated) {
    // What the first call did may have been undone since: the ledger knows.
    const Result<bool> rebuilt = rebuild(*feed);
    call.reply(rebuilt ? admin::Reply{json::parse(answer->result), std::nullopt}
                       : failure(ErrorCode::unavailable, rebuilt.error().message));
    return;
  }
  feed->status = status;
  if (source) {
    feed->source = std::move(source);
  }
  if (!feed->read_ahead.empty()) {  // the pace goes on from here, not from before the pause
    feed->pace_tick = feed->read_ahead.front().tick.time;
    feed->pace_start = std::chrono::steady_clock::now();
  }
  moving_ += static_cast<std::size_t>(feed->moves()) - static_cast<std::size_t>(moved);
  call.reply({json::parse(answer->result), std::nullopt});
}

}  // namespace tradingd
