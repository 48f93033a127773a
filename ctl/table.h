#pragma once
// Aligned tables for people.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/terminal.h"

namespace tradingd::ctl {

/// A table whose columns are laid out by the first rows it gets; later ones follow that layout as far as
/// they fit, so that its length doesn't matter.
class Table {
 public:
  /// `method` chooses the columns to show, all of them with `wide`. Columns without a value in the first rows
  /// are left out, unless `wide`.
  Table(std::string_view method, bool wide, const Terminal& terminal)
      : method_(method), wide_(wide), terminal_(terminal) {}

  /// Room for a column whose later values will be wider than its first ones.
  void reserve(std::string_view column, std::size_t width) { reserved_.emplace_back(column, width); }

  /// The lines of `rows`, an array of arrays; the first call also gives the header. The same `columns`, an
  /// array of names, each time.
  [[nodiscard]] std::string render(const nlohmann::json& columns, const nlohmann::json& rows);

 private:
  struct Column {
    std::string name;
    std::size_t index = 0;  // in the rows
    bool number = false;    // right-aligned
    bool amount = false;    // digits are grouped
    std::size_t decimals = 0;
    std::size_t width = 0;
  };
  void lay_out(const nlohmann::json& columns, const nlohmann::json& rows);
  void measure(Column& column, const nlohmann::json& rows) const;
  void fit_terminal();
  void drop_one();
  [[nodiscard]] bool shown(std::string_view name) const;
  [[nodiscard]] std::string text_of(const Column& column, const nlohmann::json& value) const;
  [[nodiscard]] std::string aligned(const Column& column, const std::string& text, Color color) const;

  std::string method_;
  bool wide_;
  Terminal terminal_;
  bool laid_out_ = false;
  std::vector<std::pair<std::string, std::size_t>> reserved_;
  std::vector<Column> columns_;
};

}  // namespace tradingd::ctl
