#include "daemon/store/read_pool.h"

#include <utility>

#include "daemon/base/assert.h"

namespace tradingd::store {

namespace {

// A report that takes longer holds a connection which others wait for.
constexpr const char* kReaderSettings = "SET statement_timeout = '60s'; SET default_transaction_read_only = on";
constexpr std::string_view kQueryCanceled = "57014";

StoreError to_read_error(const DatabaseError& error) {
  if (error.sqlstate() == kQueryCanceled) {
    return {StoreErrorKind::refused,
            "the query took too long (over 60 s) and was ended; ask for less: name a run, or a smaller --limit"};
  }
  return to_store_error(error);
}

}  // namespace

ReadPool::ReadPool(ConnectionOptions options, int connections_max)
    : options_(std::move(options)), left_(connections_max) {
  TD_ASSERT(connections_max > 0);
}

std::unique_ptr<Connection> ReadPool::borrow() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [&] { return left_ > 0; });
  --left_;
  if (idle_.empty()) {
    return nullptr;
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void ReadPool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    ++left_;
    if (connection && connection->usable()) {
      idle_.push_back(std::move(connection));
    }
  }
  freed_.notify_one();
}

void ReadPool::use(const std::function<bool(Connection&)>& read, const std::function<void(StoreError)>& fail) {
  auto connection = borrow();
  for (bool opened = false; !opened;) {
    try {
      opened = !connection;
      if (opened) {
        connection = std::make_unique<Connection>(options_);
        connection->exec(kReaderSettings);
      }
      if (!read(*connection)) {
        break;
      }
    } catch (const DatabaseError& error) {
      fail(to_read_error(error));
      if (!error.unavailable()) {
        break;
      }
    }
    connection.reset();
  }
  give_back(std::move(connection));
}

StoreResult<Page> ReadPool::list(ListName name, const Filters& filters, const PageRequest& page) {
  return with<Page>([&](Connection& connection) { return store::list(connection, name, filters, page); });
}

StoreResult<std::optional<nlohmann::json>> ReadPool::row(RowName name, const Filters& filters) {
  return with<std::optional<nlohmann::json>>(
      [&](Connection& connection) { return store::row(connection, name, filters); });
}

}  // namespace tradingd::store
