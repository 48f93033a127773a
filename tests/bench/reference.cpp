#include "tests/bench/reference.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <stdexcept>

namespace tradingd::bench {

namespace {

struct BareTable {
  const char* name;         // in the ledger; the bare one has the same name in schema `bare`
  const char* primary_key;  // of the bare one, which is only ever added to
  const char* of_tick;      // which rows t the tick at $T wrote
};

constexpr std::array<BareTable, 8> kTables{{
    {"mtm_ledger", "user_id, run_id, logical_time", "t.logical_time = $T"},
    {"paper_equity_curve", "user_id, run_id, logical_time", "t.logical_time = $T"},
    {"engine_state", "user_id, run_id, last_logical_time", "true"},
    {"paper_order", "user_id, run_id, order_id", "t.updated_at = $T"},
    {"paper_trade", "user_id, run_id, trade_id", "t.logical_time = $T"},
    {"paper_position", "user_id, run_id, symbol, quantity, cost",
     "EXISTS (SELECT FROM tradingd.paper_trade x WHERE (x.user_id, x.run_id) = (t.user_id, t.run_id)"
     " AND x.logical_time = $T)"},
    {"cash_ledger", "user_id, run_id, seq", "t.logical_time = $T"},
    {"event_ledger", "user_id, run_id, seq", "t.logical_time = $T"},
}};

std::string with_time(std::string sql, const std::string& time) {
  for (std::size_t at = 0; (at = sql.find("$T", at)) != std::string::npos;) sql.replace(at, 2, "'" + time + "'");
  return sql;
}

/// The columns of a ledger's table. A state is taken as of now, with the tick's time in it.
std::string columns_of(CopyConnection& session, const BareTable& table) {
  std::string columns = session.copy_out(
      std::string("SELECT string_agg(CASE attname WHEN 'last_logical_time' THEN '$T'::text || '::timestamptz' ELSE "
                  "quote_ident(attname) END, ',' ORDER BY attnum) FROM pg_attribute WHERE attnum > 0 AND NOT "
                  "attisdropped AND attrelid = 'tradingd.") +
      table.name + "'::regclass");
  columns.pop_back();  // the line's end
  return columns;
}

[[noreturn]] void fail(pg_conn* connection) { throw std::runtime_error(PQerrorMessage(connection)); }

}  // namespace

std::chrono::nanoseconds processor_time(const std::vector<int>& processes) {
  std::int64_t sum = 0;
  for (const int process : processes) {
    std::int64_t spent = 0;
    std::ifstream("/proc/" + std::to_string(process) + "/schedstat") >> spent;
    sum += spent;
  }
  return std::chrono::nanoseconds(sum);
}

int CopyConnection::server_process() const { return PQbackendPID(connection_.get()); }

void CopyConnection::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

CopyConnection::CopyConnection(const std::string& dsn) : connection_(PQconnectdb(dsn.c_str())) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) fail(connection_.get());
}

void CopyConnection::exec(const std::string& sql) {
  PGresult* result = PQexec(connection_.get(), sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN && status != PGRES_COPY_OUT) {
    fail(connection_.get());
  }
}

std::string CopyConnection::copy_out(const std::string& query) {
  exec("COPY (" + query + ") TO STDOUT");
  std::string rows;
  char* line = nullptr;
  for (int length = 0; (length = PQgetCopyData(connection_.get(), &line, 0)) > 0;) {
    rows.append(line, static_cast<std::size_t>(length));
    PQfreemem(line);
  }
  PQclear(PQgetResult(connection_.get()));
  PQclear(PQgetResult(connection_.get()));
  return rows;
}

void CopyConnection::copy_in(const std::string& table, const std::string& rows) {
  constexpr std::size_t kPiece = 1U << 16U;
  exec("COPY " + table + " FROM STDIN");
  for (std::size_t at = 0; at < rows.size(); at += kPiece) {
    const std::size_t length = std::min(kPiece, rows.size() - at);
    if (PQputCopyData(connection_.get(), rows.data() + at, static_cast<int>(length)) != 1) fail(connection_.get());
  }
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail(connection_.get());
  PGresult* result = PQgetResult(connection_.get());
  const bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
  PQclear(result);
  if (!done) fail(connection_.get());
  PQclear(PQgetResult(connection_.get()));
}

Reference::Reference(const std::string& dsn, int connections) {
  for (int i = 0; i < connections; ++i) {
    sessions_.push_back(std::make_unique<CopyConnection>(dsn));
    sessions_.back()->exec("SET TIME ZONE 'UTC'; SET search_path = tradingd; SET synchronous_commit = on");
  }
  CopyConnection& first = *sessions_.front();
  first.exec("SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS bare");
  for (const BareTable& table : kTables) {
    const std::string name = std::string("bare.") + table.name;
    if (first.copy_out("SELECT to_regclass('" + name + "') IS NULL") != "t\n") {
      first.exec("TRUNCATE " + name);
      continue;
    }
    first.exec("CREATE TABLE " + name + " AS SELECT * FROM tradingd." + table.name + " WHERE false; ALTER TABLE " +
               name + " ADD PRIMARY KEY (" + table.primary_key + ")");
  }
}

void Reference::fetch(Time time) {
  fetched_.assign(sessions_.size(), {});
  rows_ = 0;
  const std::string when = format_time(time);
  for (std::size_t session = 0; session < sessions_.size(); ++session) {
    for (const BareTable& table : kTables) {
      const bool state = std::string_view(table.name) == "engine_state";
      const std::string query = "SELECT " + (state ? columns_of(*sessions_[session], table) : std::string("t.*")) +
                                " FROM tradingd." + table.name + " t WHERE " + table.of_tick + " AND t.user_id % " +
                                std::to_string(sessions_.size()) + " = " + std::to_string(session);
      fetched_[session].push_back(sessions_[session]->copy_out(with_time(query, when)));
      rows_ += std::count(fetched_[session].back().begin(), fetched_[session].back().end(), '\n');
    }
  }
}

std::chrono::nanoseconds Reference::server_time() const {
  std::vector<int> processes;
  for (const auto& session : sessions_) processes.push_back(session->server_process());
  return processor_time(processes);
}

std::chrono::nanoseconds Reference::copy() {
  const auto copy_one = [this](std::size_t session) {
    CopyConnection& connection = *sessions_[session];
    connection.exec("BEGIN");
    for (std::size_t table = 0; table < kTables.size(); ++table) {
      if (fetched_[session][table].empty()) continue;
      connection.copy_in(std::string("bare.") + kTables[table].name, fetched_[session][table]);
    }
    connection.exec("COMMIT");
  };
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::future<void>> others;
  for (std::size_t session = 1; session < sessions_.size(); ++session) {
    others.push_back(std::async(std::launch::async, copy_one, session));
  }
  copy_one(0);
  for (auto& other : others) other.get();
  return std::chrono::steady_clock::now() - start;
}

}  // namespace tradingd::bench
