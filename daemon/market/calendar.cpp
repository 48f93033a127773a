#include "daemon/market/calendar.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <mutex>
#include <ql/time/calendars/hongkong.hpp>
#include <ql/time/calendars/india.hpp>
#include <ql/time/calendars/japan.hpp>
#include <ql/time/calendars/unitedkingdom.hpp>
#include <ql/time/calendars/unitedstates.hpp>
#include <ql/time/calendars/weekendsonly.hpp>

namespace tradingd::market {

namespace {

using config::CalendarBase;
using config::DayHours;

constexpr Date day(int year, unsigned month, unsigned day_of_month) {
  const std::chrono::sys_days days{std::chrono::year{year} / std::chrono::month{month} /
                                   std::chrono::day{day_of_month}};
  return {static_cast<std::int32_t>(days.time_since_epoch().count())};
}

constexpr Date kFirstKnownDay = day(1901, 1, 1);
constexpr Date kLastKnownDay = day(2199, 12, 31);
constexpr Date kFirstTableDay = day(1980, 1, 1);
constexpr Date kLastTableDay = day(2039, 12, 31);

/// nullopt: every day is a session.
std::optional<QuantLib::Calendar> holidays_of(CalendarBase base) {
  switch (base) {
    case CalendarBase::new_york:
      return QuantLib::UnitedStates(QuantLib::UnitedStates::NYSE);
    case CalendarBase::london:
      return QuantLib::UnitedKingdom(QuantLib::UnitedKingdom::Exchange);
    case CalendarBase::india:
      return QuantLib::India(QuantLib::India::NSE);
    case CalendarBase::japan:
      return QuantLib::Japan();
    case CalendarBase::hong_kong:
      return QuantLib::HongKong(QuantLib::HongKong::HKEx);
    case CalendarBase::weekdays:
      return QuantLib::WeekendsOnly();
    case CalendarBase::every_day:
      break;
  }
  return std::nullopt;
}

date::sys_time<std::chrono::microseconds> to_sys(Time time) {
  return date::sys_time<std::chrono::microseconds>{std::chrono::microseconds{time.us}};
}

bool contains(const std::vector<Date>& days, Date date) { return std::binary_search(days.begin(), days.end(), date); }

}  // namespace

struct Calendar::Exchange {
  std::string name;
  config::CalendarFile file;
  const date::time_zone* zone = nullptr;  // nullptr: ALWAYS
  std::optional<QuantLib::Calendar> base;
  // Made when first asked for.
  mutable std::once_flag made;
  mutable Result<std::shared_ptr<const engine::SessionTable>> sessions = std::shared_ptr<const engine::SessionTable>();

  [[nodiscard]] const DayHours& usual_hours(Date date) const {
    const auto after = file.hours.upper_bound(date);
    return after == file.hours.begin() ? after->second : std::prev(after)->second;
  }

  [[nodiscard]] bool is_usual_day(Date date) const {
    constexpr std::int32_t kSerialOfEpoch = 25569;  // QuantLib counts as spreadsheets do
    if (contains(file.closed, date)) {
      return false;
    }
    if (const auto year = file.holidays.find(to_civil(date).year); year != file.holidays.end()) {
      const bool weekend = weekday(date) == 0 || weekday(date) == 6;
      return !(weekend && base) && !contains(year->second, date);
    }
    return !base ||
           base->isBusinessDay(QuantLib::Date(static_cast<QuantLib::Date::serial_type>(date.days + kSerialOfEpoch)));
  }

  [[nodiscard]] Time at_minute(Date date, int minute) const {
    const date::local_time<std::chrono::microseconds> local{std::chrono::days{date.days} +
                                                            std::chrono::minutes{minute}};
    // No exchange here opens or closes in the hour that a clock change skips or repeats.
    return {zone->to_sys(local, date::choose::earliest).time_since_epoch().count()};
  }
};

Calendar::Calendar(std::shared_ptr<const Exchange> exchange) : exchange_(std::move(exchange)) {}

Result<Calendar> Calendar::make(std::string_view name, config::CalendarFile file) {
  auto exchange = std::make_shared<Exchange>();
  exchange->name = name;
  try {
    exchange->zone = date::locate_zone(file.zone);
  } catch (const std::exception& failure) {
    return Error{"calendar " + std::string(name) + " needs the time zone \"" + file.zone +
                 "\", which the system doesn't have (" + failure.what() +
                 "): correct it, or install the package tzdata"};
  }
  exchange->base = holidays_of(file.base);
  exchange->file = std::move(file);
  TD_ASSERT(!exchange->file.hours.empty());
  return Calendar(std::move(exchange));
}

Calendar Calendar::always() {
  auto exchange = std::make_shared<Exchange>();
  exchange->name = kAlways;
  exchange->file.title = "Open at any time; its day is the UTC day";
  exchange->file.zone = "UTC";
  return Calendar(std::move(exchange));
}

const std::string& Calendar::name() const { return exchange_->name; }
const std::string& Calendar::title() const { return exchange_->file.title; }
const std::string& Calendar::zone() const { return exchange_->file.zone; }

std::optional<Date> Calendar::known_until() const {
  constexpr std::array kByRule{CalendarBase::new_york, CalendarBase::london, CalendarBase::japan};
  const config::CalendarFile& file = exchange_->file;
  const bool by_rule = std::find(kByRule.begin(), kByRule.end(), file.base) != kByRule.end();
  return by_rule || file.holidays.empty() ? std::nullopt : std::optional(day(file.holidays.rbegin()->first, 12, 31));
}

std::int32_t Calendar::utc_offset_s(Time time) const {
  return exchange_->zone == nullptr ? 0
                                    : static_cast<std::int32_t>(exchange_->zone->get_info(to_sys(time)).offset.count());
}

engine::Session Calendar::session_at(Time time) const {
  engine::Session session;
  if (exchange_->zone == nullptr) {
    session.date = utc_date(time);
    return session;
  }
  session.utc_offset_s = utc_offset_s(time);
  session.date = utc_date({time.us + session.utc_offset_s * kMicrosecondsPerSecond});
  session.open = false;
  for (const TradingTime& trading : trading_of(session.date)) {
    session.open = session.open || (trading.from <= time && time <= trading.to);
    session.closes = trading.to;
  }
  return session;
}

const DayHours* Calendar::hours_of(Date date) const {
  if (date < kFirstKnownDay || date > kLastKnownDay) {
    return nullptr;
  }
  if (const auto special = exchange_->file.sessions.find(date); special != exchange_->file.sessions.end()) {
    return &special->second;
  }
  return exchange_->is_usual_day(date) ? &exchange_->usual_hours(date) : nullptr;
}

std::vector<TradingTime> Calendar::trading_of(Date date) const {
  if (exchange_->zone == nullptr) {
    return {{midnight_utc(date), midnight_utc({date.days + 1})}};
  }
  std::vector<TradingTime> trading;
  if (const DayHours* const hours = hours_of(date); hours != nullptr) {
    trading.reserve(hours->size());
    for (const config::TradingSpan& span : *hours) {
      trading.push_back({exchange_->at_minute(date, span.from), exchange_->at_minute(date, span.to)});
    }
  }
  return trading;
}

std::optional<SessionTimes> Calendar::session_of(Date date) const {
  const std::vector<TradingTime> trading = trading_of(date);
  return trading.empty() ? std::nullopt : std::optional(SessionTimes{trading.front().from, trading.back().to});
}

bool Calendar::is_session(Date date) const { return exchange_->zone == nullptr || hours_of(date) != nullptr; }

bool Calendar::is_special(Date date) const { return exchange_->file.sessions.contains(date); }

std::optional<Date> Calendar::next_session(Date date) const {
  if (exchange_->zone == nullptr) {
    return Date{date.days + 1};
  }
  Date candidate = std::max(Date{date.days + 1}, kFirstKnownDay);
  while (candidate <= kLastKnownDay && !is_session(candidate)) {
    ++candidate.days;
  }
  return candidate <= kLastKnownDay ? std::optional(candidate) : std::nullopt;
}

Time Calendar::daily_time(Date date) const {
  if (exchange_->zone == nullptr) {
    return midnight_utc(date);
  }
  const std::optional<SessionTimes> times = session_of(date);
  return times ? times->closes : exchange_->at_minute(date, exchange_->usual_hours(date).back().to);
}

std::optional<Time> Calendar::to_utc(Date date, std::int64_t of_day_us) const {
  TD_ASSERT(of_day_us >= 0 && of_day_us < kMicrosecondsPerDay);
  if (exchange_->zone == nullptr) {
    return Time{midnight_utc(date).us + of_day_us};
  }
  const date::local_time<std::chrono::microseconds> local{std::chrono::days{date.days} +
                                                          std::chrono::microseconds{of_day_us}};
  if (exchange_->zone->get_info(date::floor<std::chrono::seconds>(local)).result == date::local_info::nonexistent) {
    return std::nullopt;
  }
  return Time{exchange_->zone->to_sys(local, date::choose::earliest).time_since_epoch().count()};
}

Result<std::shared_ptr<const engine::SessionTable>> Calendar::sessions() const {
  std::call_once(exchange_->made, [this] {
    if (exchange_->zone != nullptr) {
      exchange_->sessions = make_sessions();
    }
  });
  return exchange_->sessions;
}

Result<std::shared_ptr<const engine::SessionTable>> Calendar::make_sessions() const {
  std::vector<std::uint8_t> days;
  days.reserve(static_cast<std::size_t>(kLastTableDay.days - kFirstTableDay.days) + 1);
  std::vector<engine::SessionTable::Hours> kinds;
  date::sys_info zone_info{};  // holds from `begin` to `end`; looking one up costs more than all the rest
  for (Date date = kFirstTableDay; date <= kLastTableDay; ++date.days) {
    const DayHours* const hours = hours_of(date);
    if (hours == nullptr) {
      days.push_back(0);
      continue;
    }
    const date::local_seconds opens{std::chrono::days{date.days} + std::chrono::minutes{hours->front().from}};
    const date::sys_seconds guess{opens.time_since_epoch() - zone_info.offset};
    if (guess < zone_info.begin || guess >= zone_info.end) {
      zone_info = exchange_->zone->get_info(exchange_->zone->to_sys(opens, date::choose::earliest));
    }
    const engine::SessionTable::Hours kind{hours->front().from * 60, hours->back().to * 60,
                                           static_cast<std::int32_t>(zone_info.offset.count())};
    auto found = std::find(kinds.begin(), kinds.end(), kind);
    if (found == kinds.end()) {
      if (kinds.size() == engine::SessionTable::kHoursMax) {
        return Error{"calendar " + name() + " has more than " + std::to_string(engine::SessionTable::kHoursMax) +
                     " kinds of day; give its [sessions] fewer different hours"};
      }
      found = kinds.insert(kinds.end(), kind);
    }
    days.push_back(static_cast<std::uint8_t>(found - kinds.begin() + 1));
  }
  return std::make_shared<const engine::SessionTable>(name(), kFirstTableDay, std::move(days), std::move(kinds));
}

}  // namespace tradingd::market
