#include "daemon/calendars.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/pages.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using market::Calendar;
using nlohmann::json;
using protocol::ErrorCode;

constexpr int kYearMin = 1901;
constexpr int kYearMax = 2199;
constexpr std::array kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

std::string clock_text(const Calendar& calendar, Time time) {
  const Time local{time.us + calendar.utc_offset_s(time) * kMicrosecondsPerSecond};
  return format_time(local).substr(11, 5);
}

/// "09:00-11:30 12:30-15:30", exchange time.
std::string hours_text(const Calendar& calendar, Date date) {
  std::string text;
  for (const market::TradingTime& trading : calendar.trading_of(date)) {
    text += text.empty() ? "" : " ";
    text += clock_text(calendar, trading.from) + "-" + clock_text(calendar, trading.to);
  }
  return text;
}

/// The session that `time` is in, or the next one.
std::optional<Date> session_at_or_after(const Calendar& calendar, Time time) {
  const Date today = calendar.session_at(time).date;
  const std::optional<market::SessionTimes> times = calendar.session_of(today);
  return times && time <= times->closes ? today : calendar.next_session(today);
}

json row_at(const Calendar& calendar, Time time) {
  const engine::Session session = calendar.session_at(time);
  const std::optional<Date> next = session_at_or_after(calendar, time);
  const std::optional<market::SessionTimes> times = next ? calendar.session_of(*next) : std::nullopt;
  return {{"calendar", calendar.name()},
          {"time", format_time(time)},
          {"market_open", session.open},
          {"session_date", next ? json(format_date(*next)) : json()},
          {"opens", times ? json(format_time(times->opens)) : json()},
          {"closes", times ? json(format_time(times->closes)) : json()}};
}

admin::Reply list(const market::CalendarBook& calendars, const admin::Request& request, Time now) {
  std::vector<json> rows;
  for (const auto& [name, calendar] : calendars.calendars()) {
    const json row = row_at(calendar, now);
    rows.push_back({name, calendar.title(), calendar.zone(), row.at("market_open"), row.at("session_date"),
                    row.at("opens"), row.at("closes")});
  }
  return page_of({"calendar", "title", "zone", "market_open", "session_date", "opens", "closes"}, std::move(rows),
                 request.arguments);
}

admin::Reply show(const Calendar& calendar, const admin::Request& request, Time now) {
  const json& arguments = request.arguments;
  const auto year = arguments.value("year", static_cast<std::int64_t>(to_civil(utc_date(now)).year));
  if (year < kYearMin || year > kYearMax) {
    return failure(ErrorCode::invalid_argument,
                   "year: write one from " + std::to_string(kYearMin) + " to " + std::to_string(kYearMax));
  }
  const bool only_special = arguments.value("special", false);
  std::vector<json> rows;
  const Date last = from_civil({static_cast<int>(year), 12, 31});
  for (Date date = from_civil({static_cast<int>(year), 1, 1}); date <= last; ++date.days) {
    const std::optional<market::SessionTimes> times = calendar.session_of(date);
    const bool weekend = weekday(date) == 0 || weekday(date) == 6;
    const bool special = times ? calendar.is_special(date) : !weekend;
    if ((times || !weekend) && (special || !only_special)) {
      rows.push_back({format_date(date), kWeekdays.at(static_cast<std::size_t>(weekday(date))),
                      !times    ? "closed"
                      : special ? "special"
                                : "regular",
                      hours_text(calendar, date), times ? json(format_time(times->opens)) : json(),
                      times ? json(format_time(times->closes)) : json()});
    }
  }
  return page_of({"session_date", "weekday", "kind", "hours", "opens", "closes"}, std::move(rows), arguments);
}

}  // namespace

Calendars::Calendars(std::vector<std::string> folders) : folders_(std::move(folders)) {}

Result<bool> Calendars::reload() {
  Result<market::CalendarBook> fresh = market::CalendarBook::load(folders_);
  if (!fresh) {
    return fresh.error();
  }
  auto book = std::make_shared<const market::CalendarBook>(std::move(fresh).value());
  const std::lock_guard lock(mutex_);
  book_ = std::move(book);
  return true;
}

std::shared_ptr<const market::CalendarBook> Calendars::book() const {
  const std::lock_guard lock(mutex_);
  return book_;
}

bool is_calendar_command(std::string_view method) { return method.starts_with("calendar."); }

admin::Reply answer_calendar(const market::CalendarBook& calendars, const admin::Request& request, Time now) {
  if (request.command->method == "calendar.list") {
    return list(calendars, request, now);
  }
  const Result<Calendar> calendar = calendars.find(request.arguments.at("name").get<std::string>());
  if (!calendar) {
    return failure(ErrorCode::not_found, calendar.error().message);
  }
  if (request.command->method == "calendar.show") {
    return show(*calendar, request, now);
  }
  Time time = now;
  if (request.arguments.contains("time")) {
    const Result<Time> given = parse_time(request.arguments.at("time").get<std::string>());
    if (!given) {
      return failure(ErrorCode::invalid_argument, "time: " + given.error().message);
    }
    time = *given;
  }
  return {row_at(*calendar, time), std::nullopt};
}

}  // namespace tradingd
