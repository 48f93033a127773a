#pragma once
// A TOML file as plain values with their lines. Internal to the folder.

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/problem.h"

namespace tradingd::config {

/// Values of a TOML file; dates and times have become strings. `lines` has the line of each key by its path.
struct Document {
  nlohmann::json values = nlohmann::json::object();
  std::map<std::string, int, std::less<>> lines;

  /// Of the key, or else of the nearest table around it; 0: unknown.
  [[nodiscard]] int line_of(std::string_view key) const;
};

/// Reads TOML. On a syntax error, which a key given twice is, adds a problem and returns what is empty.
[[nodiscard]] Document parse_toml(std::string_view text, std::vector<Problem>& problems);

/// Reads CSV without quoted commas: the first line names the keys, each other one is a table of the list `table`. An
/// empty field is an absent key; lines that begin with # are comments. Problems as of parse_toml.
[[nodiscard]] Document parse_csv(std::string_view text, const std::string& table, std::vector<Problem>& problems);

/// "PREFIX.KEY", or "KEY" where the prefix is empty.
[[nodiscard]] std::string join_key(std::string_view prefix, std::string_view key);

/// A value for a message, as TOML has it, shortened.
[[nodiscard]] std::string show(const nlohmann::json& value);

/// "; did you mean X?" for the nearest of `known` (see nearest), else "; allowed are …".
[[nodiscard]] std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known);

}  // namespace tradingd::config
