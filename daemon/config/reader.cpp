#include "daemon/config/reader.h"

#include <algorithm>

namespace tradingd::config {

namespace {

using nlohmann::json;

int decimals_in(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) {
    return 0;
  }
  const std::size_t last = text.find_last_not_of('0');
  return static_cast<int>(last - point);
}

}  // namespace

TableReader::TableReader(const Document& document, std::vector<Problem>& problems)
    : TableReader(document, problems, document.values, "") {}

TableReader::TableReader(const Document& document, std::vector<Problem>& problems, const json& values, std::string path)
    : document_(&document), problems_(&problems), values_(&values), path_(std::move(path)) {}

bool TableReader::has(std::string_view key) const { return values_->contains(key); }

const json* TableReader::value(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
    known_.emplace_back(key);
  }
  const auto found = values_->find(key);
  return found == values_->end() ? nullptr : &*found;
}

std::optional<TableReader> TableReader::table(std::string_view key) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (!found->is_object()) {
    problem(key, show(*found) + " must be a table: write [" + join_key(path_, key) + "]");
    return std::nullopt;
  }
  return TableReader(*document_, *problems_, *found, join_key(path_, key));
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
  std::vector<TableReader> readers;
  const json* const found = value(key);
  if (found == nullptr) {
    return readers;
  }
  if (!found->is_array() ||
      !std::all_of(found->begin(), found->end(), [](const json& item) { return item.is_object(); })) {
    problem(key, show(*found) + " must be a list of tables: write [[" + join_key(path_, key) + "]]");
    return readers;
  }
  readers.reserve(found->size());
  for (const json& item : *found) {
    readers.push_back(
        TableReader(*document_, *problems_, item, join_key(path_, key) + "[" + std::to_string(readers.size()) + "]"));
  }
  return readers;
}

std::vector<std::string> TableReader::table_keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, item] : values_->items()) {
    if (item.is_object()) {
      keys.push_back(key);
    }
  }
  return keys;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (!found->is_string()) {
    problem(key, show(*found) + " must be a text: write it in quotes");
    return std::nullopt;
  }
  return found->get<std::string>();
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (!found->is_number_integer() || found->get<std::int64_t>() < min || found->get<std::int64_t>() > max) {
    problem(key, show(*found) + " must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return found->get<std::int64_t>();
}

std::optional<Date> TableReader::date(std::string_view key) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  const Result<Date> parsed = found->is_string() ? parse_date(found->get_ref<const std::string&>()) : Error{""};
  if (!parsed) {
    problem(key, show(*found) + " must be a date such as 2000-01-03");
    return std::nullopt;
  }
  return *parsed;
}

std::optional<std::vector<std::string>> TableReader::texts(std::string_view key, bool allow_one) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (allow_one && found->is_string()) {
    return std::vector{found->get<std::string>()};
  }
  if (!found->is_array() ||
      !std::all_of(found->begin(), found->end(), [](const json& item) { return item.is_string(); })) {
    problem(key, show(*found) + " must be a list of texts such as [\"A\", \"B\"]");
    return std::nullopt;
  }
  return found->get<std::vector<std::string>>();
}

std::optional<Int128> TableReader::decimal_units(std::string_view key, Int128 min, Int128 max, int decimals) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  if (found->is_number_float()) {
    problem(key, show(*found) + " is a float, which can't hold decimals exactly: write it in quotes, \"" +
                     show(*found) + "\"");
    return std::nullopt;
  }
  const std::string range = "must be a number from " + format_units(min) + " to " + format_units(max) +
                            (decimals > 0 ? " with at most " + std::to_string(decimals) + " decimals" : "");
  if (!found->is_string() && !found->is_number_integer()) {
    problem(key, show(*found) + " " + range);
    return std::nullopt;
  }
  const std::string text = found->is_string() ? found->get<std::string>() : found->dump();
  const std::optional<Int128> units = parse_units(text);
  if (!units || *units < min || *units > max || decimals_in(text) > decimals) {
    problem(key, show(*found) + " " + range);
    return std::nullopt;
  }
  return units;
}

std::optional<std::size_t> TableReader::word_index(std::string_view key, const std::vector<std::string_view>& words) {
  const json* const found = value(key);
  if (found == nullptr) {
    return std::nullopt;
  }
  const auto word =
      found->is_string() ? std::find(words.begin(), words.end(), found->get_ref<const std::string&>()) : words.end();
  if (word != words.end()) {
    return static_cast<std::size_t>(word - words.begin());
  }
  std::string allowed;
  for (const std::string_view candidate : words) {
    allowed += (allowed.empty() ? "\"" : ", \"") + std::string(candidate) + "\"";
  }
  problem(key, show(*found) + " must be one of " + allowed);
  return std::nullopt;
}

void TableReader::problem(std::string_view key, std::string message) {
  const std::string path = key.empty() ? path_ : join_key(path_, key);
  problems_->push_back({path, document_->line_of(path), std::move(message)});
}

void TableReader::require(std::string_view key, std::string_view why) {
  if (!has(key)) {
    problem(key, "is missing: " + std::string(why));
  }
}

void TableReader::forbid(std::string_view key, std::string_view why) {
  if (value(key) != nullptr) {
    problem(key, "can't be given: " + std::string(why));
  }
}

std::vector<std::string> TableReader::keys() {
  std::vector<std::string> all;
  for (const auto& [key, unused] : values_->items()) {
    all.push_back(key);
  }
  known_ = all;
  return all;
}

void TableReader::finish() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [key, unused] : values_->items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      problem(key, "is unknown" + suggestion(key, known));
    }
  }
}

}  // namespace tradingd::config
