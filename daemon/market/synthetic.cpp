#include "daemon/market/synthetic.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tradingd::market {

namespace {

constexpr std::int64_t kCent = kScale / 100;
constexpr Price kLowest{1 * kScale};
constexpr Price kHighest{100'000 * kScale};
constexpr std::int64_t kPartsPerBillion = 1'000'000'000;
constexpr std::int64_t kSessionsPerRegime = 60;
constexpr std::uint64_t kRegimeStream = ~std::uint64_t{0};

/// A session's mean return and standard deviation, in parts per billion.
struct Regime {
  std::int64_t drift;
  std::int64_t deviation;
};
constexpr std::array kRegimes{
    Regime{400'000, 7'000'000},      // calm
    Regime{1'000'000, 10'000'000},   // rising
    Regime{-1'200'000, 16'000'000},  // falling
    Regime{-200'000, 30'000'000},    // turbulent
};

/// The finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// Draws by their key: the k-th tick of a stream, n-th draw in it.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t stream, std::int64_t tick)
      : key_(mix(mix(mix(seed) ^ stream) ^ static_cast<std::uint64_t>(tick))) {}

  /// 0 … below − 1.
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(mix(key_ ^ n_++) % static_cast<std::uint64_t>(bound));
  }

  /// About normal, the sum of four uniform draws, with a standard deviation of kDeviation.
  std::int64_t bell() {
    std::int64_t sum = 0;
    for (int i = 0; i < 4; ++i) {
      sum += below(2001) - 1000;
    }
    return sum;
  }
  static constexpr std::int64_t kDeviation = 1155;  // 1000 × √(4 ÷ 3)

 private:
  std::uint64_t key_;
  std::uint64_t n_ = 0;
};

std::int64_t square_root(std::int64_t number) {
  std::int64_t root = 1;
  while ((root + 1) * (root + 1) <= number) {
    ++root;
  }
  return root;
}

/// price × (1 + parts per billion), in whole cents and within bounds.
Price moved(Price price, std::int64_t parts) {
  const Int128 exact = Int128{price.units} * (kPartsPerBillion + parts) / kPartsPerBillion;
  const Price rounded{static_cast<std::int64_t>((exact + kCent / 2) / kCent * kCent)};
  return std::clamp(rounded, kLowest, kHighest);
}

std::string symbol_of(std::size_t index) {
  const std::string number = std::to_string(index + 1);
  return (number.size() < 2 ? "S0" : "S") + number;
}

}  // namespace

SyntheticFeed::SyntheticFeed(const SyntheticSettings& settings, Calendar calendar)
    : settings_(settings), calendar_(std::move(calendar)) {
  session_ = calendar_.is_session(settings_.start) ? settings_.start : calendar_.next_session(settings_.start);
  for (int i = 0; i < settings_.symbols; ++i) {
    Draws draws(settings_.seed, static_cast<std::uint64_t>(i), -1);
    const Price first{(50 + draws.below(200)) * kScale};
    walks_.push_back({first, first, first, first, 0});
  }
}

Result<SyntheticFeed> SyntheticFeed::create(const SyntheticSettings& settings, Calendar calendar) {
  const CivilDate start = to_civil(settings.start);
  if (settings.symbols < 1 || settings.symbols > kSyntheticSymbolsMax) {
    return Error{"a synthetic feed has 1 to " + std::to_string(kSyntheticSymbolsMax) + " symbols, not " +
                 std::to_string(settings.symbols)};
  }
  if (start.year < 1901 || start.year > 2198) {
    return Error{"a synthetic feed starts in 1901 to 2198, not at " + format_date(settings.start)};
  }
  if (settings.interval_s < 0 || settings.ticks < 0) {
    return Error{"a synthetic feed's interval and number of ticks can't be negative"};
  }
  SyntheticFeed feed(settings, std::move(calendar));
  if (settings.interval_s > 0) {
    const SessionTimes times = feed.calendar_.session_of(*feed.session_).value();
    feed.ticks_per_session_ = (times.closes.us - times.opens.us) / kMicrosecondsPerSecond / settings.interval_s;
    if (feed.ticks_per_session_ == 0) {
      return Error{"an interval of " + std::to_string(settings.interval_s) + " s is longer than a session of " +
                   std::string(feed.calendar_.name()) + "; use 0 for one bar a session"};
    }
  }
  return feed;
}

bool SyntheticFeed::advance_time() {
  if (tick_ + 1 == settings_.ticks && settings_.ticks > 0) {
    return false;
  }
  const std::int64_t interval_us = settings_.interval_s * kMicrosecondsPerSecond;
  if (session_times_ && interval_us > 0 && time_.us + interval_us <= session_times_->closes.us) {
    time_.us += interval_us;
    return true;
  }
  if (session_times_ && session_) {
    session_ = calendar_.next_session(*session_);
  }
  if (!session_ || to_civil(*session_).year > 2198) {
    return false;
  }
  session_times_ = calendar_.session_of(*session_);
  time_ = interval_us == 0 ? calendar_.daily_time(*session_) : Time{session_times_->opens.us + interval_us};
  return true;
}

void SyntheticFeed::advance_walks() {
  const std::int64_t session_number = tick_ / ticks_per_session_;
  Draws regime_draw(settings_.seed, kRegimeStream, session_number / kSessionsPerRegime);
  const Regime& regime = kRegimes.at(static_cast<std::size_t>(regime_draw.below(kRegimes.size())));
  const std::int64_t deviation = regime.deviation / square_root(ticks_per_session_);
  for (std::size_t i = 0; i < walks_.size(); ++i) {
    Walk& walk = walks_[i];
    Draws draws(settings_.seed, i, tick_);
    walk.open = walk.close;
    walk.close = moved(walk.open, regime.drift / ticks_per_session_ + deviation * draws.bell() / Draws::kDeviation);
    walk.high = moved(std::max(walk.open, walk.close), draws.below(deviation));
    walk.low = moved(std::min(walk.open, walk.close), -draws.below(deviation));
    walk.volume = 100'000 + draws.below(900'000);
  }
}

bool SyntheticFeed::advance() {
  if (!advance_time()) {
    return false;
  }
  ++tick_;
  advance_walks();
  return true;
}

void SyntheticFeed::skip_until(Time time) {
  while (advance()) {
    if (time_ > time) {
      pending_ = true;
      return;
    }
  }
}

bool SyntheticFeed::next(std::vector<RawRow>& rows) {
  if (!std::exchange(pending_, false) && !advance()) {
    return false;
  }
  rows.resize(walks_.size());
  for (std::size_t i = 0; i < walks_.size(); ++i) {
    const Walk& walk = walks_[i];
    RawRow& row = rows[i];
    row.line = tick_ * static_cast<std::int64_t>(walks_.size()) + static_cast<std::int64_t>(i) + 1;
    row.time = format_time(time_);
    row.symbol = symbol_of(i);
    row.open = to_string(walk.open);
    row.high = to_string(walk.high);
    row.low = to_string(walk.low);
    row.close = to_string(walk.close);
    row.volume = std::to_string(walk.volume);
  }
  return true;
}

}  // namespace tradingd::market
