#include "daemon/market/row.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/engine/symbol.h"

namespace tradingd::market {

namespace {

constexpr std::array<std::string_view, kRejectionCount> kRejectionTexts{
    "malformed",     "unknown_symbol",   "time_not_advancing", "quarantined",
    "invalid_price", "inconsistent_bar", "invalid_volume",     "price_jump",
};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The number that `text` is, all of it; -1 for anything else.
std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return all_digits(text) && problem == std::errc{} && end == text.data() + text.size() ? number : -1;
}

/// Takes the text up to the next blank or comma off the front of `text`.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(" ,"));
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
  return word;
}

/// The month of "Jan", "January" or "JAN", from 1; 0 for anything else.
int month_of(std::string_view name) {
  if (name.size() < 3) {
    return 0;
  }
  const std::array<char, 3> start{lower(name[0]), lower(name[1]), lower(name[2])};
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), std::string_view(start.data(), start.size()));
  return month == kMonths.end() ? 0 : static_cast<int>(month - kMonths.begin()) + 1;
}

std::optional<Date> make_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  const bool valid = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
                     day <= days_in_month(static_cast<int>(year), static_cast<int>(month));
  return valid ? std::optional(from_civil({static_cast<int>(year), static_cast<int>(month), static_cast<int>(day)}))
               : std::nullopt;
}

/// Reads "Jan 3 2000", "Jan 3, 2000" or "January 3 2000".
std::optional<Date> parse_named_date(std::string_view text) {
  const std::string_view name = take_word(text);
  const std::int64_t day = number_in(take_word(text));
  const std::int64_t year = number_in(take_word(text));
  return text.empty() ? make_date(year, month_of(name), day) : std::nullopt;
}

/// Reads "20000103", "2000/01/03", "03-Jan-2000" and "03.01.2000". Not "01/03/2000": whether that is in January can't
/// be told.
std::optional<Date> parse_compact_date(std::string_view text) {
  if (text.size() == 8 && all_digits(text)) {
    return make_date(number_in(text.substr(0, 4)), number_in(text.substr(4, 2)), number_in(text.substr(6)));
  }
  if (text.size() == 10 && text[4] == '/' && text[7] == '/') {
    return make_date(number_in(text.substr(0, 4)), number_in(text.substr(5, 2)), number_in(text.substr(8)));
  }
  if (text.size() == 10 && text[2] == '.' && text[5] == '.') {
    return make_date(number_in(text.substr(6)), number_in(text.substr(3, 2)), number_in(text.substr(0, 2)));
  }
  const std::size_t first = text.find('-');
  const std::size_t second = text.rfind('-');
  if (first == std::string_view::npos || second != first + 4 || text.size() != second + 5) {
    return std::nullopt;
  }
  return make_date(number_in(text.substr(second + 1)), month_of(text.substr(first + 1, 3)),
                   number_in(text.substr(0, first)));
}

RowTime time_of_date(Date date, const Calendar& calendar) {
  return {calendar.daily_time(date), calendar.is_session(date) ? std::nullopt : std::optional(true)};
}

/// Reads "2000-01-03 15:30", ":00" and a fraction optional, on the exchange's own clock.
std::optional<Result<RowTime>> parse_exchange_time(std::string_view text, const Calendar& calendar) {
  constexpr std::size_t kWithMinutes = 16;
  std::string whole(text);
  if (whole.size() == kWithMinutes) {
    whole += ":00";
  }
  const Result<Time> as_if_utc = parse_time(whole + 'Z');
  if (!as_if_utc) {
    return std::nullopt;
  }
  const Date date = utc_date(*as_if_utc);
  const std::optional<Time> time = calendar.to_utc(date, as_if_utc->us - midnight_utc(date).us);
  if (!time) {
    return Error{quoted(text) + " does not exist on the clock of " + std::string(calendar.name()) +
                 ": summer time begins there; write the time with its offset"};
  }
  return RowTime{*time, std::nullopt};
}

Result<RowTime> read_time(std::string_view text, const Calendar& calendar) {
  if (all_digits(text) && (text.size() == 9 || text.size() == 10)) {
    return RowTime{{number_in(text) * kMicrosecondsPerSecond}, std::nullopt};
  }
  if (const Result<Date> date = parse_date(text)) {
    return time_of_date(*date, calendar);
  }
  if (const Result<Time> time = parse_time(text)) {
    return RowTime{*time, std::nullopt};
  }
  if (const auto time = parse_exchange_time(text, calendar)) {
    return *time;
  }
  if (const std::optional<Date> date = parse_named_date(text)) {
    return time_of_date(*date, calendar);
  }
  if (const std::optional<Date> date = parse_compact_date(text)) {
    return time_of_date(*date, calendar);
  }
  return Error{quoted(text) + " is not a time; write 2000-01-03, 2000-01-03T15:30:00Z or seconds since 1970"};
}

/// Cuts zeros off the end of a fraction that has more than eight digits.
std::string_view without_excess_zeros(std::string_view text) {
  const std::size_t point = text.find('.');
  while (point != std::string_view::npos && text.size() - point - 1 > kScaleDigits && text.back() == '0') {
    text.remove_suffix(1);
  }
  return text;
}

/// Whether `text` is a decimal but for its number of digits.
bool has_too_many_decimals(std::string_view text) {
  const std::size_t point = text.find('.');
  return point != std::string_view::npos && text.size() - point - 1 > kScaleDigits &&
         parse_units(text.substr(0, point)).has_value() && all_digits(text.substr(point + 1));
}

class RowParser {
 public:
  RowParser(const RawRow& row, RejectedRow& rejected) : row_(row), rejected_(rejected) {}

  std::optional<ValidRow> parse(const Calendar& calendar) {
    ValidRow valid;
    if (!read_when(calendar, valid.when) || !check_symbol() || !read_prices(valid.bar) ||
        !read_volume(valid.bar.volume)) {
      return std::nullopt;
    }
    return valid;
  }

 private:
  bool refuse(std::string_view column, Rejection rejection, std::string reason) {
    rejected_ = {row_.line, std::string(column), rejection, std::move(reason)};
    return false;
  }

  bool read_when(const Calendar& calendar, RowTime& when) {
    if (row_.time.empty()) {
      return refuse("time", Rejection::malformed, "is empty; every row needs a time");
    }
    const Result<RowTime> time = parse_row_time(row_.time, calendar);
    if (!time) {
      return refuse("time", Rejection::malformed, time.error().message);
    }
    when = *time;
    if (row_.market.empty()) {
      return true;
    }
    if (row_.market != "open" && row_.market != "closed") {
      return refuse("market", Rejection::malformed,
                    quoted(row_.market) + " is not allowed; write open or closed, or nothing");
    }
    when.open = row_.market == "open";
    return true;
  }

  bool check_symbol() {
    if (engine::is_symbol(row_.symbol)) {
      return true;
    }
    return refuse("symbol", Rejection::malformed,
                  quoted(row_.symbol) + " is not a symbol; it needs " + std::string(engine::kSymbolRule));
  }

  bool read_price(std::string_view column, std::string_view text, Price& price) {
    text = without_excess_zeros(text);
    const std::optional<Int128> units = parse_units(text);
    if (!units) {
      return has_too_many_decimals(text)
                 ? refuse(column, Rejection::invalid_price, quoted(text) + " has more than 8 decimals; round it")
                 : refuse(column, Rejection::malformed,
                          quoted(text) + " is not a decimal number; write it as 1234.5, without grouping or exponent");
    }
    if (*units <= 0 || *units > kPriceMax.units) {
      return refuse(column, Rejection::invalid_price,
                    quoted(text) + " is out of range; a price is above 0 and at most " + to_string(kPriceMax));
    }
    price.units = static_cast<std::int64_t>(*units);
    return true;
  }

  bool read_prices(engine::Bar& bar) {
    const bool has_range = !row_.open.empty() || !row_.high.empty() || !row_.low.empty();
    if (!row_.price.empty() && (has_range || !row_.close.empty())) {
      return refuse("price", Rejection::malformed, "stands beside open, high, low, close; give the one or the others");
    }
    if (!has_range) {
      const bool close_alone = row_.price.empty() && !row_.close.empty();
      const std::string_view text = close_alone ? row_.close : row_.price;
      if (text.empty()) {
        return refuse("price", Rejection::malformed, "is empty; give a price, or open, high, low and close");
      }
      if (!read_price(close_alone ? "close" : "price", text, bar.close)) {
        return false;
      }
      bar.open = bar.high = bar.low = bar.close;
      return true;
    }
    return read_bar_price("open", row_.open, bar.open) && read_bar_price("high", row_.high, bar.high) &&
           read_bar_price("low", row_.low, bar.low) && read_bar_price("close", row_.close, bar.close) &&
           check_range(bar);
  }

  bool read_bar_price(std::string_view column, std::string_view text, Price& price) {
    return text.empty() ? refuse(column, Rejection::malformed, "is empty; a bar needs open, high, low and close")
                        : read_price(column, text, price);
  }

  bool check_range(const engine::Bar& bar) {
    if (bar.high < bar.low) {
      return refuse("high", Rejection::inconsistent_bar,
                    to_string(bar.high) + " is below the low, " + to_string(bar.low));
    }
    const auto inside = [&](std::string_view column, Price price) {
      return (bar.low <= price && price <= bar.high) ||
             refuse(column, Rejection::inconsistent_bar,
                    to_string(price) + " is outside low to high, " + to_string(bar.low) + " to " + to_string(bar.high));
    };
    return inside("open", bar.open) && inside("close", bar.close);
  }

  bool read_volume(Quantity& volume) {
    if (row_.volume.empty()) {
      return true;
    }
    const std::optional<Int128> units = parse_units(without_excess_zeros(row_.volume));
    if (!units) {
      return refuse("volume", Rejection::malformed,
                    quoted(row_.volume) + " is not a decimal number of at most 8 decimals; leave it empty if unknown");
    }
    if (*units < 0 || *units > kVolumeMax.units) {
      return refuse("volume", Rejection::invalid_volume,
                    quoted(row_.volume) + " is out of range; a volume is 0 to " + to_string(kVolumeMax));
    }
    volume.units = static_cast<std::int64_t>(*units);
    return true;
  }

  const RawRow& row_;
  RejectedRow& rejected_;
};

}  // namespace

std::string_view to_text(Rejection rejection) { return kRejectionTexts.at(static_cast<std::size_t>(rejection)); }

Result<RowTime> parse_row_time(std::string_view text, const Calendar& calendar) {
  Result<RowTime> time = read_time(text, calendar);
  static const Time first = midnight_utc(from_civil({1901, 1, 1}));
  static const Time end = midnight_utc(from_civil({2200, 1, 1}));
  if (time && (time->time < first || time->time >= end)) {
    return Error{quoted(text) + " is outside the years 1901 to 2199"};
  }
  return time;
}

std::optional<ValidRow> parse_row(const RawRow& row, const Calendar& calendar, RejectedRow& rejected) {
  return RowParser(row, rejected).parse(calendar);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string shown = "\"";
  for (const char c : text.substr(0, kShown)) {
    shown += c >= ' ' && c < '\x7f' ? c : '?';
  }
  return shown + (text.size() > kShown ? "…\"" : "\"");
}

}  // namespace tradingd::market
