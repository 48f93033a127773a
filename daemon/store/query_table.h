#pragma once
// The read side's SQL, named: one entry per list and per row that people can ask for. Columns carry the
// names that go on the wire.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tradingd::store {

enum class ListName : std::uint8_t {
  users,
  feeds,
  runs,
  orders,
  trades,
  positions,
  events,
  cash,
  equity,
  equity_points,  // the curve in about `points` of them
  order_changes,  // the orders by their last change: what a subscriber hears of them
  commands,
  bars,  // what a run has seen of a symbol
  instruments,
  actions
};
enum class RowName : std::uint8_t { user, feed, run, order, run_status };

/// How a column is given: integers and booleans as such, decimals as strings without trailing zeros,
/// times as "2020-04-17T20:00:00Z" (null where the ledger says "never"), bytes as hexadecimal digits.
enum class ValueKind : std::uint8_t { text, integer, boolean, decimal, time, json, bytes };

struct Column {
  std::string_view name;
  ValueKind kind;
  std::string_view sql;
};

/// A condition that applies when its value is given; '$' in `sql` stands for the value.
struct Filter {
  std::string_view name;
  std::string_view sql;
  bool required = false;
};

struct ListQuery {
  ListName name;
  std::span<const Column> columns;
  std::string_view from;
  std::array<std::string_view, 3> keys;  // columns that order the list and continue it; unique together
  std::span<const Filter> filters;
  // Filters that `from` takes as $1, $2 …: null where one is not given.
  std::span<const std::string_view> inputs = {};
};

struct RowQuery {
  RowName name;
  std::span<const Column> columns;
  std::string_view from;
  std::span<const Filter> filters;
};

[[nodiscard]] const ListQuery& list_query(ListName name);
[[nodiscard]] const RowQuery& row_query(RowName name);

}  // namespace tradingd::store
