#pragma once
// A CSV file as a feed: rows in order of time, and which of its lines are no rows.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/base/time.h"
#include "daemon/market/calendar.h"
#include "daemon/market/csv_format.h"
#include "daemon/market/line_reader.h"
#include "daemon/market/open_beneath.h"
#include "daemon/market/row.h"

namespace tradingd::market {

/// The largest file whose rows may come in any order: it is read through an index in memory, about 24
/// bytes a row. Larger files must be in order of time.
inline constexpr std::int64_t kUnorderedBytesMax = 64LL * 1024 * 1024;

/// What was understood of a file.
struct CsvProbe {
  CsvColumns columns;
  char separator = ',';
  bool decimal_commas = false;
  std::int64_t rows = 0;  // lines with a readable time
  Time first_time;
  Time last_time;
  bool ordered = true;  // by time, as the file stands; else the reader orders it

  /// "5104 bars from 2000-01-03T21:00:00Z to …; columns date, open …; ignored: adjclose".
  [[nodiscard]] std::string describe() const;
};

struct CsvItem {
  enum class Kind : std::uint8_t { row, rejected, end };

  Kind kind = Kind::end;
  RawRow row;
  RejectedRow rejected;
};

/// Reads one file. Used by one thread at a time; `open` and `next` do I/O and may block.
class CsvReader {
 public:
  /// Opens `file` beneath `folder` (open_beneath) and goes through it once: finds its columns and whether
  /// it is in order of time. `symbol` is that of all rows, for a file without such a column.
  [[nodiscard]] static Result<CsvReader> open(const std::string& folder, const std::string& file,
                                              const std::string& symbol, Calendar calendar);

  [[nodiscard]] const CsvProbe& probe() const { return probe_; }

  /// Leaves out what comes up to and with this time, to go on after an earlier reading. Rejected lines
  /// before the first row after it are left out too: they have been told already.
  void skip_until(Time time) { skip_until_ = time; }

  /// The next row or rejected line; rows of the same time keep the file's order. Blank lines are no rows.
  /// Fails when the file can't be read any more.
  [[nodiscard]] Result<CsvItem> next();

 private:
  struct Place {
    Time time;
    std::int64_t offset;
    std::int64_t number;
  };

  CsvReader(OpenedFile file, std::string name, std::string symbol, Calendar calendar);

  [[nodiscard]] std::optional<Error> read_header();
  [[nodiscard]] std::optional<Error> scan();
  void back_to_first_row();
  [[nodiscard]] Result<bool> next_line(Line& line);
  /// False for a blank line.
  [[nodiscard]] bool decode(const Line& line, CsvItem& item);
  [[nodiscard]] std::optional<Time> time_of(const CsvItem& item) const;
  [[nodiscard]] Error failure(const std::string& reason) const;

  OpenedFile file_;
  std::string name_;
  std::string symbol_;
  Calendar calendar_;
  LineReader lines_;
  CsvProbe probe_;
  std::int64_t first_row_offset_ = 0;
  std::vector<Place> index_;  // by time, for a file that is not in order
  std::size_t next_place_ = 0;
  DecimalCommas commas_;
  bool scanned_ = false;  // what its numbers look like is known
  std::vector<std::string> fields_;
  std::optional<Time> skip_until_;
};

}  // namespace tradingd::market
