#pragma once
// In which order people, CSV and JSON get a row's keys. On the wire a row is a map, which has no order.

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace tradingd::ctl {

/// The keys of `map`: what names the thing first, then what it is, then figures, then times. Keys that the order
/// doesn't know come last, by the alphabet. Valid as long as the map's keys are.
[[nodiscard]] std::vector<std::string_view> ordered_keys(const nlohmann::json& map);

/// The same value with the keys of all its maps in that order.
[[nodiscard]] nlohmann::ordered_json ordered(const nlohmann::json& value);

}  // namespace tradingd::ctl
