#include "ctl/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ctl/cells.h"
#include "ctl/columns.h"
#include "ctl/findings.h"
#include "ctl/table.h"
#include "daemon/base/write_all.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

std::string csv_line(const json& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : ",") + csv_cell(cells.at(i));
  return line + "\n";
}

/// One array of objects, an object a line.
class JsonPrinter final : public ListPrinter {
 public:
  explicit JsonPrinter(Sink& sink) : sink_(sink) {}

  bool page(const json& columns, const json& rows) override {
    std::string text;
    for (const json& row : rows) {
      nlohmann::ordered_json object = nlohmann::ordered_json::object();
      for (std::size_t i = 0; i < columns.size(); ++i) object[columns.at(i).get<std::string>()] = row.at(i);
      text += (empty_ ? "[\n " : ",\n ") + object.dump();
      empty_ = false;
    }
    return sink_.write(text);
  }
  void finish() override { sink_.write(empty_ ? "[]\n" : "\n]\n"); }

 private:
  Sink& sink_;
  bool empty_ = true;
};

class CsvPrinter final : public ListPrinter {
 public:
  explicit CsvPrinter(Sink& sink) : sink_(sink) {}

  bool page(const json& columns, const json& rows) override {
    std::string text;
    if (!header_written_) text += csv_line(columns);
    header_written_ = true;
    for (const json& row : rows) text += csv_line(row);
    return sink_.write(text);
  }
  void finish() override {}

 private:
  Sink& sink_;
  bool header_written_ = false;
};

class TablePrinter final : public ListPrinter {
 public:
  TablePrinter(std::string_view method, bool wide, const Terminal& terminal, Sink& sink)
      : table_(method, wide, terminal), sink_(sink) {}

  bool page(const json& columns, const json& rows) override { return sink_.write(table_.render(columns, rows)); }
  void finish() override {}

 private:
  Table table_;
  Sink& sink_;
};

class FindingsPrinter final : public ListPrinter {
 public:
  FindingsPrinter(const Terminal& terminal, Sink& sink) : terminal_(terminal), sink_(sink) {}

  bool page(const json& columns, const json& rows) override {
    return sink_.write(render_findings(columns, rows, terminal_));
  }
  void finish() override {}

 private:
  Terminal terminal_;
  Sink& sink_;
};

bool is_list_of_maps(const json& value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(), [](const json& element) { return element.is_object(); });
}

std::string indented(const std::string& text, std::size_t depth) {
  std::string result;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    result += std::string(2 * depth, ' ') + text.substr(begin, end - begin);
    begin = end;
  }
  return result;
}

/// `text` without control characters but its line ends.
std::string printable_lines(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += printable(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

/// An array of maps as a table; its columns are the keys of the first one.
std::string render_table(const json& maps, const Terminal& terminal) {
  json columns = json::array();
  for (const std::string_view key : ordered_keys(maps.front())) columns.push_back(key);
  json rows = json::array();
  for (const json& map : maps) {
    json row = json::array();
    for (const json& column : columns) row.push_back(map.value(column.get<std::string>(), json()));
    rows.push_back(std::move(row));
  }
  return Table("", true, terminal).render(columns, rows);
}

/// A line a key, values in one column; maps and arrays of maps follow as blocks.
std::string render_map(const json& map, std::size_t depth, const Terminal& terminal) {
  std::size_t width = 0;
  for (const auto& [key, value] : map.items()) {
    if (!value.is_null() && !value.is_object() && !is_list_of_maps(value)) width = std::max(width, display_width(key));
  }
  std::string text;
  std::string blocks;
  for (const std::string_view key : ordered_keys(map)) {
    const json& value = map.at(key);
    if (value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
        (value.is_structured() && value.empty()))
      continue;
    const std::string name = paint(terminal, Color::bold, printable(key));
    if (value.is_object()) {
      blocks += indented(name + "\n", depth) + render_map(value, depth + 1, terminal);
    } else if (is_list_of_maps(value)) {
      blocks += indented(name + "\n", depth) + indented(render_table(value, terminal), depth + 1);
    } else {
      const std::string plain = plain_text(value);
      if (plain.find('\n') != std::string::npos) {
        blocks += indented(name + "\n", depth) + indented(printable_lines(plain), depth + 1);
        continue;
      }
      std::string shown = printable(plain);
      if (is_decimal(shown) && is_amount(key)) shown = grouped(shown);
      text += indented(
          name + std::string(width - display_width(key) + 2, ' ') + paint(terminal, color_of(key, plain), shown) + "\n",
          depth);
    }
  }
  return text + blocks;
}

std::string render_csv_row(const json& row) {
  json columns = json::array();
  json cells = json::array();
  for (const std::string_view key : ordered_keys(row)) {
    columns.push_back(key);
    cells.push_back(row.at(key));
  }
  return csv_line(columns) + csv_line(cells);
}

}  // namespace

bool StandardOutput::write(std::string_view text) {
  if (open_ && !write_all(STDOUT_FILENO, text)) {
    open_ = false;
    if (errno != EPIPE && errno != EBADF) {
      std::fprintf(stderr, "tradectl: can't write to standard output: %s\n", std::strerror(errno));
      std::exit(1);
    }
  }
  return open_;
}

std::unique_ptr<ListPrinter> make_list_printer(Format format, std::string_view method, bool wide,
                                               const Terminal& terminal, Sink& sink) {
  switch (format) {
    case Format::json:
      return std::make_unique<JsonPrinter>(sink);
    case Format::csv:
      return std::make_unique<CsvPrinter>(sink);
    case Format::people:
      break;
  }
  if (method == "doctor") return std::make_unique<FindingsPrinter>(terminal, sink);
  return std::make_unique<TablePrinter>(method, wide, terminal, sink);
}

std::string render_row(Format format, const json& row, const Terminal& terminal) {
  if (format == Format::json) return ordered(row).dump(2) + "\n";
  if (!row.is_object()) return plain_text(row) + "\n";
  return format == Format::csv ? render_csv_row(row) : render_map(row, 0, terminal);
}

std::string csv_cell(const json& value) {
  const std::string text = plain_text(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '"') quoted += '"';
    quoted += byte;
  }
  return quoted + "\"";
}

}  // namespace tradingd::ctl
