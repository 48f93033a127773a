#pragma once
// The parts of a Catalog that its source files share; nobody else includes this.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "daemon/store/catalog.h"
#include "daemon/store/queries.h"

namespace tradingd::store {

/// What a server that has become a standby answers to a write.
inline constexpr std::string_view kReadOnly = "25006";

inline StoreResult<std::string> row_as_json(Connection& connection, RowName name, const Filters& filters) {
  auto found = row(connection, name, filters);
  if (!found) {
    return found.error();
  }
  return found->value().dump();
}

template <typename Function>
auto Catalog::guarded(const Function& work) -> decltype(work()) {
  for (;;) {
    const bool reused = connection_ && connection_->usable();
    try {
      return work();
    } catch (const DatabaseError& error) {
      // A session that was lost while it lay idle. Each call may be repeated, so try on a new one.
      if (error.sqlstate() == kReadOnly) {
        connection_.reset();  // the next one may reach the new primary
      }
      if (!error.unavailable() || !reused) {
        return to_store_error(error);
      }
    }
  }
}

}  // namespace tradingd::store
