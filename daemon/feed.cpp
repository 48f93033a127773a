#include "daemon/feed.h"

#include <unistd.h>

#include <algorithm>

#include "daemon/config/announcements.h"
#include "daemon/config/instruments.h"
#include "daemon/market/open_beneath.h"

namespace tradingd {

namespace {

using nlohmann::json;
using store::FeedKind;
using store::FeedStatus;

/// Where a run stands that is started on a push feed without a row: rows' years begin with 1901.
Time before_all_rows() { return {midnight_utc(from_civil({1901, 1, 1})).us - 1}; }
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
market::SyntheticSettings synthetic_settings(const json& settings) {
  market::SyntheticSettings synthetic;
  synthetic.seed = static_cast<std::uint64_t>(settings.value("seed", std::int64_t{1}));
  synthetic.symbols = static_cast<int>(
      std::clamp<std::int64_t>(settings.value("symbols", std::int64_t{1}), -1, market::kSyntheticSymbolsMax + 1));
  synthetic.ticks = settings.value("ticks", std::int64_t{0});
  return synthetic;
}

constexpr std::int64_t kInstrumentsBytesMax = 16LL * 1024 * 1024;

Result<std::string> read_beneath(const std::string& folder, const std::string& file) {
  const Result<market::OpenedFile> opened = market::open_beneath(folder, file);
  if (!opened) {
    return opened.error();
  }
  if (opened->bytes > kInstrumentsBytesMax) {
    return Error{file + " is too large for what it should hold"};
  }
  std::string text(static_cast<std::size_t>(opened->bytes), '\0');
  const ssize_t read = pread(opened->handle.get(), text.data(), text.size(), 0);
  if (read != opened->bytes) {
    return Error{file + " can't be read"};
  }
  return text;
}

/// Of the feed's instruments file, if it has one.
Result<std::vector<engine::Instrument>> read_instruments(const json& settings, const FeedEnvironment& environment) {
  const auto file = settings.value("instruments", std::string());
  if (file.empty()) {
    return settings.value("closed", false)
               ? Result<std::vector<engine::Instrument>>(Error{"a closed feed needs its instruments: give instruments"})
               : std::vector<engine::Instrument>();
  }
  const Result<std::string> text = read_beneath(environment.directory, file);
  return text ? config::parse_instruments(*text, file, settings.value("calendar", "ALWAYS")) : text.error();
}

}  // namespace

FeedSummary summary_of(const store::StoredFeed& stored) {
  return {stored.id, stored.origin.value_or(before_all_rows()), json::parse(stored.settings).value("bars", false)};
}

std::optional<std::chrono::steady_clock::time_point> Feed::due() const {
  if (!speed || read_ahead.empty() || !pace_tick) {
    return std::nullopt;
  }
  constexpr Int128 kTenYears = static_cast<Int128>(3653) * kMicrosecondsPerDay;
  const Int128 us =
      divide_half_even(static_cast<Int128>(read_ahead.front().tick.time.us - pace_tick->us) * kScale, speed->units);
  return pace_start + std::chrono::microseconds(static_cast<std::int64_t>(std::min(us, kTenYears)));
}

void Feed::set_pace(Time tick) {
  pace_tick = tick;
  pace_start = std::chrono::steady_clock::now();
}

store::FeedTotals Feed::totals() const {
  const market::FeedCounters& counters = book.counters();
  store::FeedTotals totals;
  totals.accepted = counters.accepted - static_cast<std::int64_t>(book.rows_under_construction());
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

Result<market::Calendar> find_calendar(const market::CalendarBook& calendars, const json& settings) {
  Result<market::Calendar> calendar = calendars.find(settings.value("calendar", std::string(market::kAlways)));
  if (calendar) {
    if (const auto sessions = calendar->sessions(); !sessions) {
      return sessions.error();
    }
  }
  return calendar;
}

Result<std::unique_ptr<Feed>> load_feed(const store::StoredFeed& stored, const FeedEnvironment& environment) {
  const json settings = json::parse(stored.settings);
  Result<market::Calendar> calendar = find_calendar(*environment.calendars, settings);
  if (!calendar) {
    return calendar.error();
  }
  market::FeedRules rules;
  rules.price_jump_max = environment.price_jump_max;
  rules.takes_new_symbols = !settings.value("closed", false);
  auto feed = std::make_unique<Feed>(market::FeedBook(std::move(calendar).value(), rules));
  feed->id = stored.id;
  feed->name = stored.name;
  feed->kind = stored.kind;
  feed->settings = settings;
  feed->status = stored.status;
  feed->summary = summary_of(stored);
  if (const auto speed = settings.value("speed", std::string("max")); speed != "max") {
    feed->speed = parse_decimal(speed, Ratio{1'000'000 * kScale});
  }
  if (stored.last_tick || !stored.instruments.empty()) {
    const Result<engine::Market> market =
        environment.ledger->load_market(stored.id, stored.last_tick.value_or(kTimeMin));
    if (!market) {
      return market.error();
    }
    feed->book.restore(*market);
  }
  feed->book.restore(counters_of(stored));
  for (const engine::AnnouncedAction& action : stored.actions) {
    // One that is past its date was of a symbol that the feed didn't know then.
    static_cast<void>(feed->book.announce(action));
  }
  return feed;
}

Result<FeedSource> open_source(const Feed& feed, const FeedEnvironment& environment) {
  const auto open = [&]() -> Result<FeedSource> {
    if (feed.kind == FeedKind::csv) {
      Result<market::CsvReader> reader =
          market::CsvReader::open(environment.directory, feed.settings.value("file", ""),
                                  feed.settings.value("symbol", ""), feed.book.calendar());
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

Result<FeedDefinition> define_feed(const json& arguments, const FeedEnvironment& environment) {
  FeedDefinition made;
  store::NewFeed& feed = made.feed;
  feed.name = arguments.at("name").get<std::string>();
  feed.kind = *store::feed_kind_from_text(arguments.at("kind").get<std::string>());
  feed.status = feed.kind == FeedKind::push ? FeedStatus::active : FeedStatus::paused;
  json settings = arguments;
  settings.erase("name");
  settings.erase("kind");
  settings["bars"] = feed.kind == FeedKind::synthetic;

  const Result<market::Calendar> calendar = find_calendar(*environment.calendars, settings);
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
    const Result<market::CsvReader> reader = market::CsvReader::open(environment.directory, settings.value("file", ""),
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
  Result<std::vector<engine::Instrument>> instruments = read_instruments(settings, environment);
  if (!instruments) {
    return instruments.error();
  }
  feed.instruments = std::move(instruments).value();
  if (const auto file = settings.value("actions", std::string()); !file.empty()) {
    const Result<std::string> text = read_beneath(environment.directory, file);
    Result<std::vector<engine::AnnouncedAction>> actions = text ? config::parse_actions(*text, file) : text.error();
    if (!actions) {
      return actions.error();
    }
    feed.actions = std::move(actions).value();
  }
  feed.settings = settings.dump();
  return made;
}

}  // namespace tradingd
