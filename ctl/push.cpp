#include "ctl/push.h"

#include <algorithm>
#include <array>
#include <istream>

#include "daemon/protocol/codec.h"
#include "daemon/protocol/suggest.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t kRowsBytesMax = 56 * 1024;  // of the rows of one request; the frame holds 64 KiB
constexpr std::size_t kLineBytesMax = 8 * 1024;
constexpr std::array<std::string_view, 9> kColumns = {"time", "symbol", "price",  "open",  "high",
                                                      "low",  "close",  "volume", "market"};

/// Reads one flat JSON object; keeps numbers as they are written, since a double would change them.
class FlatObject final : public nlohmann::json_sax<json> {
 public:
  json cells = json::object();

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return put(text); }
  bool string(string_t& value) override { return put(value); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return depth_++ == 0; }
  bool key(string_t& value) override {
    key_ = value;
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*elements*/) override { return false; }
  bool end_array() override { return false; }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool put(json value) {
    if (depth_ == 0) return false;
    cells[key_] = std::move(value);
    return true;
  }

  int depth_ = 0;
  std::string key_;
};

struct Batch {
  json rows = json::array();
  std::vector<std::size_t> lines;
  std::size_t bytes = 0;
};

/// Adds the daemon's answer to the totals.
std::vector<RejectedRow> account(const json& answer, const Batch& batch, PushTotals& totals) {
  totals.accepted += answer.value("accepted", std::int64_t{0});
  totals.duplicates += answer.value("duplicates", std::int64_t{0});
  totals.ticks += answer.value("ticks", std::int64_t{0});
  std::vector<RejectedRow> rejected;
  for (const json& row : answer.value("rejected", json::array())) {
    const auto index = row.value("row", std::size_t{0});
    rejected.push_back(
        {index < batch.lines.size() ? batch.lines[index] : 0, row.value("column", ""), row.value("reason", "")});
  }
  totals.rejected += static_cast<std::int64_t>(rejected.size());
  return rejected;
}

}  // namespace

std::optional<std::vector<std::string>> split_csv(std::string_view line) {
  std::vector<std::string> cells(1);
  bool in_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char byte = line[i];
    if (in_quotes && byte == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (byte == '"') {
      in_quotes = !in_quotes;
    } else if (byte == ',' && !in_quotes) {
      cells.emplace_back();
    } else {
      cells.back() += byte;
    }
  }
  if (in_quotes) return std::nullopt;
  return cells;
}

Result<bool> RowReader::read_header(const std::string& line) {
  const auto cells = split_csv(line);
  if (!cells) return Error{"line " + std::to_string(line_) + ": a quote is left open in the header"};
  for (const std::string& name : *cells) {
    if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
      return Error{"line " + std::to_string(line_) + ": there is no column '" + name.substr(0, 64) + "'" +
                   protocol::did_you_mean(name, {kColumns.begin(), kColumns.end()}) +
                   " The first line names the columns, such as time,symbol,price"};
    }
    if (std::count(cells->begin(), cells->end(), name) > 1) {
      return Error{"line " + std::to_string(line_) + ": the column '" + name + "' is there twice"};
    }
  }
  columns_ = *cells;
  return true;
}

Result<std::optional<RowReader::Row>> RowReader::next() {
  std::string line;
  while (std::getline(input_, line)) {
    ++line_;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (line.size() > kLineBytesMax) {
      return std::optional(Row{line_, nullptr, "the line is longer than " + std::to_string(kLineBytesMax) + " bytes"});
    }
    if (!protocol::is_utf8(line) || line.find('\0') != std::string::npos) {
      return std::optional(Row{line_, nullptr, "the line is not UTF-8 text"});
    }
    if (!std::exchange(started_, true)) {
      json_ = line[line.find_first_not_of(" \t")] == '{';
      if (!json_) {
        if (auto header = read_header(line); !header) return header.error();
        continue;
      }
    }
    if (json_) {
      FlatObject object;
      if (json::sax_parse(line, &object)) return std::optional(Row{line_, std::move(object.cells), ""});
      return std::optional(Row{line_, nullptr, "the line is not a flat JSON object"});
    }
    const auto cells = split_csv(line);
    if (!cells) return std::optional(Row{line_, nullptr, "a quote is left open"});
    if (cells->size() != columns_.size()) {
      return std::optional(Row{
          line_, nullptr,
          "the line has " + std::to_string(cells->size()) + " cells, the header " + std::to_string(columns_.size())});
    }
    Row row{line_, json::object(), ""};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (!cells->at(i).empty()) row.cells[columns_[i]] = cells->at(i);
    }
    return std::optional(std::move(row));
  }
  if (input_.bad()) return Error{"standard input can't be read"};
  return std::optional<Row>();
}

std::variant<PushTotals, CallFailure> push_rows(std::istream& input, const json& arguments, const PushCall& call,
                                                const PushObserver& observer) {
  RowReader reader(input);
  PushTotals totals;
  Batch batch;
  const auto flush = [&]() -> std::optional<CallFailure> {
    if (batch.lines.empty()) return std::nullopt;
    json full = arguments;
    full["rows"] = std::move(batch.rows);
    Answer answer = call(full);
    if (auto* failure = std::get_if<CallFailure>(&answer)) {
      failure->message = "from line " + std::to_string(batch.lines.front()) + " on: " + failure->message;
      return std::move(*failure);
    }
    observer(totals, account(std::get<json>(answer), batch, totals));
    batch = {};
    return std::nullopt;
  };
  for (;;) {
    auto row = reader.next();
    if (!row) return CallFailure{kUsage, row.error().message};
    if (!*row) break;
    if ((*row)->cells.is_null()) {
      ++totals.rejected;
      observer(totals, {{(*row)->line, "", (*row)->error}});
      continue;
    }
    const std::size_t bytes = protocol::encoded_size((*row)->cells);
    if (batch.bytes + bytes > kRowsBytesMax) {
      if (auto failure = flush()) return *std::move(failure);
    }
    batch.rows.push_back(std::move((*row)->cells));
    batch.lines.push_back((*row)->line);
    batch.bytes += bytes;
  }
  if (auto failure = flush()) return *std::move(failure);
  return totals;
}

}  // namespace tradingd::ctl
