#pragma once
// The users in memory: who calls from which Unix uid. Filled from the ledger at start, on reload and
// when a user is added; read on every request.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/admin/backend.h"

namespace tradingd {

/// Thread-safe.
class Directory {
 public:
  void replace(std::vector<admin::User> users);
  void add(admin::User user);
  /// Whether replace() has been called.
  [[nodiscard]] bool loaded() const;
  [[nodiscard]] std::optional<admin::User> find(std::int64_t uid) const;
  [[nodiscard]] std::optional<admin::User> find(std::string_view name) const;

 private:
  mutable std::mutex mutex_;
  std::vector<admin::User> by_name_;
  bool loaded_ = false;
};

}  // namespace tradingd
