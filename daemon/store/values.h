#pragma once
// Between PostgreSQL's text (UTC, ISO style, as Connection sets its sessions) and ours.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/time.h"

namespace tradingd::store {

/// "2020-04-17 20:00:00.5+00" as "2020-04-17T20:00:00.5Z"; nullopt for -infinity and infinity, which
/// stand for "never". Another form is a bug.
[[nodiscard]] std::optional<std::string> iso_time(std::string_view database_text);
/// The same as a Time.
[[nodiscard]] std::optional<Time> time_from_database(std::string_view database_text);

/// "12.50000000" as "12.5".
[[nodiscard]] std::string_view without_trailing_zeros(std::string_view decimal);

/// An id as a parameter.
template <typename IdType>
[[nodiscard]] std::string id_text(IdType id) {
  return std::to_string(id.value);
}

/// The text of a one-dimensional array, element by element. Elements are quoted, so they can hold anything.
class ArrayText {
 public:
  void add(std::string_view element);
  /// "{…}"
  [[nodiscard]] std::string finish() &&;

 private:
  std::string text_ = "{";
};

}  // namespace tradingd::store
