#include "daemon/protocol/validate.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "daemon/base/decimal.h"
#include "daemon/base/time.h"
#include "daemon/protocol/moment.h"
#include "daemon/protocol/suggest.h"

namespace tradingd::protocol {

namespace {

using nlohmann::json;

constexpr std::size_t kShownBytesMax = 40;  // of a wrong value, in its message
constexpr std::size_t kRowErrorsMax = 10;   // further ones are only counted
constexpr std::size_t kRequestIdBytesMax = 128;

std::string in_quotes(std::string_view text) {
  std::string shown = "'";
  for (const char byte : text.substr(0, kShownBytesMax)) {
    const auto code = static_cast<unsigned char>(byte);
    shown += code < 0x20 || code == 0x7f ? '?' : byte;
  }
  // Cutting may have halved a character.
  while (text.size() > kShownBytesMax && !shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xc0U) == 0x80) {
    shown.pop_back();
  }
  if (text.size() > kShownBytesMax && static_cast<unsigned char>(shown.back()) >= 0xc0) shown.pop_back();
  return shown + (text.size() > kShownBytesMax ? "…'" : "'");
}

std::string shown(const json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_structured()) return value.is_array() ? "an array" : "a map";
  return value.dump();
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return code < 0x20 || code == 0x7f;
  });
}

/// A complaint, "is not …", or nullopt if the value will do.
using Complaint = std::optional<std::string>;

Complaint check_string(const ArgumentSpec& spec, const json& value) {
  if (!value.is_string()) return shown(value) + " is not text";
  const auto& text = value.get_ref<const std::string&>();
  if (text.empty()) return "is empty";
  const std::size_t bytes_max = spec.name == "request_id" ? kRequestIdBytesMax : kStringBytesMax;
  if (text.size() > bytes_max) return "is longer than " + std::to_string(bytes_max) + " bytes";
  if (has_control_character(text)) return in_quotes(text) + " has a control character";
  const auto choices = split_choices(spec.choices);
  if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return std::nullopt;
  std::string list;
  for (const std::string_view choice : choices) list += (list.empty() ? "" : ", ") + std::string(choice);
  return in_quotes(text) + " is not one of " + list + did_you_mean(text, choices);
}

Complaint check_decimal(json& value) {
  if (value.is_number_integer()) value = value.dump();
  if (value.is_string() && parse_units(value.get_ref<const std::string&>())) return std::nullopt;
  return shown(value) + " is not a decimal number such as 12 or 12.5 (at most 8 decimals)";
}

Complaint check_integer(const ArgumentSpec& spec, const json& value) {
  if (!value.is_number_integer()) return shown(value) + " is not a whole number";
  const auto number = value.get<std::int64_t>();
  if (spec.name == "limit" && (number < 1 || number > kListLimitMax)) {
    return shown(value) + " is not between 1 and " + std::to_string(kListLimitMax);
  }
  return std::nullopt;
}

Complaint check_time(const json& value) {
  if (!value.is_string()) return shown(value) + " is not a time such as '2020-04-17T20:00:00Z'";
  const auto time = parse_time(value.get_ref<const std::string&>());
  return time.ok() ? std::nullopt : Complaint(time.error().message);
}

Complaint check_moment(const json& value) {
  if (value.is_string() && parse_moment(value.get_ref<const std::string&>())) return std::nullopt;
  return shown(value) + " is neither a time (2020-04-17T20:00:00Z), a date, nor how long back (30m, 6h, 2d, 4w, 1y)";
}

Complaint check_rows(const json& value) {
  if (!value.is_array()) return shown(value) + " is not an array of maps";
  std::string wrong;
  std::size_t count = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const json& row = value[i];
    const bool flat = row.is_object() && std::none_of(row.begin(), row.end(), [](const json& cell) {
                        return cell.is_structured() || cell.is_number_float();
                      });
    if (flat) continue;
    if (++count <= kRowErrorsMax) wrong += (wrong.empty() ? "" : ", ") + std::to_string(i);
  }
  if (count == 0) return std::nullopt;
  if (count > kRowErrorsMax) wrong += " and " + std::to_string(count - kRowErrorsMax) + " more";
  return "row " + wrong + " (from 0): a row is a map of texts and whole numbers";
}

Complaint check(const ArgumentSpec& spec, json& value) {
  switch (spec.type) {
    case ArgumentType::string:
      return check_string(spec, value);
    case ArgumentType::decimal:
      return check_decimal(value);
    case ArgumentType::integer:
      return check_integer(spec, value);
    case ArgumentType::boolean:
      return value.is_boolean() ? std::nullopt : Complaint(shown(value) + " is neither true nor false");
    case ArgumentType::time:
      return check_time(value);
    case ArgumentType::moment:
      return check_moment(value);
    case ArgumentType::text:
      return value.is_string() ? std::nullopt : Complaint(shown(value) + " is not text");
    case ArgumentType::rows:
      return check_rows(value);
    case ArgumentType::cursor:
      return value.is_string() || value.is_number_integer() ? std::nullopt
                                                            : Complaint(shown(value) + " is no cursor of a list");
  }
  TD_ASSERT(false);  // every type of argument is checked
}

}  // namespace

std::vector<std::string> check_arguments(const CommandSpec& command, json& arguments) {
  TD_ASSERT(arguments.is_object());
  std::vector<ArgumentSpec> specs = shared_arguments(command);
  specs.insert(specs.begin(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string_view> names;
  names.reserve(specs.size());
  for (const ArgumentSpec& spec : specs) names.push_back(spec.name);

  std::vector<std::string> errors;
  for (auto entry = arguments.begin(); entry != arguments.end();) {
    if (std::find(names.begin(), names.end(), entry.key()) == names.end()) {
      errors.push_back("unknown argument " + in_quotes(entry.key()) + did_you_mean(entry.key(), names));
    }
    entry = entry->is_null() ? arguments.erase(entry) : std::next(entry);
  }
  for (const ArgumentSpec& spec : specs) {
    const auto found = arguments.find(spec.name);
    if (found == arguments.end()) {
      if (spec.required)
        errors.push_back("missing argument '" + std::string(spec.name) + "': " + std::string(spec.help));
    } else if (const Complaint complaint = check(spec, *found)) {
      errors.push_back(std::string(spec.name) + ": " + *complaint);
    }
  }
  return errors;
}

std::string join_errors(const std::vector<std::string>& errors) {
  std::string joined;
  for (const std::string& error : errors) {
    if (!joined.empty()) joined += joined.back() == '?' ? " " : "; ";
    joined += error;
  }
  return joined;
}

}  // namespace tradingd::protocol
