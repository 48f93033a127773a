#pragma once
// Trading calendars: on which days an exchange has a session, and when it opens and closes. A TOML file
// says the hours, half days, special sessions and closings (daemon/config/calendar_file.h); in years that it
// doesn't list, holidays come from QuantLib. Daylight saving comes from the system's tzdata.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/config/calendar_file.h"
#include "daemon/engine/market.h"
#include "daemon/engine/sessions.h"

namespace tradingd::market {

/// A stretch of trading, both ends included.
struct TradingTime {
  Time from;
  Time to;
};

struct SessionTimes {
  Time opens;
  Time closes;

  friend bool operator==(const SessionTimes&, const SessionTimes&) = default;
};

inline constexpr std::string_view kAlways = "ALWAYS";

/// One exchange's calendar. Immutable; copies share their content and any thread may use them.
///
/// Known days are those of 1901 … 2199; outside them an exchange has no session. ALWAYS is open at any
/// time, its day is the UTC day, and it closes never: its sessions end where the next one begins.
class Calendar {
 public:
  /// Fails where the system's time zone data lack the file's zone.
  [[nodiscard]] static Result<Calendar> make(std::string_view name, config::CalendarFile file);
  [[nodiscard]] static Calendar always();

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const std::string& title() const;
  [[nodiscard]] const std::string& zone() const;

  /// Where `time` falls in the exchange's day. The market is open from the session's open to its close,
  /// both included, breaks excepted: a daily bar bears its session's close and must find the market open.
  [[nodiscard]] engine::Session session_at(Time time) const;
  /// nullopt on a day without a session.
  [[nodiscard]] std::optional<SessionTimes> session_of(Date date) const;
  /// The day's trading, ascending; empty on a day without a session. More than one: with breaks.
  [[nodiscard]] std::vector<TradingTime> trading_of(Date date) const;
  [[nodiscard]] bool is_session(Date date) const;
  /// Whether the day's hours are not the usual ones: half days, evening and weekend sessions.
  [[nodiscard]] bool is_special(Date date) const;
  /// The last day of the years whose holidays are listed, where the later ones follow no rule: India's and Hong Kong's
  /// hang on the moon and on decrees. nullopt: there is no end.
  [[nodiscard]] std::optional<Date> known_until() const;
  /// The first session after `date`; nullopt at the end of the known days.
  [[nodiscard]] std::optional<Date> next_session(Date date) const;

  /// The logical time of a row that bears only a date: the session's close; on a day without a session
  /// the exchange's usual closing time; for ALWAYS 00:00Z.
  [[nodiscard]] Time daily_time(Date date) const;
  /// The exchange's own clock as UTC; of two equal readings in autumn the first. nullopt for a reading
  /// that spring skips. `of_day_us`: microseconds since midnight, less than a day.
  [[nodiscard]] std::optional<Time> to_utc(Date date, std::int64_t of_day_us) const;
  /// The exchange's own clock − UTC.
  [[nodiscard]] std::int32_t utc_offset_s(Time time) const;

  /// The sessions of 1980 … 2039 for the engine; nullptr for ALWAYS, of which every day is one. Made at the
  /// first call, which takes some milliseconds; an error where the days have more kinds than a table holds.
  [[nodiscard]] Result<std::shared_ptr<const engine::SessionTable>> sessions() const;

 private:
  struct Exchange;

  explicit Calendar(std::shared_ptr<const Exchange> exchange);
  [[nodiscard]] const config::DayHours* hours_of(Date date) const;
  [[nodiscard]] Result<std::shared_ptr<const engine::SessionTable>> make_sessions() const;

  std::shared_ptr<const Exchange> exchange_;
};

}  // namespace tradingd::market
