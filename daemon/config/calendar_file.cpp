#include "daemon/config/calendar_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "daemon/config/reader.h"

namespace tradingd::config {

namespace {

constexpr std::array<Choice<CalendarBase>, 7> kBaseWords{{
    {"weekdays", CalendarBase::weekdays},
    {"every_day", CalendarBase::every_day},
    {"new_york", CalendarBase::new_york},
    {"london", CalendarBase::london},
    {"india", CalendarBase::india},
    {"japan", CalendarBase::japan},
    {"hong_kong", CalendarBase::hong_kong},
}};

constexpr int kMinutesPerDay = 24 * 60;
constexpr const char* kHoursRule = " is not a day's trading: write \"09:30-16:00\", or \"09:00-11:30 12:30-15:30\"";

/// "09:30" as minutes; "24:00" is the day's end.
std::optional<int> parse_minutes(std::string_view text) {
  int hour = -1;
  int minute = -1;
  const auto digits = [](std::string_view part, int& value) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    return part.size() == 2 && error == std::errc() && end == part.data() + part.size();
  };
  if (text.size() != 5 || text[2] != ':' || !digits(text.substr(0, 2), hour) || !digits(text.substr(3), minute) ||
      minute < 0 || minute > 59 || hour < 0 || hour * 60 + minute > kMinutesPerDay) {
    return std::nullopt;
  }
  return hour * 60 + minute;
}

std::optional<DayHours> parse_hours(std::string_view text) {
  DayHours hours;
  while (!text.empty()) {
    const std::string_view span = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), span.size() + 1));
    const std::optional<int> from = parse_minutes(span.substr(0, span.find('-')));
    const std::optional<int> to =
        span.find('-') == std::string_view::npos ? std::nullopt : parse_minutes(span.substr(span.find('-') + 1));
    if (!from || !to || *from >= *to || (!hours.empty() && *from <= hours.back().to)) {
      return std::nullopt;
    }
    hours.push_back({*from, *to});
  }
  return hours.empty() ? std::nullopt : std::optional(hours);
}

/// Reads one file.
class CalendarReader {
 public:
  CalendarReader(const Document& document, std::vector<Problem>& problems) : root_(document, problems) {}

  CalendarFile read() {
    root_.require("zone", "write the exchange's time zone, such as \"Europe/London\"");
    root_.require("hours", "write a table of the usual hours, such as 1901-01-01 = \"09:30-16:00\"");
    file_.title = root_.text("title").value_or("");
    file_.zone = root_.text("zone").value_or("");
    file_.base = root_.choice<CalendarBase>("base", kBaseWords).value_or(CalendarBase::weekdays);
    read_closed();
    read_days("hours", file_.hours);
    read_days("sessions", file_.sessions);
    if (auto years = root_.table("holidays")) {
      read_holidays(*years);
    }
    root_.finish();
    return std::move(file_);
  }

 private:
  void read_closed() {
    for (const std::string& text : root_.texts("closed").value_or(std::vector<std::string>{})) {
      if (const Result<Date> date = parse_date(text)) {
        file_.closed.push_back(*date);
      } else {
        root_.problem("closed", "\"" + text + "\" is not a date; write it as 2025-01-09");
      }
    }
    std::sort(file_.closed.begin(), file_.closed.end());
  }

  void read_days(std::string_view name, std::map<Date, DayHours>& days) {
    auto table = root_.table(name);
    if (!table) {
      return;
    }
    const std::vector<std::string> keys = table->keys();
    if (keys.empty() && name == "hours") {
      table->problem("", "is empty; write the usual hours, such as 1901-01-01 = \"09:30-16:00\"");
    }
    for (const std::string& key : keys) {
      const Result<Date> date = parse_date(key);
      const std::optional<std::string> text = table->text(key);
      if (!date) {
        table->problem(key, "is not a date; write it as 2024-11-05");
      } else if (text) {
        const std::optional<DayHours> hours = parse_hours(*text);
        if (!hours) {
          table->problem(key, "\"" + *text + "\"" + kHoursRule);
        } else {
          days[*date] = *hours;
        }
      }
    }
  }

  void read_holidays(TableReader& years) {
    for (const std::string& key : years.keys()) {
      int year = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), year);
      if (key.size() != 4 || error != std::errc() || end != key.data() + key.size()) {
        years.problem(key, "is not a year");
        continue;
      }
      std::vector<Date>& days = file_.holidays[year];
      for (const std::string& text : years.texts(key).value_or(std::vector<std::string>{})) {
        if (const Result<Date> date = parse_date(key + "-" + text)) {
          days.push_back(*date);
        } else {
          years.problem(key, "\"" + text + "\" is not a day of the year; write it as \"12-25\"");
        }
      }
      std::sort(days.begin(), days.end());
    }
  }

  TableReader root_;
  CalendarFile file_;
};

}  // namespace

Result<CalendarFile> parse_calendar_file(std::string_view toml, std::string_view name) {
  std::vector<Problem> problems;
  const Document document = parse_toml(toml, problems);
  CalendarFile file;
  if (problems.empty()) {
    file = CalendarReader(document, problems).read();
  }
  if (!problems.empty()) {
    std::stable_sort(problems.begin(), problems.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    return Error{describe(problems, name)};
  }
  return file;
}

}  // namespace tradingd::config
