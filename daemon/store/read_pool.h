#pragma once
// Connections for worker threads that only read, opened when they are first needed and again after they
// were lost.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/store/connection.h"
#include "daemon/store/queries.h"

namespace tradingd::store {

/// All functions may be called from any thread and block: for a free connection, then for the database.
class ReadPool {
 public:
  /// `options.role` is tradingd_readonly. Opens nothing yet.
  ReadPool(ConnectionOptions options, int connections_max);
  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;
  /// No call may be under way.
  ~ReadPool() = default;

  [[nodiscard]] StoreResult<Page> list(ListName name, const Filters& filters, const PageRequest& page);
  [[nodiscard]] StoreResult<std::optional<nlohmann::json>> row(RowName name, const Filters& filters);

  /// Runs `read` on one of the connections. A connection that turns out to be dead is replaced and `read`
  /// called once more, which must therefore only read. DatabaseErrors out of it are translated.
  template <typename T>
  [[nodiscard]] StoreResult<T> with(const std::function<StoreResult<T>(Connection&)>& read) {
    StoreResult<T> result = StoreError{};
    use(
        [&](Connection& connection) {
          result = read(connection);
          return !result.ok() && result.error().kind == StoreErrorKind::unavailable;
        },
        [&](StoreError error) { result = std::move(error); });
    return result;
  }

 private:
  /// `read` tells whether the connection failed it.
  void use(const std::function<bool(Connection&)>& read, const std::function<void(StoreError)>& fail);
  std::unique_ptr<Connection> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  const ConnectionOptions options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int left_;  // how many may still be borrowed
};

}  // namespace tradingd::store
