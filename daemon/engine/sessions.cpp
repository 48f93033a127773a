#include "daemon/engine/sessions.h"

#include <algorithm>
#include <charconv>

#include "daemon/base/assert.h"

namespace tradingd::engine {

namespace {

// A day is a character: a point without a session, or a letter from here on for its hours.
constexpr char kNoSession = '.';
constexpr char kFirstLetter = '/';

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// "34200 57600 -18000".
std::optional<SessionTable::Hours> parse_hours(std::string_view line) {
  SessionTable::Hours hours;
  for (std::int32_t* const value : {&hours.opens_s, &hours.closes_s, &hours.utc_offset_s}) {
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), *value);
    if (error != std::errc()) {
      return std::nullopt;
    }
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    line.remove_prefix(line.starts_with(' ') ? 1 : 0);
  }
  return line.empty() ? std::optional(hours) : std::nullopt;
}

Time at(Date date, std::int32_t seconds, std::int32_t utc_offset_s) {
  return {midnight_utc(date).us + (std::int64_t{seconds} - utc_offset_s) * kMicrosecondsPerSecond};
}

}  // namespace

SessionTable::SessionTable(std::string name, Date first, std::vector<std::uint8_t> days, std::vector<Hours> hours)
    : name_(std::move(name)), first_(first), days_(std::move(days)), hours_(std::move(hours)) {
  TD_ASSERT(!days_.empty() && hours_.size() <= kHoursMax);
  TD_ASSERT(std::all_of(days_.begin(), days_.end(), [this](std::uint8_t kind) { return kind <= hours_.size(); }));
  digest_ = digest_of(text());
}

std::optional<SessionDay> SessionTable::on(Date date) const {
  if (!is_session(date)) {
    return std::nullopt;
  }
  const Hours& hours = hours_[days_[index(date)] - 1U];
  return SessionDay{date, at(date, hours.opens_s, hours.utc_offset_s), at(date, hours.closes_s, hours.utc_offset_s),
                    hours.utc_offset_s};
}

std::optional<Date> SessionTable::at_or_after(Date date) const {
  for (; knows(date); ++date.days) {
    if (days_[index(date)] != 0) {
      return date;
    }
  }
  return std::nullopt;
}

std::optional<Date> SessionTable::at_or_before(Date date) const {
  for (; knows(date); --date.days) {
    if (days_[index(date)] != 0) {
      return date;
    }
  }
  return std::nullopt;
}

std::string SessionTable::text() const {
  std::string text = name_ + "\n" + format_date(first_) + "\n";
  for (const Hours& hours : hours_) {
    text += std::to_string(hours.opens_s) + " " + std::to_string(hours.closes_s) + " " +
            std::to_string(hours.utc_offset_s) + "\n";
  }
  text += "\n";
  for (const std::uint8_t kind : days_) {
    text += kind == 0 ? kNoSession : static_cast<char>(kFirstLetter + kind - 1);
  }
  return text;
}

Result<SessionTable> SessionTable::parse(std::string_view text) {
  const Error unreadable{"a recorded table of sessions can't be read"};
  std::string name(take_line(text));
  const Result<Date> first = parse_date(take_line(text));
  std::vector<Hours> hours;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const std::optional<Hours> one = parse_hours(line);
    if (!one || hours.size() == kHoursMax) {
      return unreadable;
    }
    hours.push_back(*one);
  }
  std::vector<std::uint8_t> days;
  days.reserve(text.size());
  for (const char day : text) {
    const int kind = day == kNoSession ? 0 : day - kFirstLetter + 1;
    if (kind < 0 || kind > static_cast<int>(hours.size())) {
      return unreadable;
    }
    days.push_back(static_cast<std::uint8_t>(kind));
  }
  if (!first || days.empty()) {
    return unreadable;
  }
  return SessionTable(std::move(name), *first, std::move(days), std::move(hours));
}

}  // namespace tradingd::engine
