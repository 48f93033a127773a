#pragma once
// Rows as the text of a PostgreSQL array of composites: {"(1,2,\"text\")","(…)"}. Appends to one buffer
// and keeps it, since it is filled for every batch.

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/decimal.h"
#include "daemon/base/digest.h"
#include "daemon/base/time.h"
#include "daemon/engine/effects.h"

namespace tradingd::store {

/// Call begin_row, one function per field, end_row; for each row.
class RowArray {
 public:
  void clear();
  void begin_row();
  void end_row();

  void null();
  void integer(std::int64_t value);
  void boolean(bool value);
  void units(Int128 units);
  /// kTimeMin is -infinity.
  void time(Time value);
  void date(Date value);
  void digest(const Digest& value);
  /// Any text, quoted.
  void text(std::string_view value);
  /// One of our own words, which need no quotes.
  void word(std::string_view value);
  /// A JSON object of strings.
  void fields(const engine::Fields& fields);

  template <typename Tag, typename Representation>
  void decimal(Decimal<Tag, Representation> value) {
    units(value.units);
  }
  template <typename Tag, typename Representation>
  void decimal(const std::optional<Decimal<Tag, Representation>>& value) {
    value ? units(value->units) : null();
  }

  [[nodiscard]] bool empty() const { return rows_ == 0; }
  /// "{…}"; the buffer stays for the next batch.
  [[nodiscard]] std::string finish();

 private:
  void separate();

  std::string buffer_ = "{";
  std::string json_;
  std::size_t rows_ = 0;
  bool first_field_ = true;
  Time last_time_ = kTimeMin;
  std::string last_time_text_ = "-infinity";
};

}  // namespace tradingd::store
