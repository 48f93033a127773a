#pragma once
// The form of a CSV feed: fields of a line, and what the names in the header mean.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/market/row.h"

namespace tradingd::market {

struct FieldFault {
  std::size_t field = 0;  // from 0
  std::string reason;
};

/// What separates the fields of a file, by its first line: the most frequent of ',', ';' and tab outside of quotes.
[[nodiscard]] char separator_of(std::string_view header);

/// Splits a line at its separators, as RFC 4180 has it, blanks around a field cut off; a quoted field can't
/// go over several lines. Reuses the memory of `fields`.
[[nodiscard]] std::optional<FieldFault> split_fields(std::string_view line, char separator,
                                                     std::vector<std::string>& fields);

/// What a column holds. `time_of_day` is the second half of a time in files with a date and a time column.
enum class ColumnRole : std::uint8_t {
  ignored,
  time,
  time_of_day,
  symbol,
  open,
  high,
  low,
  close,
  volume,
  price,
  market,
  series  // of an exchange's security, such as NSE's EQ and BE
};

/// The columns of a file, by position.
struct CsvColumns {
  std::vector<ColumnRole> roles;
  std::vector<std::string> names;  // as in the file
  std::string_view layout;         // whose files look so: "Yahoo Finance"; empty: nobody's in particular

  [[nodiscard]] bool has(ColumnRole role) const;
  /// Whether the rows are bars; else they have one price.
  [[nodiscard]] bool bars() const { return has(ColumnRole::open); }
  /// "date, open, high, low, close; ignored: adjclose", and whose layout it is.
  [[nodiscard]] std::string describe() const;
};

/// Recognises the header: date | time | timestamp | datetime | trade date, open, high, low, close, volume, symbol |
/// ticker, price | last | settle, market, and the names that Yahoo Finance, Stooq and NSE's bhavcopies have for them;
/// case, blanks,
/// '_', '.' and '<>' don't matter; other columns are ignored, the adjusted close among them, and of the prices those
/// that are not needed: the range where it is not whole, a price beside a whole bar. A price beside a range that lacks
/// its close is the close. Fails without a time or a price, and for a meaning that comes twice.
[[nodiscard]] Result<CsvColumns> recognise_columns(const std::vector<std::string>& names);

/// Whether a file whose fields are not separated by commas has them in its numbers, and what they mean.
class DecimalCommas {
 public:
  /// A row's numbers; not of a file with commas between its fields.
  void look_at(const CsvColumns& columns, const std::vector<std::string>& fields);
  /// True: they are decimal points. Error: they might separate thousands just as well.
  [[nodiscard]] Result<bool> found() const;

 private:
  bool points_ = false;
  bool certain_ = false;   // a number can be read with decimal commas only
  bool grouping_ = false;  // or not with them
  std::string example_;    // the first with a comma
};
/// Makes decimal points of the commas in a row's numbers.
void replace_decimal_commas(const CsvColumns& columns, std::vector<std::string>& fields);

/// Moves the fields into `row` by their columns' roles; `fields` has as many as there are columns. A time of the day
/// of 000000 beside a date, as Stooq's daily files have it, is none. A series other than EQ becomes part of the symbol,
/// "ABC-BE": it is another security.
void fill_row(const CsvColumns& columns, std::vector<std::string>& fields, RawRow& row);

}  // namespace tradingd::market
