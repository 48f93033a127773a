#include "daemon/store/connection.h"

#include <array>
#include <charconv>
#include <functional>
#include <pqxx/pqxx>
#include <set>
#include <utility>

#include "daemon/base/assert.h"

namespace tradingd::store {

namespace {

/// Before the DSN's own settings, which win. A server or network that is silently gone is noticed within
/// seconds instead of the system's minutes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kDsnDefaults{{
    {"connect_timeout", "5"},       // s
    {"tcp_user_timeout", "10000"},  // ms
    {"keepalives_idle", "10"},      // s
    {"keepalives_interval", "5"},   // s
    {"keepalives_count", "3"},
}};

/// What every session of ours is set to; text results then have one form only. The server notices within
/// half a second that we are gone, and lets go of the locks of what we had sent; from a host that is silently
/// gone, and from a program that was paused in a transaction, within seconds. "Acknowledged" means "durable"
/// here, whatever the server's default is.
constexpr const char* kSessionSettings =
    "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET client_encoding = 'UTF8';"
    "SET search_path = tradingd, public; SET client_min_messages = warning; SET bytea_output = 'hex';"
    "SET standard_conforming_strings = on; SET client_connection_check_interval = '500ms';"
    "SET idle_in_transaction_session_timeout = '10s'; SET tcp_keepalives_idle = '10s';"
    "SET tcp_keepalives_interval = '5s'; SET tcp_keepalives_count = 3; SET tcp_user_timeout = '10s';"
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// The DSN with kDsnDefaults for what it doesn't name: of a setting that is named twice libpq takes the last.
std::string with_defaults(const std::string& dsn) {
  std::string_view separator = " ";
  std::size_t place = 0;
  std::string before;
  std::string after = " ";
  const bool is_uri = dsn.starts_with("postgresql://") || dsn.starts_with("postgres://");
  if (is_uri) {
    // A password may have a '?' of its own.
    const std::size_t authority = dsn.find("://") + 3;
    const std::size_t stop = dsn.find_first_of("@/", authority);
    const bool credentials = stop != std::string::npos && dsn[stop] == '@';
    const std::size_t query = dsn.find('?', credentials ? stop : authority);
    separator = "&";
    place = query == std::string::npos ? dsn.size() : query + 1;
    before = query == std::string::npos ? "?" : "";
    after = place < dsn.size() ? "&" : "";
  }
  std::string settings;
  for (const auto& [name, value] : kDsnDefaults) {
    settings.append(settings.empty() ? "" : separator).append(name).append("=").append(value);
  }
  return dsn.substr(0, place) + before + settings + after + dsn.substr(place);
}

/// libpqxx leaves the code out of some of its exceptions, 6.4 of more than 7.10. "" is for those that are not
/// the server's answer, or that leave it open whether the statement was carried out.
std::string sqlstate_of(const pqxx::failure& error) {
  const auto* answer = dynamic_cast<const pqxx::sql_error*>(&error);
  if (answer != nullptr && !answer->sqlstate().empty()) return answer->sqlstate();
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) return "40P01";
  if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) return "40001";
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error) != nullptr) return "";
  if (dynamic_cast<const pqxx::transaction_rollback*>(&error) != nullptr) return "40000";
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::syntax_error*>(&error) != nullptr) return "42601";
  return answer != nullptr ? "XX000" : "";
}

/// Class 57P: the server is going down, and this session with it. 25P03: idle in a transaction for too long.
bool ends_session(std::string_view sqlstate) { return sqlstate.starts_with("57P") || sqlstate == "25P03"; }

}  // namespace

struct Rows::Data {
  pqxx::result result;
};

struct Connection::Impl {
  explicit Impl(const std::string& dsn) : connection(dsn) {}

  pqxx::connection connection;
  std::set<std::string> prepared;
  bool in_transaction = false;
  bool failed = false;  // a statement of the open transaction was refused: only a rollback is left
  bool lost = false;

  /// Runs `work` and translates what it throws.
  pqxx::result run(const std::function<pqxx::result(pqxx::transaction_base&)>& work);
  template <typename Function>
  auto translated(Function function) -> decltype(function());
};

template <typename Function>
auto Connection::Impl::translated(Function function) -> decltype(function()) {
  // libpqxx 6.4 would reconnect a closed session by itself, which would lack our role.
  lost = lost || !connection.is_open();
  if (lost) throw DatabaseError(DatabaseTrouble::unavailable, "", "the connection to the database was lost");
  try {
    return function();
  } catch (const pqxx::failure& error) {
    const std::string sqlstate = sqlstate_of(error);
    if (!connection.is_open() || sqlstate.empty() || ends_session(sqlstate)) {
      lost = true;
      throw DatabaseError(DatabaseTrouble::unavailable, sqlstate, error.what());
    }
    failed = in_transaction;
    throw DatabaseError(DatabaseTrouble::refused, sqlstate, error.what());
  }
}

pqxx::result Connection::Impl::run(const std::function<pqxx::result(pqxx::transaction_base&)>& work) {
  return translated([&] {
    // Transactions are spelled out (see Transaction): libpqxx 6.4 retries a BEGIN on a new session.
    pqxx::nontransaction plain(connection);
    return work(plain);
  });
}

namespace {

// The two calls that libpqxx 6.4 and 7.10 spell differently.
#if PQXX_VERSION_MAJOR >= 7
pqxx::params to_pqxx(const Params& params) {
  pqxx::params list;
  list.reserve(params.size());
  for (const auto& param : params) {
    if (param) {
      list.append(*param);
    } else {
      list.append();
    }
  }
  return list;
}
pqxx::result exec_with(pqxx::transaction_base& transaction, const std::string& sql, const Params& params) {
  return transaction.exec(sql, to_pqxx(params));
}
pqxx::result exec_prepared(pqxx::transaction_base& transaction, const char* name, const Params& params) {
  return transaction.exec(pqxx::prepped{name}, to_pqxx(params));
}
pqxx::result exec_prepared(pqxx::transaction_base& transaction, const char* name, const BinaryParams& params) {
  pqxx::params list;
  list.reserve(params.size());
  for (const std::string_view param : params) list.append(pqxx::binary_cast(param));
  return transaction.exec(pqxx::prepped{name}, list);
}
void close(pqxx::connection& connection) { connection.close(); }
#else
std::vector<const char*> to_pqxx(const Params& params) {
  std::vector<const char*> list;
  list.reserve(params.size());
  for (const auto& param : params) list.push_back(param ? param->c_str() : nullptr);
  return list;
}
pqxx::result exec_with(pqxx::transaction_base& transaction, const std::string& sql, const Params& params) {
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(to_pqxx(params)));
}
pqxx::result exec_prepared(pqxx::transaction_base& transaction, const char* name, const Params& params) {
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(to_pqxx(params)));
}
pqxx::result exec_prepared(pqxx::transaction_base& transaction, const char* name, const BinaryParams& params) {
  std::vector<pqxx::binarystring> list;
  list.reserve(params.size());
  for (const std::string_view param : params) list.emplace_back(param.data(), param.size());
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(list));
}
void close(pqxx::connection& connection) { connection.disconnect(); }
#endif

}  // namespace

int Rows::size() const { return static_cast<int>(data_->result.size()); }

int Rows::columns() const { return static_cast<int>(data_->result.columns()); }

std::string_view Rows::column_name(int column) const {
  return data_->result.column_name(static_cast<pqxx::row::size_type>(column));
}

std::int64_t Rows::affected() const { return static_cast<std::int64_t>(data_->result.affected_rows()); }

namespace {

pqxx::field field_at(const pqxx::result& result, int row, int column) {
  return result[static_cast<pqxx::result::size_type>(row)][static_cast<pqxx::row::size_type>(column)];
}

}  // namespace

bool Rows::is_null(int row, int column) const { return field_at(data_->result, row, column).is_null(); }

std::string_view Rows::text(int row, int column) const {
  const pqxx::field field = field_at(data_->result, row, column);
  return {field.c_str(), field.size()};
}

std::int64_t Rows::integer(int row, int column) const {
  const std::string_view value = text(row, column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  TD_ASSERT(error == std::errc{} && end == value.data() + value.size());
  return number;
}

Connection::Connection(const ConnectionOptions& options) {
  try {
    impl_ = std::make_unique<Impl>(with_defaults(options.dsn));
  } catch (const pqxx::failure& error) {
    throw DatabaseError(DatabaseTrouble::unavailable, "",
                        std::string("can't connect to the database: ") + error.what() +
                            "; check that the server runs and that [database] dsn is right");
  }
  exec(kSessionSettings);
  if (!options.application_name.empty()) {
    exec("SET application_name = " + impl_->connection.quote(options.application_name));
  }
  if (!options.role.empty()) exec("SET ROLE " + impl_->connection.quote_name(options.role));
}

Connection::~Connection() {
  try {
    close(impl_->connection);
  } catch (const pqxx::failure&) {
    // Lost already: there is nothing left to close, and nobody to tell from a destructor.
    impl_->lost = true;
  }
}

Rows Connection::exec(const std::string& sql) {
  return Rows(std::make_shared<Rows::Data>(
      Rows::Data{impl_->run([&](pqxx::transaction_base& transaction) { return transaction.exec(sql); })}));
}

Rows Connection::exec(const std::string& sql, const Params& params) {
  return Rows(std::make_shared<Rows::Data>(Rows::Data{
      impl_->run([&](pqxx::transaction_base& transaction) { return exec_with(transaction, sql, params); })}));
}

void Connection::prepare(const Statement& statement) {
  if (impl_->prepared.contains(statement.name)) return;
  impl_->translated([&] {
    impl_->connection.prepare(statement.name, statement.sql);
    return 0;
  });
  impl_->prepared.insert(statement.name);
}

Rows Connection::exec_binary(const Statement& statement, const BinaryParams& params) {
  prepare(statement);
  return Rows(std::make_shared<Rows::Data>(Rows::Data{impl_->run(
      [&](pqxx::transaction_base& transaction) { return exec_prepared(transaction, statement.name, params); })}));
}

Rows Connection::exec(const Statement& statement, const Params& params) {
  prepare(statement);
  return Rows(std::make_shared<Rows::Data>(Rows::Data{impl_->run(
      [&](pqxx::transaction_base& transaction) { return exec_prepared(transaction, statement.name, params); })}));
}

bool Connection::usable() const { return !impl_->lost && impl_->connection.is_open(); }

int Connection::backend_pid() const { return impl_->connection.backendpid(); }

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  TD_ASSERT(!connection.impl_->in_transaction);
  connection.exec(kind == Kind::snapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" : "BEGIN");
  connection.impl_->in_transaction = true;
  connection.impl_->failed = false;
}

Transaction::~Transaction() {
  Connection::Impl& impl = *connection_.impl_;
  if (!impl.in_transaction) return;
  impl.in_transaction = false;
  try {
    if (connection_.usable()) connection_.exec("ROLLBACK");
  } catch (const DatabaseError&) {
    impl.lost = true;  // the server rolls back what a closed session had open
  }
}

void Transaction::commit() {
  // COMMIT of a failed transaction would be a silent ROLLBACK.
  TD_ASSERT(connection_.impl_->in_transaction && !connection_.impl_->failed);
  connection_.exec("COMMIT");
  connection_.impl_->in_transaction = false;
}

}  // namespace tradingd::store
