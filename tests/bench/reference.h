#pragma once
// L, what the ledger is measured against: a COPY of the same rows into tables with the same columns and a
// primary key, no foreign keys, no CHECKs, no triggers; same server, same run.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/base/time.h"

struct pg_conn;

namespace tradingd::bench {

/// Processor time that these processes have used, as /proc/PID/schedstat has it.
[[nodiscard]] std::chrono::nanoseconds processor_time(const std::vector<int>& processes);

/// A plain libpq connection: the store's has no COPY. Throws std::runtime_error.
class CopyConnection {
 public:
  explicit CopyConnection(const std::string& dsn);
  void exec(const std::string& sql);
  /// The rows of a query as COPY's text.
  [[nodiscard]] std::string copy_out(const std::string& query);
  [[nodiscard]] int server_process() const;
  void copy_in(const std::string& table, const std::string& rows);

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Close> connection_;
};

/// Copies the rows of ticks over `connections` sessions, by user.
class Reference {
 public:
  Reference(const std::string& dsn, int connections);

  /// Fetches the rows that the ledger got at `time`, as they are to be copied. Not timed.
  void fetch(Time time);
  /// Copies them, one transaction a session; how long it took.
  [[nodiscard]] std::chrono::nanoseconds copy();
  /// Processor time of the sessions' server processes so far.
  [[nodiscard]] std::chrono::nanoseconds server_time() const;
  /// Rows in what was fetched.
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  std::vector<std::unique_ptr<CopyConnection>> sessions_;
  std::vector<std::vector<std::string>> fetched_;  // by session and table
  std::int64_t rows_ = 0;
};

}  // namespace tradingd::bench
