#pragma once
// Where the ledger lives: on the server that a DSN names, or on the daemon's own private cluster.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daemon/base/result.h"
#include "daemon/store/connection.h"
#include "daemon/store/embedded_cluster.h"

namespace tradingd {

struct DatabaseOptions {
  std::string dsn;                      // empty: embedded
  std::filesystem::path directory;      // of the embedded cluster: data, socket and server log go below it
  std::filesystem::path sql_directory;  // with migrations/
};

/// Used by one thread at a time.
class Database {
 public:
  explicit Database(DatabaseOptions options);

  enum class Opening : std::uint8_t { open, try_again, give_up };
  struct Attempt {
    Opening opening = Opening::open;
    std::string message;  // why it isn't open, with the remedy; or a remark
  };
  /// Makes the ledger ready to be used: starts and migrates the embedded cluster, or looks whether the
  /// DSN's server can be reached and has this program's schema.
  [[nodiscard]] Attempt open();

  /// Sets up roles and schema and applies the migrations that are missing. With a DSN, it must name
  /// someone who may do that. Starts the embedded cluster, if it is that, and leaves it running.
  [[nodiscard]] Result<std::string> migrate();

  /// How to connect, as the ledger's role "tradingd_runtime" or "tradingd_readonly".
  [[nodiscard]] store::ConnectionOptions connection(const std::string& role, const std::string& purpose) const;

  /// To be called about every second: restarts an embedded server that has died. The message says what
  /// happened; nullopt: nothing.
  [[nodiscard]] std::optional<std::string> watch();
  /// Stops the embedded server. nullopt: it is down, or there is none.
  [[nodiscard]] std::optional<Error> close();

  /// After a failure: the embedded server lives and only isn't ready yet; try again.
  [[nodiscard]] bool starting() const { return cluster_ != nullptr && cluster_->starting(); }
  [[nodiscard]] bool embedded() const { return cluster_ != nullptr; }
  /// For people: the connection string of the embedded cluster's reading role, or "the server of the DSN".
  [[nodiscard]] std::string describe() const;
  /// Whether batches take the fast path; known once it is open.
  [[nodiscard]] bool fast_writes() const { return fast_writes_; }

 private:
  [[nodiscard]] Attempt look_at_server();

  DatabaseOptions options_;
  std::unique_ptr<store::EmbeddedCluster> cluster_;
  bool fast_writes_ = false;
};

}  // namespace tradingd
