#include "daemon/market/csv_format.h"

#include <algorithm>

namespace tradingd::market {

namespace {

struct NameRow {
  std::string_view name;
  ColumnRole role;
};

constexpr std::array kNames{
    NameRow{"date", ColumnRole::time},      NameRow{"time", ColumnRole::time},
    NameRow{"timestamp", ColumnRole::time}, NameRow{"datetime", ColumnRole::time},
    NameRow{"symbol", ColumnRole::symbol},  NameRow{"ticker", ColumnRole::symbol},
    NameRow{"open", ColumnRole::open},      NameRow{"high", ColumnRole::high},
    NameRow{"low", ColumnRole::low},        NameRow{"close", ColumnRole::close},
    NameRow{"volume", ColumnRole::volume},  NameRow{"price", ColumnRole::price},
    NameRow{"market", ColumnRole::market},
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Lower case, without blanks, '_' and '.'.
std::string folded(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '.') {
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return result;
}

/// Takes a quoted field off the front of `rest`, up to its comma; nullopt: a sentence is in `fault`.
std::optional<std::string> take_quoted(std::string_view& rest, std::string& fault) {
  std::string value;
  std::size_t at = 1;
  for (;; ++at) {
    if (at >= rest.size()) {
      fault = "has a quote that is not closed on its line";
      return std::nullopt;
    }
    if (rest[at] != '"') {
      value += rest[at];
    } else if (at + 1 < rest.size() && rest[at + 1] == '"') {
      value += '"';
      ++at;
    } else {
      break;
    }
  }
  rest = rest.substr(at + 1);
  const std::size_t comma = std::min(rest.find(','), rest.size());
  if (!trimmed(rest.substr(0, comma)).empty()) {
    fault = "has text behind a closing quote";
    return std::nullopt;
  }
  rest.remove_prefix(comma);
  return value;
}

/// By ColumnRole.
constexpr std::array<std::string RawRow::*, 11> kMembers{
    nullptr,      &RawRow::time,  nullptr,         &RawRow::symbol, &RawRow::open,   &RawRow::high,
    &RawRow::low, &RawRow::close, &RawRow::volume, &RawRow::price,  &RawRow::market,
};

/// In a file with both a "date" and a "time" column, the latter is the time of the day.
void pair_date_with_time(CsvColumns& columns) {
  const auto find = [&](std::string_view wanted) {
    return std::find_if(columns.names.begin(), columns.names.end(),
                        [&](const std::string& name) { return folded(name) == wanted; });
  };
  const auto time = find("time");
  if (find("date") != columns.names.end() && time != columns.names.end()) {
    columns.roles[static_cast<std::size_t>(time - columns.names.begin())] = ColumnRole::time_of_day;
  }
}

/// Leaves either a whole bar or one price.
void settle_prices(CsvColumns& columns) {
  const bool whole_bar = columns.has(ColumnRole::open) && columns.has(ColumnRole::high) &&
                         columns.has(ColumnRole::low) && columns.has(ColumnRole::close);
  const bool has_price = columns.has(ColumnRole::price);
  for (ColumnRole& role : columns.roles) {
    const bool of_range = role == ColumnRole::open || role == ColumnRole::high || role == ColumnRole::low;
    const bool needless = whole_bar ? role == ColumnRole::price : of_range || (has_price && role == ColumnRole::close);
    if (needless) {
      role = ColumnRole::ignored;
    }
  }
}

}  // namespace

std::optional<FieldFault> split_fields(std::string_view line, std::vector<std::string>& fields) {
  std::size_t count = 0;
  const auto add = [&](std::string_view value) {
    if (count == fields.size()) {
      fields.emplace_back();
    }
    fields[count++].assign(value);
  };
  std::string_view rest = line;
  for (;;) {
    const std::size_t start = rest.find_first_not_of(" \t");
    if (start != std::string_view::npos && rest[start] == '"') {
      rest.remove_prefix(start);
      std::string fault;
      const std::optional<std::string> value = take_quoted(rest, fault);
      if (!value) {
        return FieldFault{count, std::move(fault)};
      }
      add(*value);
    } else {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      add(trimmed(rest.substr(0, comma)));
      rest.remove_prefix(comma);
    }
    if (rest.empty()) {
      break;
    }
    rest.remove_prefix(1);
  }
  fields.resize(count);
  return std::nullopt;
}

bool CsvColumns::has(ColumnRole role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }

std::string CsvColumns::describe() const {
  std::string used;
  std::string ignored;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string& list = roles[i] == ColumnRole::ignored ? ignored : used;
    list += (list.empty() ? "" : ", ") + names[i];
  }
  return ignored.empty() ? used : used + "; ignored: " + ignored;
}

Result<CsvColumns> recognise_columns(const std::vector<std::string>& names) {
  CsvColumns columns;
  columns.names = names;
  std::string list;
  for (const std::string& name : names) {
    const auto* const found =
        std::find_if(kNames.begin(), kNames.end(), [&](const NameRow& row) { return row.name == folded(name); });
    columns.roles.push_back(found == kNames.end() ? ColumnRole::ignored : found->role);
    list += (list.empty() ? "" : ", ") + quoted(name);
  }
  pair_date_with_time(columns);
  settle_prices(columns);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ColumnRole role = columns.roles[i];
    if (role != ColumnRole::ignored && std::count(columns.roles.begin(), columns.roles.end(), role) > 1) {
      return Error{"column " + quoted(names[i]) + " has the same meaning as another one; the header has " + list};
    }
  }
  if (!columns.has(ColumnRole::time)) {
    return Error{"the first line names no column date, time, timestamp or datetime; it has " + list};
  }
  if (!columns.has(ColumnRole::price) && !columns.has(ColumnRole::close)) {
    return Error{"the first line names no column price or close; it has " + list};
  }
  return columns;
}

void fill_row(const CsvColumns& columns, std::vector<std::string>& fields, RawRow& row) {
  TD_ASSERT(fields.size() == columns.roles.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (const auto member = kMembers.at(static_cast<std::size_t>(columns.roles[i])); member != nullptr) {
      (row.*member).swap(fields[i]);
    }
  }
  const auto of_day = std::find(columns.roles.begin(), columns.roles.end(), ColumnRole::time_of_day);
  if (of_day != columns.roles.end()) {
    row.time += ' ' + fields[static_cast<std::size_t>(of_day - columns.roles.begin())];
  }
}

}  // namespace tradingd::market
