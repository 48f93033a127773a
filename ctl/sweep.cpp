#include "ctl/sweep.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "daemon/protocol/suggest.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

struct Dimension {
  std::string key;
  std::vector<std::string> values;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Result<std::vector<Dimension>> read_dimensions(std::string_view sweep) {
  std::vector<Dimension> dimensions;
  for (const std::string& part : split(sweep, ' ')) {
    const std::size_t sign = part.find('=');
    if (sign == std::string::npos || sign == 0) {
      return Error{"sweep: '" + part + "' is not like sip.amount=100,200,300"};
    }
    dimensions.push_back({part.substr(0, sign), split(std::string_view(part).substr(sign + 1), ',')});
    if (dimensions.back().values.empty())
      return Error{"sweep: there are no values for '" + dimensions.back().key + "'"};
  }
  return dimensions;
}

/// The paths of all values: "sip.amount".
void list_keys(const json& object, const std::string& prefix, std::vector<std::string>& keys) {
  for (const auto& [key, value] : object.items()) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    if (value.is_object()) {
      list_keys(value, path, keys);
    } else {
      keys.push_back(path);
    }
  }
}

/// Puts `text` where `key` says, in the form that is there already.
std::optional<std::string> put(json& config, const std::string& key, const std::string& text) {
  json* place = &config;
  for (const std::string& part : split(key, '.')) {
    if (!place->is_object() || !place->contains(part)) {
      std::vector<std::string> keys;
      list_keys(config, "", keys);
      return "sweep: the strategy has no '" + key + "'" +
             protocol::did_you_mean(key, std::vector<std::string_view>(keys.begin(), keys.end()));
    }
    place = &place->at(part);
  }
  if (place->is_structured()) return "sweep: '" + key + "' is no single value";
  if (place->is_string()) {
    *place = text;
    return std::nullopt;
  }
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded() || value.is_number_float() || value.is_structured()) value = text;  // "month_end"
  *place = std::move(value);
  return std::nullopt;
}

}  // namespace

Result<std::vector<Variation>> vary(const config::StrategyDocument& strategy, std::string_view sweep) {
  const auto dimensions = read_dimensions(sweep);
  if (!dimensions) return dimensions.error();
  std::size_t count = 1;
  for (const Dimension& dimension : *dimensions) {
    count *= dimension.values.size();
    if (count > kSweepMax) return Error{"sweep: there are more than " + std::to_string(kSweepMax) + " combinations"};
  }
  if (dimensions->empty()) return std::vector<Variation>{{{}, strategy}};
  std::vector<Variation> variations;
  variations.reserve(count);
  for (std::size_t number = 0; number < count; ++number) {
    json config = json::parse(strategy.canonical_json);
    std::vector<std::pair<std::string, std::string>> values;
    std::size_t stride = count;
    for (const Dimension& dimension : *dimensions) {
      stride /= dimension.values.size();
      const std::string& value = dimension.values[number / stride % dimension.values.size()];
      if (auto fault = put(config, dimension.key, value)) return Error{*std::move(fault)};
      values.emplace_back(dimension.key, value);
    }
    auto varied = config::strategy_from_json(config.dump());
    if (!varied) {
      std::string what;
      for (const auto& [key, value] : values) what += (what.empty() ? "" : " ") + key + "=" + value;
      return Error{"sweep: " + what + ": " + varied.error().message};
    }
    variations.push_back({std::move(values), std::move(varied).value()});
  }
  return variations;
}

}  // namespace tradingd::ctl
