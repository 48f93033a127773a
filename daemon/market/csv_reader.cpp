#include "daemon/market/csv_reader.h"

#include <algorithm>
#include <utility>

namespace tradingd::market {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

}  // namespace

std::string CsvProbe::describe() const {
  return std::to_string(rows) + (columns.bars() ? " bars from " : " prices from ") + format_time(first_time) + " to " +
         format_time(last_time) + "; columns " + columns.describe() +
         (separator == ';'    ? "; semicolons between them"
          : separator == '\t' ? "; tabs between them"
                              : "") +
         (decimal_commas ? "; decimal commas" : "") + (ordered ? "" : "; sorted by time");
}

CsvReader::CsvReader(OpenedFile file, std::string name, std::string symbol, Calendar calendar)
    : file_(std::move(file)),
      name_(std::move(name)),
      symbol_(std::move(symbol)),
      calendar_(std::move(calendar)),
      lines_(file_.handle.get()) {}

Result<CsvReader> CsvReader::open(const std::string& folder, const std::string& file, const std::string& symbol,
                                  Calendar calendar) {
  Result<OpenedFile> opened = open_beneath(folder, file);
  if (!opened) {
    return opened.error();
  }
  CsvReader reader(std::move(opened).value(), file, symbol, std::move(calendar));
  if (auto error = reader.read_header()) {
    return *std::move(error);
  }
  if (auto error = reader.scan()) {
    return *std::move(error);
  }
  return reader;
}

Error CsvReader::failure(const std::string& reason) const { return {"feed file " + name_ + ": " + reason}; }

std::optional<Error> CsvReader::read_header() {
  Line line;
  const Result<bool> more = lines_.next(line);
  if (!more) {
    return failure(more.error().message);
  }
  std::string_view text = line.text;
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (!*more || line.too_long || is_blank(text)) {
    return failure("its first line must name the columns, such as date,open,high,low,close,volume");
  }
  probe_.separator = separator_of(text);
  if (const auto fault = split_fields(text, probe_.separator, fields_)) {
    return failure("column " + std::to_string(fault->field + 1) + " of its first line " + fault->reason);
  }
  Result<CsvColumns> columns = recognise_columns(fields_);
  if (!columns) {
    return failure(columns.error().message);
  }
  const bool has_symbol = columns->has(ColumnRole::symbol);
  if (has_symbol && !symbol_.empty()) {
    return failure("it has a symbol column, so no symbol can be given for it");
  }
  if (!has_symbol && symbol_.empty()) {
    return failure("it has no symbol column: say the symbol of its rows (symbol)");
  }
  probe_.columns = std::move(columns).value();
  return std::nullopt;
}

std::optional<Error> CsvReader::scan() {
  const bool may_index = file_.bytes <= kUnorderedBytesMax;
  std::vector<Place> places;
  CsvItem item;
  Line line;
  std::string first_fault;
  Time latest = kTimeMin;
  Time previous = kTimeMin;
  for (;;) {
    const Result<bool> more = lines_.next(line);
    if (!more) {
      return failure(more.error().message);
    }
    if (!*more) {
      break;
    }
    if (line.number == 2) {
      first_row_offset_ = line.offset;
    }
    if (!decode(line, item)) {
      continue;
    }
    if (const std::optional<Time> time = time_of(item)) {
      probe_.first_time = probe_.rows == 0 ? *time : std::min(probe_.first_time, *time);
      probe_.ordered = probe_.ordered && *time >= latest;
      latest = std::max(latest, *time);
      previous = *time;
      ++probe_.rows;
    } else if (first_fault.empty()) {
      first_fault = "line " + std::to_string(line.number) + ": " +
                    (item.kind == CsvItem::Kind::rejected ? item.rejected.reason
                                                          : parse_row_time(item.row.time, calendar_).error().message);
    }
    if (may_index) {
      places.push_back({previous, line.offset, line.number});  // a row without a time stays behind its neighbour
    } else if (!probe_.ordered) {
      return failure("its rows are not in order of time (line " + std::to_string(line.number) +
                     ") and it is larger than 64 MiB: sort it");
    }
  }
  if (probe_.rows == 0) {
    return failure(first_fault.empty() ? "it has no rows" : "no row of it has a readable time; " + first_fault);
  }
  const Result<bool> commas = commas_.found();
  if (!commas) {
    return failure(commas.error().message);
  }
  probe_.decimal_commas = *commas;
  scanned_ = true;
  probe_.last_time = latest;
  if (!probe_.ordered) {
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.time < b.time; });
    index_ = std::move(places);
  }
  back_to_first_row();
  return std::nullopt;
}

void CsvReader::back_to_first_row() {
  next_place_ = 0;
  lines_.seek(first_row_offset_, 2);
}

Result<bool> CsvReader::next_line(Line& line) {
  if (!probe_.ordered) {
    if (next_place_ == index_.size()) {
      return false;
    }
    const Place& place = index_[next_place_++];
    lines_.seek(place.offset, place.number);
  }
  const Result<bool> more = lines_.next(line);
  return more ? more : Result<bool>(failure(more.error().message));
}

bool CsvReader::decode(const Line& line, CsvItem& item) {
  const auto reject = [&](std::string column, std::string reason) {
    item.kind = CsvItem::Kind::rejected;
    item.rejected = {line.number, std::move(column), Rejection::malformed, std::move(reason)};
    return true;
  };
  if (line.too_long) {
    return reject("", "is longer than 64 KiB");
  }
  if (is_blank(line.text)) {
    return false;
  }
  if (line.text.find('\0') != std::string_view::npos) {
    return reject("", "contains a NUL byte");
  }
  const std::vector<std::string>& names = probe_.columns.names;
  if (const auto fault = split_fields(line.text, probe_.separator, fields_)) {
    return reject(fault->field < names.size() ? names[fault->field] : "", fault->reason);
  }
  if (fields_.size() != names.size()) {
    return reject("",
                  "has " + std::to_string(fields_.size()) + " fields; the header has " + std::to_string(names.size()));
  }
  if (!scanned_ && probe_.separator != ',') {
    commas_.look_at(probe_.columns, fields_);
  }
  if (probe_.decimal_commas) {
    replace_decimal_commas(probe_.columns, fields_);
  }
  item.kind = CsvItem::Kind::row;
  item.row.line = line.number;
  fill_row(probe_.columns, fields_, item.row);
  if (!symbol_.empty()) {
    item.row.symbol = symbol_;
  }
  return true;
}

std::optional<Time> CsvReader::time_of(const CsvItem& item) const {
  if (item.kind != CsvItem::Kind::row) {
    return std::nullopt;
  }
  const Result<RowTime> time = parse_row_time(item.row.time, calendar_);
  return time ? std::optional(time->time) : std::nullopt;
}

Result<CsvItem> CsvReader::next() {
  CsvItem item;
  Line line;
  for (;;) {
    const Result<bool> more = next_line(line);
    if (!more) {
      return more.error();
    }
    if (!*more) {
      return CsvItem{};
    }
    if (!decode(line, item)) {
      continue;
    }
    if (!skip_until_) {
      return item;
    }
    if (const std::optional<Time> time = time_of(item); time && *time > *skip_until_) {
      skip_until_.reset();
      return item;
    }
  }
}

}  // namespace tradingd::market
