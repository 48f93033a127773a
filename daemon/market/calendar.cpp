#include "daemon/market/calendar.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <ql/time/calendars/hongkong.hpp>
#include <ql/time/calendars/india.hpp>
#include <ql/time/calendars/japan.hpp>
#include <ql/time/calendars/unitedkingdom.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <stdexcept>
#include <vector>

namespace tradingd::market {

namespace {

/// Hours that hold from a day on, in minutes of the exchange's own day.
struct Hours {
  Date from;
  int opens;
  int closes;
};

constexpr Date day(int year, unsigned month, unsigned day_of_month) {
  const std::chrono::sys_days days{std::chrono::year{year} / std::chrono::month{month} /
                                   std::chrono::day{day_of_month}};
  return {static_cast<std::int32_t>(days.time_since_epoch().count())};
}

constexpr int at(int hour, int minute) { return hour * 60 + minute; }

constexpr Date kFirstKnownDay = day(1901, 1, 1);
constexpr Date kLastKnownDay = day(2199, 12, 31);

constexpr std::array kNewYorkHours{Hours{kFirstKnownDay, at(9, 30), at(16, 0)}};
constexpr std::array kLondonHours{Hours{kFirstKnownDay, at(8, 0), at(16, 30)}};
constexpr std::array kIndiaHours{Hours{kFirstKnownDay, at(9, 15), at(15, 30)}};
constexpr std::array kTokyoHours{Hours{kFirstKnownDay, at(9, 0), at(15, 0)},
                                 Hours{day(2024, 11, 5), at(9, 0), at(15, 30)}};
constexpr std::array kHongKongHours{Hours{kFirstKnownDay, at(10, 0), at(16, 0)},
                                    Hours{day(2011, 3, 7), at(9, 30), at(16, 0)}};

struct ExchangeRow {
  std::string_view name;
  const char* zone;
  std::span<const Hours> hours;  // by `from`, ascending; the first holds for all days before the second
  QuantLib::Calendar (*holidays)();
};

QuantLib::Calendar united_states() { return QuantLib::UnitedStates(QuantLib::UnitedStates::NYSE); }
QuantLib::Calendar united_kingdom() { return QuantLib::UnitedKingdom(QuantLib::UnitedKingdom::Exchange); }
QuantLib::Calendar india() { return QuantLib::India(QuantLib::India::NSE); }
QuantLib::Calendar japan() { return QuantLib::Japan(); }
QuantLib::Calendar hong_kong() { return QuantLib::HongKong(QuantLib::HongKong::HKEx); }

constexpr std::string_view kAlways = "ALWAYS";

constexpr std::array kExchanges{
    ExchangeRow{"XNYS", "America/New_York", kNewYorkHours, united_states},
    ExchangeRow{"XNAS", "America/New_York", kNewYorkHours, united_states},
    ExchangeRow{"XLON", "Europe/London", kLondonHours, united_kingdom},
    ExchangeRow{"XNSE", "Asia/Kolkata", kIndiaHours, india},
    ExchangeRow{"XBOM", "Asia/Kolkata", kIndiaHours, india},
    ExchangeRow{"XTKS", "Asia/Tokyo", kTokyoHours, japan},
    ExchangeRow{"XHKG", "Asia/Hong_Kong", kHongKongHours, hong_kong},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kExchanges.size() + 1> names{};
  names[0] = kAlways;
  std::transform(kExchanges.begin(), kExchanges.end(), names.begin() + 1,
                 [](const ExchangeRow& row) { return row.name; });
  return names;
}();

date::sys_time<std::chrono::microseconds> to_sys(Time time) {
  return date::sys_time<std::chrono::microseconds>{std::chrono::microseconds{time.us}};
}

}  // namespace

struct Calendar::Exchange {
  std::string_view name;
  const ExchangeRow* row = nullptr;  // nullptr: ALWAYS
  const date::time_zone* zone = nullptr;
  QuantLib::Calendar holidays;

  [[nodiscard]] Hours hours_on(Date date) const {
    const auto after = std::upper_bound(row->hours.begin(), row->hours.end(), date,
                                        [](Date wanted, const Hours& hours) { return wanted < hours.from; });
    return after == row->hours.begin() ? row->hours.front() : *std::prev(after);
  }

  [[nodiscard]] Time at_minute(Date date, int minute) const {
    const date::local_time<std::chrono::microseconds> local{std::chrono::days{date.days} +
                                                            std::chrono::minutes{minute}};
    // No exchange here opens or closes in the hour that a clock change skips or repeats.
    return {zone->to_sys(local, date::choose::earliest).time_since_epoch().count()};
  }

  [[nodiscard]] std::int32_t utc_offset_s(Time time) const {
    return static_cast<std::int32_t>(zone->get_info(to_sys(time)).offset.count());
  }
};

Calendar::Calendar(std::shared_ptr<const Exchange> exchange) : exchange_(std::move(exchange)) {}

Result<Calendar> Calendar::find(std::string_view name) {
  auto exchange = std::make_shared<Exchange>();
  if (name == kAlways) {
    exchange->name = kAlways;
    return Calendar(std::move(exchange));
  }
  const auto* const row = std::find_if(kExchanges.begin(), kExchanges.end(),
                                       [&](const ExchangeRow& candidate) { return candidate.name == name; });
  if (row == kExchanges.end()) {
    std::string message = "there is no calendar \"" + std::string(name) + "\"; there are";
    for (const std::string_view known : kNames) {
      message.append(" ").append(known);
    }
    return Error{std::move(message)};
  }
  try {
    exchange->zone = date::locate_zone(row->zone);
  } catch (const std::exception& failure) {
    return Error{"calendar " + std::string(name) + " needs the time zone " + row->zone + ", which the system lacks (" +
                 failure.what() + "): install the package tzdata"};
  }
  exchange->name = row->name;
  exchange->row = row;
  exchange->holidays = row->holidays();
  return Calendar(std::move(exchange));
}

std::span<const std::string_view> Calendar::names() { return kNames; }

std::string_view Calendar::name() const { return exchange_->name; }

engine::Session Calendar::session_at(Time time) const {
  engine::Session session;
  if (exchange_->row == nullptr) {
    session.date = utc_date(time);
    return session;
  }
  session.utc_offset_s = exchange_->utc_offset_s(time);
  session.date = utc_date({time.us + session.utc_offset_s * kMicrosecondsPerSecond});
  const std::optional<SessionTimes> times = session_of(session.date);
  session.open = times && times->opens <= time && time <= times->closes;
  if (times) {
    session.closes = times->closes;
  }
  return session;
}

std::optional<SessionTimes> Calendar::session_of(Date date) const {
  if (exchange_->row == nullptr) {
    return SessionTimes{midnight_utc(date), midnight_utc({date.days + 1})};
  }
  if (!is_session(date)) {
    return std::nullopt;
  }
  const Hours hours = exchange_->hours_on(date);
  return SessionTimes{exchange_->at_minute(date, hours.opens), exchange_->at_minute(date, hours.closes)};
}

bool Calendar::is_session(Date date) const {
  if (exchange_->row == nullptr) {
    return true;
  }
  if (date < kFirstKnownDay || date > kLastKnownDay) {
    return false;
  }
  constexpr std::int32_t kSerialOfEpoch = 25569;  // QuantLib counts as spreadsheets do
  return exchange_->holidays.isBusinessDay(
      QuantLib::Date(static_cast<QuantLib::Date::serial_type>(date.days + kSerialOfEpoch)));
}

std::optional<Date> Calendar::next_session(Date date) const {
  if (exchange_->row == nullptr) {
    return Date{date.days + 1};
  }
  Date candidate = std::max(Date{date.days + 1}, kFirstKnownDay);
  while (candidate <= kLastKnownDay && !is_session(candidate)) {
    ++candidate.days;
  }
  return candidate <= kLastKnownDay ? std::optional(candidate) : std::nullopt;
}

Time Calendar::daily_time(Date date) const {
  if (exchange_->row == nullptr) {
    return midnight_utc(date);
  }
  const std::optional<SessionTimes> times = session_of(date);
  return times ? times->closes : exchange_->at_minute(date, exchange_->hours_on(date).closes);
}

std::optional<Time> Calendar::to_utc(Date date, std::int64_t of_day_us) const {
  TD_ASSERT(of_day_us >= 0 && of_day_us < kMicrosecondsPerDay);
  if (exchange_->row == nullptr) {
    return Time{midnight_utc(date).us + of_day_us};
  }
  const date::local_time<std::chrono::microseconds> local{std::chrono::days{date.days} +
                                                          std::chrono::microseconds{of_day_us}};
  if (exchange_->zone->get_info(date::floor<std::chrono::seconds>(local)).result == date::local_info::nonexistent) {
    return std::nullopt;
  }
  return Time{exchange_->zone->to_sys(local, date::choose::earliest).time_since_epoch().count()};
}

}  // namespace tradingd::market
