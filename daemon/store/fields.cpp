#include "daemon/store/fields.h"

#include <fmt/format.h>

#include "daemon/store/values.h"

namespace tradingd::store {

std::int64_t Fields::integer() {
  const std::string_view value = rows_.text(row_, column_);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) unreadable("an integer");
  ++column_;
  return number;
}

Time Fields::time() {
  if (is_null()) unreadable("a time");
  return time_from_database(rows_.text(row_, column_++)).value_or(kTimeMin);
}

std::optional<Time> Fields::optional_time() {
  if (is_null()) {
    skip();
    return std::nullopt;
  }
  return time();
}

Date Fields::date() {
  const Result<Date> value = parse_date(rows_.text(row_, column_));
  if (!value.ok()) unreadable("a date");
  ++column_;
  return *value;
}

std::optional<Date> Fields::optional_date() {
  if (is_null()) {
    skip();
    return std::nullopt;
  }
  return date();
}

Digest Fields::digest() {
  Digest value{};
  const std::string_view text = rows_.text(row_, column_);
  if (text.size() != 2 + 2 * value.size()) unreadable("a digest");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char* digits = text.data() + 2 + 2 * i;
    if (std::from_chars(digits, digits + 2, value[i], 16).ptr != digits + 2) unreadable("a digest");
  }
  ++column_;
  return value;
}

void Fields::unreadable(const char* expected) const {
  throw UnreadableField(
      fmt::format("its {} is \"{}\", not {}", rows_.column_name(column_), rows_.text(row_, column_), expected));
}

}  // namespace tradingd::store
