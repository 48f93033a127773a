#pragma once
// Writes values as bytes that are the same on every machine: fixed-width little-endian numbers, texts
// with their length, optionals with a leading 0 or 1. What digests are made of.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "daemon/base/decimal.h"
#include "daemon/base/ids.h"
#include "daemon/base/time.h"

namespace tradingd::engine {

class CanonicalWriter {
 public:
  /// Appends to `bytes`, which must outlive the writer.
  explicit CanonicalWriter(std::string& bytes) : bytes_(bytes) {}

  void add(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void add(bool value) { add(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void add(std::int64_t value) { append(static_cast<std::uint64_t>(value)); }
  void add(Int128 value) {
    append(static_cast<std::uint64_t>(value));
    append(static_cast<std::uint64_t>(value >> 64U));
  }
  void add(std::string_view text) {
    append(text.size());
    bytes_.append(text);
  }
  void add(Time time) { add(time.us); }
  void add(Date date) { add(static_cast<std::int64_t>(date.days)); }
  template <typename Tag, typename Representation>
  void add(Decimal<Tag, Representation> value) {
    add(value.units);
  }
  template <typename Tag, typename Representation>
  void add(Id<Tag, Representation> id) {
    add(static_cast<std::int64_t>(id.value));
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) {
      add(*value);
    }
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void add(Enum value) { add(static_cast<std::uint8_t>(value)); }
  /// Each in turn.
  template <typename First, typename Second, typename... Rest>
  void add(const First& first, const Second& second, const Rest&... rest) {
    add(first);
    add(second);
    (add(rest), ...);
  }

 private:
  void append(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      bytes_ += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
    }
  }

  std::string& bytes_;
};

enum class Reason : std::uint8_t;
/// The reason's number in digests, which never changes, wherever in the order of precedence others come in.
[[nodiscard]] std::uint8_t digest_number(Reason reason);
struct Order;
/// All fields of the order's row.
void add_order(CanonicalWriter& writer, const Order& order);
struct Position;
void add_position(CanonicalWriter& writer, const Position& position);

}  // namespace tradingd::engine
