#pragma once
// Single values as people read them.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "ctl/terminal.h"

namespace tradingd::ctl {

/// Whether `text` is a decimal number: "-12.5".
[[nodiscard]] bool is_decimal(std::string_view text);
/// "-1234567.5" as "-1,234,567.5". `text` is a decimal number.
[[nodiscard]] std::string grouped(std::string_view text);
/// Number of digits after the point.
[[nodiscard]] std::size_t decimals(std::string_view text);
/// With zeros appended up to `digits` after the point.
[[nodiscard]] std::string with_decimals(std::string text, std::size_t digits);

/// Whether the column counts something, so that grouping its digits helps; ids and uids don't.
[[nodiscard]] bool is_amount(std::string_view column);
/// The colour of a value: gains and losses, and states that want attention.
[[nodiscard]] Color color_of(std::string_view column, std::string_view text);

/// Numbers as a row of bars, the lowest the flattest: "▁▃▅█". `values` is an array of decimals.
[[nodiscard]] std::string sparkline(const nlohmann::json& values);

/// A value in full and in plain text: nil as nothing, maps and arrays as JSON.
[[nodiscard]] std::string plain_text(const nlohmann::json& value);

}  // namespace tradingd::ctl
