#pragma once
// Typed access to the values of a document that collects everything wrong on the way. Internal to the
// folder.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/time.h"
#include "daemon/config/document.h"

namespace tradingd::config {

/// A word and what it stands for.
template <typename T>
using Choice = std::pair<std::string_view, T>;

/// Reads one table. Each getter marks its key as known and returns nullopt where the key is absent or
/// wrong; of a wrong one, a problem has been added. `finish` then reports the keys nobody asked for.
class TableReader {
 public:
  /// Of the whole document.
  TableReader(const Document& document, std::vector<Problem>& problems);

  [[nodiscard]] bool has(std::string_view key) const;

  /// A reader of the table `key`; nullopt where it is absent or no table.
  [[nodiscard]] std::optional<TableReader> table(std::string_view key);
  /// Readers of the tables of the list `key`; none where it is absent or no list of tables.
  [[nodiscard]] std::vector<TableReader> tables(std::string_view key);
  /// The keys whose values are tables.
  [[nodiscard]] std::vector<std::string> table_keys() const;
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  [[nodiscard]] std::optional<Date> date(std::string_view key);
  /// A list of texts; `allow_one` admits one text in place of a list of one.
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view key, bool allow_one = false);

  /// A decimal of at most `decimals` places with min ≤ value ≤ max, written as a string or a whole number;
  /// a float is refused.
  template <typename D>
  [[nodiscard]] std::optional<D> decimal(std::string_view key, D min, D max, int decimals = kScaleDigits) {
    const std::optional<Int128> units = decimal_units(key, min.units, max.units, decimals);
    return units ? std::optional(D{static_cast<decltype(min.units)>(*units)}) : std::nullopt;
  }

  template <typename T>
  [[nodiscard]] std::optional<T> choice(std::string_view key, std::span<const Choice<T>> choices) {
    std::vector<std::string_view> words;
    for (const auto& [word, meaning] : choices) {
      words.push_back(word);
    }
    const std::optional<std::size_t> index = word_index(key, words);
    return index ? std::optional(choices[*index].second) : std::nullopt;
  }

  /// Adds a problem about a key of this table; an empty key: about the table.
  void problem(std::string_view key, std::string message);
  /// Adds a problem if the key is absent.
  void require(std::string_view key, std::string_view why);
  /// Adds a problem if the key is there; marks it as known.
  void forbid(std::string_view key, std::string_view why);
  /// Marks the key as known, and gives its value as it is; nullptr: absent.
  [[nodiscard]] const nlohmann::json* value(std::string_view key);
  /// All keys of the table in order, marked as known.
  [[nodiscard]] std::vector<std::string> keys();
  /// Reports unknown keys.
  void finish();

 private:
  TableReader(const Document& document, std::vector<Problem>& problems, const nlohmann::json& values, std::string path);

  [[nodiscard]] std::optional<Int128> decimal_units(std::string_view key, Int128 min, Int128 max, int decimals);
  [[nodiscard]] std::optional<std::size_t> word_index(std::string_view key, const std::vector<std::string_view>& words);

  const Document* document_;
  std::vector<Problem>* problems_;
  const nlohmann::json* values_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace tradingd::config
