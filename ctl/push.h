#pragma once
// Feed rows from standard input, as CSV or as one JSON object a line, sent in requests of bounded size.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ctl/client.h"
#include "daemon/base/result.h"

namespace tradingd::ctl {

/// Turns lines into rows. The first line decides: '{' begins JSON, anything else is a CSV header.
class RowReader {
 public:
  explicit RowReader(std::istream& input) : input_(input) {}

  struct Row {
    std::size_t line = 0;  // from 1
    nlohmann::json cells;  // a flat map of texts, whole numbers and booleans; null if the line is no row
    std::string error;     // why not
  };

  /// The next row, good or bad; nullopt at the end. An error: the input as a whole can't be read, such as
  /// a header with an unknown column.
  [[nodiscard]] Result<std::optional<Row>> next();

 private:
  [[nodiscard]] Result<bool> read_header(const std::string& line);

  std::istream& input_;
  std::size_t line_ = 0;
  bool json_ = false;
  bool started_ = false;
  std::vector<std::string> columns_;
};

struct PushTotals {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t ticks = 0;
  std::int64_t rejected = 0;
};

/// A row that was not taken.
struct RejectedRow {
  std::size_t line = 0;
  std::string column;  // empty: the row as a whole
  std::string reason;
};

/// Sends `arguments` of feed.push with its rows; a client's call, or a test's.
using PushCall = std::function<Answer(const nlohmann::json& arguments)>;
/// Hears of rejected rows as they come, and of progress after each request.
using PushObserver = std::function<void(const PushTotals&, const std::vector<RejectedRow>&)>;

/// Pushes all rows of `input`. `arguments` are those of feed.push without its rows. What was taken before a failure
/// stays taken; pushing it again does no harm.
[[nodiscard]] std::variant<PushTotals, CallFailure> push_rows(std::istream& input, const nlohmann::json& arguments,
                                                              const PushCall& call, const PushObserver& observer);

/// The cells of a CSV line, "" inside quotes for a quote; nullopt if a quote is left open.
[[nodiscard]] std::optional<std::vector<std::string>> split_csv(std::string_view line);

}  // namespace tradingd::ctl
