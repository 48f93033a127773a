#include "daemon/market/csv_format.h"

#include <algorithm>

namespace tradingd::market {

namespace {

struct NameRow {
  std::string_view name;
  ColumnRole role;
};

constexpr std::array kNames{
    NameRow{"date", ColumnRole::time},
    NameRow{"time", ColumnRole::time},
    NameRow{"timestamp", ColumnRole::time},
    NameRow{"datetime", ColumnRole::time},
    NameRow{"symbol", ColumnRole::symbol},
    NameRow{"ticker", ColumnRole::symbol},
    NameRow{"open", ColumnRole::open},
    NameRow{"high", ColumnRole::high},
    NameRow{"low", ColumnRole::low},
    NameRow{"close", ColumnRole::close},
    NameRow{"volume", ColumnRole::volume},
    NameRow{"vol", ColumnRole::volume},
    NameRow{"price", ColumnRole::price},
    NameRow{"market", ColumnRole::market},
    NameRow{"series", ColumnRole::series},
    // Other common names for the same.
    NameRow{"tradedate", ColumnRole::time},
    NameRow{"tradingdate", ColumnRole::time},
    NameRow{"last", ColumnRole::price},
    NameRow{"lastprice", ColumnRole::price},
    NameRow{"settle", ColumnRole::price},
    // Stooq's in Polish.
    NameRow{"data", ColumnRole::time},
    NameRow{"otwarcie", ColumnRole::open},
    NameRow{"najwyzszy", ColumnRole::high},
    NameRow{"najnizszy", ColumnRole::low},
    NameRow{"zamkniecie", ColumnRole::close},
    NameRow{"wolumen", ColumnRole::volume},
    // NSE's bhavcopy until July 2024, its full bhavcopy, and what has come since.
    NameRow{"tottrdqty", ColumnRole::volume},
    NameRow{"date1", ColumnRole::time},
    NameRow{"openprice", ColumnRole::open},
    NameRow{"highprice", ColumnRole::high},
    NameRow{"lowprice", ColumnRole::low},
    NameRow{"closeprice", ColumnRole::close},
    NameRow{"ttltrdqnty", ColumnRole::volume},
    NameRow{"traddt", ColumnRole::time},
    NameRow{"tckrsymb", ColumnRole::symbol},
    NameRow{"sctysrs", ColumnRole::series},
    NameRow{"opnpric", ColumnRole::open},
    NameRow{"hghpric", ColumnRole::high},
    NameRow{"lwpric", ColumnRole::low},
    NameRow{"clspric", ColumnRole::close},
    NameRow{"ttltradgvol", ColumnRole::volume},
};

/// A column that only one publisher's files have.
struct LayoutRow {
  std::string_view column;
  std::string_view layout;
};
constexpr std::array kLayouts{
    LayoutRow{"adjclose", "Yahoo Finance"},        LayoutRow{"per", "Stooq"},
    LayoutRow{"tottrdqty", "NSE bhavcopy"},        LayoutRow{"ttltrdqnty", "NSE full bhavcopy"},
    LayoutRow{"tckrsymb", "NSE bhavcopy (UDiFF)"}, LayoutRow{"zamkniecie", "Stooq"},
};

constexpr std::string_view kMainSeries = "EQ";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Lower case, without blanks, '_', '.', '<' and '>'.
std::string folded(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '.' && c != '<' && c != '>') {
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return result;
}

/// Takes a quoted field off the front of `rest`, up to its separator; nullopt: a sentence is in `fault`.
std::optional<std::string> take_quoted(std::string_view& rest, char separator, std::string& fault) {
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
  const std::size_t comma = std::min(rest.find(separator), rest.size());
  if (!trimmed(rest.substr(0, comma)).empty()) {
    fault = "has text behind a closing quote";
    return std::nullopt;
  }
  rest.remove_prefix(comma);
  return value;
}

/// By ColumnRole.
constexpr std::array<std::string RawRow::*, 12> kMembers{
    nullptr,      &RawRow::time,  nullptr,         &RawRow::symbol, &RawRow::open,   &RawRow::high,
    &RawRow::low, &RawRow::close, &RawRow::volume, &RawRow::price,  &RawRow::market, nullptr,
};

bool is_number(ColumnRole role) {
  constexpr std::array kNumbers{ColumnRole::open,  ColumnRole::high,   ColumnRole::low,
                                ColumnRole::close, ColumnRole::volume, ColumnRole::price};
  return std::find(kNumbers.begin(), kNumbers.end(), role) != kNumbers.end();
}

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
  const bool range = columns.has(ColumnRole::open) && columns.has(ColumnRole::high) && columns.has(ColumnRole::low);
  if (range && !columns.has(ColumnRole::close)) {
    std::replace(columns.roles.begin(), columns.roles.end(), ColumnRole::price, ColumnRole::close);
  }
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

char separator_of(std::string_view header) {
  constexpr std::string_view kSeparators = ",;\t";
  std::array<std::size_t, kSeparators.size()> counts{};
  bool quoted = false;
  for (const char c : header) {
    quoted = quoted != (c == '"');
    const std::size_t place = quoted ? std::string_view::npos : kSeparators.find(c);
    if (place != std::string_view::npos) {
      ++counts.at(place);
    }
  }
  return kSeparators[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

std::optional<FieldFault> split_fields(std::string_view line, char separator, std::vector<std::string>& fields) {
  std::size_t count = 0;
  const auto add = [&](std::string_view value) {
    if (count == fields.size()) {
      fields.emplace_back();
    }
    fields[count++].assign(value);
  };
  std::string_view rest = line;
  for (;;) {
    const std::size_t start = rest.find_first_not_of(separator == '\t' ? " " : " \t");
    if (start != std::string_view::npos && rest[start] == '"') {
      rest.remove_prefix(start);
      std::string fault;
      const std::optional<std::string> value = take_quoted(rest, separator, fault);
      if (!value) {
        return FieldFault{count, std::move(fault)};
      }
      add(*value);
    } else {
      const std::size_t comma = std::min(rest.find(separator), rest.size());
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
  return used + (ignored.empty() ? "" : "; ignored: " + ignored) +
         (layout.empty() ? "" : "; the layout of " + std::string(layout));
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
    const auto* const layout = std::find_if(kLayouts.begin(), kLayouts.end(),
                                            [&](const LayoutRow& row) { return row.column == folded(name); });
    if (layout != kLayouts.end()) {
      columns.layout = layout->layout;
    }
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

void DecimalCommas::look_at(const CsvColumns& columns, const std::vector<std::string>& fields) {
  constexpr std::size_t kThousands = 3;  // digits
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!is_number(columns.roles[i])) {
      continue;
    }
    const std::string_view text = fields[i];
    const std::size_t comma = text.find(',');
    points_ = points_ || text.find('.') != std::string_view::npos;
    if (comma == std::string_view::npos) {
      continue;
    }
    if (example_.empty()) {
      example_ = text;
    }
    const bool several = text.find(',', comma + 1) != std::string_view::npos;
    grouping_ = grouping_ || several;
    certain_ = certain_ || (!several && (text.size() - comma - 1 != kThousands || comma == 0 || comma > kThousands ||
                                         text.substr(0, comma) == "0"));
  }
}

Result<bool> DecimalCommas::found() const {
  if (example_.empty()) {
    return false;
  }
  if (points_ || grouping_ || !certain_) {
    const char* meaning =
        points_ || grouping_ ? "which separate thousands" : "which can be decimal points or separate thousands";
    return Error{"its numbers have commas, such as " + quoted(example_) + ", " + meaning + "; write them as 1234.5"};
  }
  return true;
}

void replace_decimal_commas(const CsvColumns& columns, std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (is_number(columns.roles[i])) {
      std::replace(fields[i].begin(), fields[i].end(), ',', '.');
    }
  }
}

void fill_row(const CsvColumns& columns, std::vector<std::string>& fields, RawRow& row) {
  TD_ASSERT(fields.size() == columns.roles.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (const auto member = kMembers.at(static_cast<std::size_t>(columns.roles[i])); member != nullptr) {
      (row.*member).swap(fields[i]);
    }
  }
  const auto field_of = [&](ColumnRole role) -> const std::string* {
    const auto found = std::find(columns.roles.begin(), columns.roles.end(), role);
    return found == columns.roles.end() ? nullptr : &fields[static_cast<std::size_t>(found - columns.roles.begin())];
  };
  if (const std::string* of_day = field_of(ColumnRole::time_of_day); of_day != nullptr && *of_day != "000000") {
    row.time += ' ' + *of_day;
  }
  if (const std::string* series = field_of(ColumnRole::series);
      series != nullptr && !series->empty() && *series != kMainSeries) {
    row.symbol += '-' + *series;
  }
}

}  // namespace tradingd::market
