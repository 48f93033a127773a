#pragma once
// Why the database didn't do what it was asked to, in the kinds that a caller acts on differently.

#include <cstdint>
#include <string>

#include "daemon/base/result.h"

namespace tradingd::store {

class DatabaseError;

enum class StoreErrorKind : std::uint8_t {
  unavailable,  // no connection, or it was lost. A write may have been committed: ask again with the same
                // request id, or read back. Trouble of the server's (full, overloaded, going down, a
                // standby now, a deadlock) is of this kind, too
  not_found,    // the thing named doesn't exist
  conflict,     // it exists already, or the request id was used with other arguments
  refused,      // by a rule of the ledger; nothing was written
  fenced,       // another daemon has taken the lease over: stop at once; nothing was written
};

struct StoreError {
  StoreErrorKind kind = StoreErrorKind::refused;
  std::string message;  // a sentence for people
};

template <typename T>
using StoreResult = Result<T, StoreError>;

/// The kind and the sentence for what the server said: constraints that people can run into have texts
/// of their own.
[[nodiscard]] StoreError to_store_error(const DatabaseError& error);

}  // namespace tradingd::store
