#pragma once
// One row of a result, read field by field from the left.

#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "daemon/base/decimal.h"
#include "daemon/base/digest.h"
#include "daemon/base/time.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

/// A field that holds something else than expected; says which and what.
class UnreadableField : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Each function reads one field and steps on; throws UnreadableField.
class Fields {
 public:
  Fields(const Rows& rows, int row) : rows_(rows), row_(row) {}

  [[nodiscard]] bool is_null() const { return rows_.is_null(row_, column_); }
  void skip() { ++column_; }

  /// "" for NULL.
  std::string text() { return std::string(rows_.text(row_, column_++)); }
  std::int64_t integer();
  bool boolean() { return rows_.boolean(row_, column_++); }
  /// -infinity is kTimeMin.
  Time time();
  std::optional<Time> optional_time();
  Date date();
  std::optional<Date> optional_date();
  Digest digest();

  template <typename D>
  D decimal() {
    const std::optional<Int128> units = parse_units(rows_.text(row_, column_));
    using Representation = decltype(D{}.units);
    if (!units || static_cast<Int128>(static_cast<Representation>(*units)) != *units) unreadable("a decimal in range");
    ++column_;
    return D{static_cast<Representation>(*units)};
  }
  template <typename D>
  std::optional<D> optional_decimal() {
    if (is_null()) {
      skip();
      return std::nullopt;
    }
    return decimal<D>();
  }

  /// A word of a fixed list; `from_text` gives nullopt for another.
  template <typename FromText>
  auto word(FromText from_text) {
    const auto value = from_text(rows_.text(row_, column_));
    if (!value) unreadable("a word that this version knows");
    ++column_;
    return *value;
  }

 private:
  [[noreturn]] void unreadable(const char* expected) const;

  const Rows& rows_;
  int row_;
  int column_ = 0;
};

}  // namespace tradingd::store
