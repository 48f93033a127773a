#include "ctl/sorted_rows.h"

#include <algorithm>
#include <iterator>

#include "ctl/cells.h"
#include "daemon/protocol/suggest.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

/// Of numbers without a sign.
int compare_digits(std::string_view a, std::string_view b) {
  const std::size_t a_point = std::min(a.find('.'), a.size());
  const std::size_t b_point = std::min(b.find('.'), b.size());
  if (a_point != b_point) return a_point < b_point ? -1 : 1;
  return a.compare(b);  // a fraction that goes on is larger
}

}  // namespace

int compare_cells(const json& a, const json& b) {
  const std::string left = plain_text(a);
  const std::string right = plain_text(b);
  if (!is_decimal(left) || !is_decimal(right)) return left.compare(right);
  const bool left_negative = left.starts_with('-');
  const bool right_negative = right.starts_with('-');
  if (left_negative != right_negative) return left_negative ? -1 : 1;
  const int order = compare_digits(std::string_view(left).substr(left_negative ? 1 : 0),
                                   std::string_view(right).substr(right_negative ? 1 : 0));
  return left_negative ? -order : order;
}

SortedRows::SortedRows(std::string column) : column_(std::move(column)) {
  descending_ = column_.starts_with('-');
  if (descending_) column_.erase(0, 1);
}

std::optional<std::string> SortedRows::add(const json& columns, const json& rows) {
  columns_ = columns;
  const auto found = std::find(columns.begin(), columns.end(), column_);
  if (found == columns.end()) {
    std::vector<std::string_view> names;
    std::string list;
    for (const json& name : columns) {
      names.push_back(name.get_ref<const std::string&>());
      list += (list.empty() ? "" : ", ") + name.get<std::string>();
    }
    return "sort: there is no column '" + column_ + "'" + protocol::did_you_mean(column_, names) + " The list has " +
           list;
  }
  place_ = static_cast<std::size_t>(found - columns.begin());
  if (rows_.size() + rows.size() > kSortedRowsMax) {
    return "sort: there are more than " + std::to_string(kSortedRowsMax) +
           " rows; narrow them down, as with --since, or sort them elsewhere: --csv | sort";
  }
  rows_.insert(rows_.end(), rows.begin(), rows.end());
  return std::nullopt;
}

json SortedRows::take(std::optional<std::int64_t> limit) {
  std::stable_sort(rows_.begin(), rows_.end(), [&](const json& a, const json& b) {
    const json& left = a.at(place_);
    const json& right = b.at(place_);
    if (left.is_null() || right.is_null()) return !left.is_null() && right.is_null();
    const int order = compare_cells(left, right);
    return descending_ ? order > 0 : order < 0;
  });
  if (limit && rows_.size() > static_cast<std::size_t>(*limit)) {
    rows_.erase(std::next(rows_.begin(), *limit), rows_.end());
  }
  return std::move(rows_);
}

}  // namespace tradingd::ctl
