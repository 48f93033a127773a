#pragma once
// PostgreSQL by way of its own client programs, which the tool runs; it links no driver.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/client.h"
#include "daemon/base/result.h"

namespace tradingd::ctl {

/// What of this version lies elsewhere: where the package puts it, or in the source beside a build tree.
struct Installation {
  std::string tradingd;  // the program
  std::string sql;       // the folder with setup.sql and migrations/
};
[[nodiscard]] Result<Installation> find_installation();

/// What libpq's connection string, in either of its forms, names as `dbname`; nullopt: nothing.
[[nodiscard]] std::optional<std::string> database_of(const std::string& dsn);
/// Whether it has a password in it. Given to another program, everybody could read it in the list of processes.
[[nodiscard]] bool has_password(const std::string& dsn);
/// The same connection string for another database.
[[nodiscard]] std::string with_database(const std::string& dsn, std::string_view database);

[[nodiscard]] std::string sql_literal(std::string_view text);
[[nodiscard]] std::string sql_name(std::string_view name);

/// Runs statements by psql, stopping at the first that fails; what they gave, unaligned, without headers.
/// A failure is kUnreachable when there was no connection, else kRefused.
[[nodiscard]] Result<std::string, CallFailure> run_sql(const std::string& dsn, const std::string& sql);

/// Runs one of PostgreSQL's client programs; its standard output.
[[nodiscard]] Result<std::string, CallFailure> run_client(const std::vector<std::string>& words);

}  // namespace tradingd::ctl
