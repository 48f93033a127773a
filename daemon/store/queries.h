#pragma once
// The read side: lists, page by page, and single rows, as JSON for the wire and the tool. What there is
// to ask for stands in query_table.cpp.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/query_table.h"
#include "daemon/store/store_error.h"

namespace tradingd::store {

class Connection;

/// Filter name → value. The table's required filters must be there (they keep users apart), and no
/// others than the table's: anything else is a bug.
using Filters = std::map<std::string, std::string, std::less<>>;

inline constexpr int kPageRowsDefault = 100;
inline constexpr int kPageRowsMax = 10'000;

struct PageRequest {
  nlohmann::json after;          // a page's `next`; null: from the beginning
  int limit = kPageRowsDefault;  // 1 … kPageRowsMax; more gives kPageRowsMax
  bool reverse = false;          // the last rows first
};

struct Page {
  std::vector<std::string> columns;
  std::vector<nlohmann::json> rows;  // arrays in the order of `columns`
  nlohmann::json next;               // where the next page goes on; null after the last one
  nlohmann::json last;               // where a page after the last row goes on; null without rows
};

/// One page. Rows that are added while somebody turns pages appear at their place in the order; none is
/// given twice. Blocks; the connection belongs to the caller's thread.
[[nodiscard]] StoreResult<Page> list(Connection& connection, ListName name, const Filters& filters,
                                     const PageRequest& page);

/// The row as an object, or nullopt when there is none.
[[nodiscard]] StoreResult<std::optional<nlohmann::json>> row(Connection& connection, RowName name,
                                                             const Filters& filters);

/// Where the list goes on after `row`, one of its rows.
[[nodiscard]] nlohmann::json cursor_after(ListName name, const nlohmann::json& row);

/// {columns, rows, next}
[[nodiscard]] nlohmann::json page_to_json(Page page);

}  // namespace tradingd::store
