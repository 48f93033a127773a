#include "ctl/table.h"

#include <algorithm>
#include <numeric>

#include "ctl/cells.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t kGap = 2;              // blanks between columns
constexpr std::size_t kLeastText = 8;        // a column of text is not squeezed below this
constexpr std::size_t kStructureWidth = 48;  // of maps and arrays, unless --wide

/// Shown as a line of bars.
constexpr std::string_view kSparkline = "recent_equity";

/// Columns that tell people nothing in a list of their own: they named the run, and the user is they.
constexpr std::string_view kHidden[] = {"user_id", "shard", "request_id"};

/// What is left out first where a terminal is too narrow; then it is the last column. --wide leaves nothing out.
constexpr std::string_view kExpendable[] = {
    "fee_parts",  "slippage",        "trigger", "tif",          "source",       "reserved", "updated_at",
    "started_at", "last_price_time", "note",    "average_cost", "realized_pnl", "order_id"};

}  // namespace

bool Table::shown(std::string_view name) const {
  if (wide_) return true;
  if (name == "run_id" && !method_.starts_with("run.")) return false;
  return std::find(std::begin(kHidden), std::end(kHidden), name) == std::end(kHidden);
}

std::string Table::text_of(const Column& column, const json& value) const {
  if (value.is_null()) return {};
  if (column.name == kSparkline && value.is_array()) return sparkline(value);
  std::string text = printable(plain_text(value));
  if (value.is_structured() && !wide_) return cut(text, kStructureWidth);
  if (!column.number || !is_decimal(text)) return text;
  text = with_decimals(std::move(text), column.decimals);
  return column.amount ? grouped(text) : text;
}

void Table::measure(Column& column, const json& rows) const {
  bool all_numbers = true;
  bool any = false;
  for (const json& row : rows) {
    const json& value = row.at(column.index);
    if (value.is_null()) continue;
    any = true;
    const std::string text = plain_text(value);
    all_numbers = all_numbers && !value.is_boolean() && is_decimal(text);
    if (all_numbers) column.decimals = std::max(column.decimals, decimals(text));
  }
  column.number = any && all_numbers;
  column.amount = column.number && is_amount(column.name);
  const auto reserved =
      std::find_if(reserved_.begin(), reserved_.end(), [&](const auto& one) { return one.first == column.name; });
  if (!any && !wide_ && !rows.empty() && reserved == reserved_.end()) return;  // width 0: left out
  column.width = display_width(column.name);
  if (reserved != reserved_.end()) column.width = std::max(column.width, reserved->second);
  for (const json& row : rows) {
    column.width = std::max(column.width, display_width(text_of(column, row.at(column.index))));
  }
}

void Table::fit_terminal() {
  if (terminal_.width <= 0 || columns_.empty()) return;
  const auto limit = static_cast<std::size_t>(terminal_.width);
  const auto total = [&] {
    return std::accumulate(columns_.begin(), columns_.end(), (columns_.size() - 1) * kGap,
                           [](std::size_t sum, const Column& column) { return sum + column.width; });
  };
  // What may be squeezed: times and numbers are worth nothing in part.
  const auto spare = [](const Column& column) {
    const bool whole = column.number || column.name.ends_with("_time") || column.name.ends_with("_at");
    return whole || column.width <= kLeastText ? 0 : column.width - kLeastText;
  };
  for (std::size_t width = total(); width > limit; width = total()) {
    const auto widest = std::max_element(columns_.begin(), columns_.end(),
                                         [&](const Column& a, const Column& b) { return spare(a) < spare(b); });
    if (spare(*widest) > 0) {
      widest->width -= std::min(spare(*widest), width - limit);
    } else if (wide_ || columns_.size() == 1) {
      return;
    } else {
      drop_one();
    }
  }
}

void Table::drop_one() {
  for (const std::string_view name : kExpendable) {
    if (std::erase_if(columns_, [&](const Column& column) { return column.name == name; }) > 0) return;
  }
  columns_.pop_back();
}

void Table::lay_out(const json& columns, const json& rows) {
  laid_out_ = true;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Column column;
    column.name = columns.at(i).get<std::string>();
    column.index = i;
    if (!shown(column.name)) continue;
    measure(column, rows);
    if (column.width > 0) columns_.push_back(std::move(column));
  }
  fit_terminal();
}

std::string Table::aligned(const Column& column, const std::string& text, Color color) const {
  const bool cuttable = terminal_.width > 0 && !column.number;
  const std::string shown_text = cuttable ? cut(text, column.width) : text;
  const std::size_t width = display_width(shown_text);
  const std::string blanks(column.width > width ? column.width - width : 0, ' ');
  const std::string painted = paint(terminal_, color, shown_text);
  return column.number ? blanks + painted : painted + blanks;
}

std::string Table::render(const json& columns, const json& rows) {
  std::string result;
  const auto append_line = [&](auto&& cell) {
    std::string line;
    for (const Column& column : columns_) line += (line.empty() ? "" : std::string(kGap, ' ')) + cell(column);
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  };
  if (!laid_out_) {
    lay_out(columns, rows);
    append_line([&](const Column& column) { return aligned(column, column.name, Color::bold); });
  }
  for (const json& row : rows) {
    append_line([&](const Column& column) {
      const json& value = row.at(column.index);
      return aligned(column, text_of(column, value), color_of(column.name, plain_text(value)));
    });
  }
  return result;
}

}  // namespace tradingd::ctl
