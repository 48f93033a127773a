#pragma once
// A connection to PostgreSQL: the one place that knows libpqxx, so that both its version 6.4 and 7.10
// serve. Results are text, as PostgreSQL writes it in UTC and ISO style.

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tradingd::store {

enum class DatabaseTrouble : std::uint8_t {
  unavailable,  // no connection could be had, or it was lost; what was sent may have been carried out
  refused,      // the server answered with an error, `sqlstate`; the statement changed nothing
};

/// Thrown by everything in this header. It does not leave the folder: its edge turns it into a Result.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(DatabaseTrouble trouble, std::string sqlstate, const std::string& message)
      : std::runtime_error(message), trouble_(trouble), sqlstate_(std::move(sqlstate)) {}

  [[nodiscard]] DatabaseTrouble trouble() const { return trouble_; }
  [[nodiscard]] bool unavailable() const { return trouble_ == DatabaseTrouble::unavailable; }
  /// Five characters; empty when the connection was lost.
  [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }

 private:
  DatabaseTrouble trouble_;
  std::string sqlstate_;
};

struct ConnectionOptions {
  // As libpq reads it: "host=… dbname=…" or postgresql://…. Timeouts that it doesn't name are a few seconds.
  std::string dsn;
  std::string role;              // SET ROLE to it; empty: stays who it connected as
  std::string application_name;  // seen in pg_stat_activity
};

/// Text parameters $1, $2 …; nullopt is NULL.
using Params = std::vector<std::optional<std::string>>;

/// Parameters in PostgreSQL's binary format, each of the type that the statement gives it; none is NULL. What they
/// point to must outlive the call.
using BinaryParams = std::vector<std::string_view>;

/// A result set. Cheap to copy; outlives its connection.
class Rows {
 public:
  struct Data;
  explicit Rows(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  [[nodiscard]] int size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] int columns() const;
  [[nodiscard]] std::string_view column_name(int column) const;
  /// Rows changed by an INSERT, UPDATE or DELETE.
  [[nodiscard]] std::int64_t affected() const;

  [[nodiscard]] bool is_null(int row, int column) const;
  /// "" for NULL. Valid as long as a copy of these rows lives.
  [[nodiscard]] std::string_view text(int row, int column) const;
  /// The value must be an integer or boolean ("t"); another is a bug.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  [[nodiscard]] bool boolean(int row, int column) const { return text(row, column) == "t"; }

 private:
  std::shared_ptr<const Data> data_;
};

/// A statement that is prepared at its first use on each connection. `name` must be unique in the program.
struct Statement {
  const char* name;
  const char* sql;
};

/// Used by one thread at a time. Never reconnects by itself: when `usable()` is false, make a new one.
class Connection {
 public:
  /// Connects, takes on the role and pins time zone, styles and search path. Commits are durable when they
  /// return, and a transaction that lies idle for 10 s is ended with its session.
  explicit Connection(const ConnectionOptions& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs `sql`, several statements allowed; outside a Transaction it commits by itself.
  Rows exec(const std::string& sql);
  /// Runs one statement with parameters.
  Rows exec(const std::string& sql, const Params& params);
  Rows exec(const Statement& statement, const Params& params);
  Rows exec_binary(const Statement& statement, const BinaryParams& params);

  /// False once the connection was lost.
  [[nodiscard]] bool usable() const;
  /// The server process of this session.
  [[nodiscard]] int backend_pid() const;

  struct Impl;

 private:
  friend class Transaction;
  void prepare(const Statement& statement);
  std::unique_ptr<Impl> impl_;
};

/// Statements of its connection between here and `commit()` are one transaction; destroyed without it,
/// they are rolled back. At most one at a time per connection.
class Transaction {
 public:
  enum class Kind : std::uint8_t { read_committed, snapshot };  // snapshot: repeatable read, read only

  explicit Transaction(Connection& connection, Kind kind = Kind::read_committed);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// A DatabaseError that is `unavailable()` leaves it unknown whether it was committed.
  void commit();

 private:
  Connection& connection_;
};

}  // namespace tradingd::store
