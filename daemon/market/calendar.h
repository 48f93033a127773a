#pragma once
// Trading calendars: on which days an exchange has a session, and when it opens and closes. Holidays
// come from QuantLib, hours and zones from a table in calendar.cpp, daylight saving from the system's
// tzdata.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/engine/market.h"

namespace tradingd::market {

struct SessionTimes {
  Time opens;
  Time closes;

  friend bool operator==(const SessionTimes&, const SessionTimes&) = default;
};

/// One exchange's calendar. Immutable; copies share their content and any thread may use them.
///
/// Known days are those of 1901 … 2199; outside them an exchange has no session. ALWAYS is open at any
/// time, its day is the UTC day, and it closes never: its sessions end where the next one begins.
class Calendar {
 public:
  /// The calendar of this name (ALWAYS, XNYS, XNAS, XLON, XNSE, XBOM, XTKS, XHKG). Fails for another
  /// name, and where the system's time zone data are missing. The first call for an exchange reads the
  /// system's zone list, which takes some milliseconds.
  [[nodiscard]] static Result<Calendar> find(std::string_view name);
  /// All names, for messages and help.
  [[nodiscard]] static std::span<const std::string_view> names();

  [[nodiscard]] std::string_view name() const;

  /// Where `time` falls in the exchange's day. The market is open from the session's open to its close,
  /// both included: a daily bar bears its session's close and must find the market open.
  [[nodiscard]] engine::Session session_at(Time time) const;
  /// nullopt on a day without a session.
  [[nodiscard]] std::optional<SessionTimes> session_of(Date date) const;
  [[nodiscard]] bool is_session(Date date) const;
  /// The first session after `date`; nullopt at the end of the known days.
  [[nodiscard]] std::optional<Date> next_session(Date date) const;

  /// The logical time of a row that bears only a date: the session's close; on a day without a session
  /// the exchange's usual closing time; for ALWAYS 00:00Z.
  [[nodiscard]] Time daily_time(Date date) const;
  /// The exchange's own clock as UTC; of two equal readings in autumn the first. nullopt for a reading
  /// that spring skips. `of_day_us`: microseconds since midnight, less than a day.
  [[nodiscard]] std::optional<Time> to_utc(Date date, std::int64_t of_day_us) const;

 private:
  struct Exchange;

  explicit Calendar(std::shared_ptr<const Exchange> exchange);

  std::shared_ptr<const Exchange> exchange_;
};

}  // namespace tradingd::market
