#include "daemon/config/document.h"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "daemon/base/nearest.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace tradingd::config {

namespace {

using nlohmann::json;

template <typename T>
std::string printed(const T& value) {
  std::ostringstream text;
  text << value;
  return std::move(text).str();
}

/// Turns nodes into values and notes their lines.
class Converter {
 public:
  explicit Converter(Document& document) : document_(document) {}

  json convert(const toml::node& node, const std::string& path) {
    document_.lines[path] = static_cast<int>(node.source().begin.line);
    switch (node.type()) {
      case toml::node_type::table:
        return convert_table(*node.as_table(), path);
      case toml::node_type::array:
        return convert_array(*node.as_array(), path);
      case toml::node_type::string:
        return node.as_string()->get();
      case toml::node_type::integer:
        return node.as_integer()->get();
      case toml::node_type::floating_point:
        return node.as_floating_point()->get();
      case toml::node_type::boolean:
        return node.as_boolean()->get();
      case toml::node_type::date:
        return printed(node.as_date()->get());
      case toml::node_type::time:
        return printed(node.as_time()->get());
      case toml::node_type::date_time:
        return printed(node.as_date_time()->get());
      case toml::node_type::none:
        break;
    }
    return nullptr;
  }

 private:
  json convert_table(const toml::table& table, const std::string& path) {
    json object = json::object();
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      object[name] = convert(node, join_key(path, name));
    }
    return object;
  }

  json convert_array(const toml::array& array, const std::string& path) {
    json list = json::array();
    for (const toml::node& node : array) {
      list.push_back(convert(node, path + "[" + std::to_string(list.size()) + "]"));
    }
    return list;
  }

  Document& document_;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) {
    const std::size_t from = field.find_first_not_of(" \t\r\"");
    const std::size_t to = field.find_last_not_of(" \t\r\"");
    fields.push_back(from == std::string::npos ? "" : field.substr(from, to - from + 1));
  }
  return fields;
}

}  // namespace

Document parse_csv(std::string_view text, const std::string& table, std::vector<Problem>& problems) {
  Document document;
  nlohmann::json& rows = document.values[table] = nlohmann::json::array();
  std::istringstream lines{std::string(text)};
  std::vector<std::string> header;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::vector<std::string> fields = split(line);
    if (fields.empty() || line.front() == '#') {
      continue;
    }
    if (header.empty()) {
      header = fields;
      continue;
    }
    if (fields.size() > header.size()) {
      problems.push_back({"", number, "has more fields than the first line has columns"});
      return document;
    }
    nlohmann::json row = nlohmann::json::object();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i].empty()) {
        row[header[i]] = fields[i];
      }
    }
    document.lines[table + "[" + std::to_string(rows.size()) + "]"] = number;
    rows.push_back(std::move(row));
  }
  return document;
}

std::string describe(const std::vector<Problem>& problems, std::string_view file) {
  std::string text;
  for (const Problem& problem : problems) {
    text += text.empty() ? "" : "\n";
    text += file;
    text += problem.line > 0 ? ":" + std::to_string(problem.line) + ": " : ": ";
    text += problem.key.empty() ? problem.message : problem.key + ": " + problem.message;
  }
  return text;
}

int Document::line_of(std::string_view key) const {
  for (;;) {
    if (const auto found = lines.find(key); found != lines.end()) {
      return found->second;
    }
    const std::size_t end = key.find_last_of(".[");
    if (end == std::string_view::npos) {
      return 0;
    }
    key = key.substr(0, end);
  }
}

Document parse_toml(std::string_view text, std::vector<Problem>& problems) {
  Document document;
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    problems.push_back({"", static_cast<int>(line), "contains a NUL byte; it is not a text file"});
    return document;
  }
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    problems.push_back(
        {"", static_cast<int>(result.error().source().begin.line), std::string(result.error().description())});
    return document;
  }
  document.values = Converter(document).convert(result.table(), "");
  document.lines.erase("");
  return document;
}

std::string join_key(std::string_view prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : std::string(prefix) + "." + std::string(key);
}

std::string show(const json& value) {
  constexpr std::size_t kShown = 60;
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kShown) {
    text = text.substr(0, kShown) + "…";
  }
  return text;
}

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known) {
  if (const std::string_view close = nearest(wrong, known); !close.empty()) {
    return "; did you mean " + std::string(close) + "?";
  }
  std::string text = known.empty() ? "; nothing is allowed here" : "; allowed are ";
  for (const std::string_view candidate : known) {
    text += (candidate == known.front() ? "" : ", ") + std::string(candidate);
  }
  return text;
}

}  // namespace tradingd::config
