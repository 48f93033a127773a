#pragma once
// A list in the order of one of its columns. The daemon gives lists in the order of their keys; this one holds
// the rows, so their number is bounded.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tradingd::ctl {

inline constexpr std::size_t kSortedRowsMax = 100'000;

class SortedRows {
 public:
  /// `column` with '-' before it: the largest first.
  explicit SortedRows(std::string column);

  /// Takes a page. The error: there is no such column, or there are more rows than can be held.
  [[nodiscard]] std::optional<std::string> add(const nlohmann::json& columns, const nlohmann::json& rows);
  [[nodiscard]] const nlohmann::json& columns() const { return columns_; }
  /// The rows in order, at most `limit`; equal ones as they came, those without a value last.
  [[nodiscard]] nlohmann::json take(std::optional<std::int64_t> limit);

 private:
  std::string column_;
  bool descending_ = false;
  nlohmann::json columns_ = nlohmann::json::array();
  nlohmann::json rows_ = nlohmann::json::array();
  std::size_t place_ = 0;
};

/// Numbers by value, however many digits they have; other texts byte by byte. Negative: a before b.
[[nodiscard]] int compare_cells(const nlohmann::json& a, const nlohmann::json& b);

}  // namespace tradingd::ctl
