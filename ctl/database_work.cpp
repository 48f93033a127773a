#include "ctl/database_work.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "ctl/child.h"
#include "ctl/output.h"
#include "ctl/psql.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view kSystemConfig = "/etc/tradingd/tradingd.toml";
constexpr std::string_view kReader = "tradingd_readonly";

/// What every command works on.
struct Work {
  DatabaseWork options;
  Installation installation;
  std::string dsn;
  std::string database;
};

using Outcome = Result<int, CallFailure>;

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// --- Where the ledger is

Result<std::string> configured_dsn(const Installation& installation) {
  std::string problem;
  for (const bool system : {false, true}) {
    std::vector<std::string> words{installation.tradingd, "--get", "database.dsn"};
    if (system && ::access(kSystemConfig.data(), R_OK) != 0) continue;
    if (system) words.insert(words.end(), {"--config", std::string(kSystemConfig)});
    const Result<ChildResult> done = run_child(words);
    if (!done) return done.error();
    if (done->status != 0) problem = done->errors;
    const json value = json::parse(done->output, nullptr, false);
    if (value.is_string() && !value.get<std::string>().empty()) return value.get<std::string>();
  }
  if (!problem.empty()) return Error{problem};
  return std::string();
}

/// The daemon's own cluster, which it alone can tell of.
Result<std::string, CallFailure> embedded_dsn(const DatabaseWork& options) {
  const auto path = socket_path(options.socket.empty() ? std::nullopt : std::optional(options.socket));
  if (!path) return CallFailure{kUsage, path.error().message, {}};
  Answer answer = Client(*path).call("status", json::object());
  if (auto* failure = std::get_if<CallFailure>(&answer)) {
    failure->message = "no settings name a database, so it is the daemon's own, and " + failure->message +
                       "\nFor another one: --dsn 'host=… dbname=…'";
    return std::move(*failure);
  }
  const json database = std::get<json>(answer).value("database", json::object());
  const bool embedded = database.value("embedded", false);
  if (!embedded)
    return CallFailure{kRefused, "the daemon's database is on a server; name it: --dsn 'host=… dbname=…'", {}};
  return database.value("connect", "");
}

Result<std::string, CallFailure> find_dsn(const DatabaseWork& options, const Installation& installation) {
  if (!options.dsn.empty()) return options.dsn;
  if (const char* named = std::getenv("DB_DSN"); named != nullptr && *named != '\0') return std::string(named);
  Result<std::string> configured = configured_dsn(installation);
  if (!configured) return CallFailure{kRefused, configured.error().message, {}};
  if (!configured->empty()) return *configured;
  return embedded_dsn(options);
}

// --- What is there

/// A role that may become others, as the service's is, sees the ledger as its reader.
constexpr std::string_view kAsReader =
    "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradingd_readonly'"
    " AND pg_has_role(session_user, oid, 'MEMBER')) THEN SET ROLE tradingd_readonly; END IF; END $$;\n";

/// How the server, seen by whoever connects, stands to the ledger: one JSON object.
std::string inspection_sql(const std::string& database, const std::string& role) {
  const std::string name = sql_literal(database);
  const auto exists = [](std::string_view wanted) {
    return "EXISTS (SELECT FROM pg_roles WHERE rolname = " + sql_literal(wanted) + ")";
  };
  const auto member = [&](std::string_view who, std::string_view of) {
    return "CASE WHEN " + exists(of) + " AND " + exists(who) + " THEN pg_has_role(" + sql_literal(who) + ", " +
           sql_literal(of) + ", 'MEMBER') ELSE false END";
  };
  return std::string(kAsReader) +
         "SELECT json_build_object('connected_as', session_user, 'server', current_setting('server_version'),"
         " 'exists', EXISTS (SELECT FROM pg_database WHERE datname = " +
         name +
         "),"
         " 'creates_databases', rolsuper OR rolcreatedb,"
         " 'sets_up', rolsuper OR (rolcreaterole AND coalesce((SELECT pg_has_role(session_user, datdba, 'USAGE') FROM "
         "pg_database"
         " WHERE datname = " +
         name +
         "), rolcreatedb)),"
         " 'migrates', CASE WHEN " +
         exists("tradingd_owner") +
         " THEN pg_has_role(session_user, 'tradingd_owner', 'USAGE') ELSE false END,"
         " 'reads', CASE WHEN " +
         exists(kReader) +
         " THEN pg_has_role(session_user, 'tradingd_readonly', 'MEMBER') ELSE false END,"
         " 'role_serves', " +
         member(role, "tradingd_runtime") + " AND " + member(role, kReader) +
         ","
         " 'ledger', current_database() = " +
         name +
         " AND to_regclass('tradingd.schema_version') IS NOT NULL)"
         " FROM pg_roles WHERE rolname = session_user;";
}

constexpr std::string_view kContent =
    "SELECT json_build_object("
    "'schema_version', (SELECT coalesce(max(version), 0) FROM tradingd.schema_version),"
    " 'users', (SELECT count(*) FROM tradingd.app_user),"
    " 'runs', (SELECT count(*) FROM tradingd.strategy_run),"
    " 'running', (SELECT count(*) FROM tradingd.strategy_run WHERE status = 'RUNNING'),"
    " 'served_by', (SELECT max(holder) FROM tradingd.engine_shard WHERE expires_at > now()),"
    " 'size', pg_size_pretty(pg_database_size(current_database())));";

Result<json, CallFailure> ask(const std::string& dsn, const std::string& sql) {
  Result<std::string, CallFailure> text = run_sql(dsn, sql);
  if (!text) return text.error();
  json value = json::parse(*text, nullptr, false);
  if (!value.is_object()) return CallFailure{kRefused, "the server's answer is not understood: " + *text, {}};
  return value;
}

/// Looks at the server through the database itself or, where there is none yet, through "postgres".
Result<json, CallFailure> inspect(const Work& work) {
  const std::string sql = inspection_sql(work.database, work.options.role);
  Result<json, CallFailure> seen = ask(work.dsn, sql);
  if (seen || seen.error().exit_status != kUnreachable) return seen;
  const Result<json, CallFailure> server = ask(with_database(work.dsn, "postgres"), sql);
  if (server && !server->value("exists", true)) return server;
  CallFailure failure = seen.error();
  failure.message = "can't connect to the database: " + failure.message;
  if (::geteuid() == 0) failure.message += "\nRoot is nobody to PostgreSQL; try: sudo -u postgres tradectl db …";
  return failure;
}

int wanted_version(const Work& work) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(work.installation.sql) / "migrations")) {
    count += entry.path().extension() == ".sql" ? 1 : 0;
  }
  return count;
}

Result<json, CallFailure> content(const Work& work) {
  return ask(work.dsn, std::string(kAsReader) + std::string(kContent));
}

// --- Making it

std::string create_database_sql(const std::string& database) {
  return "CREATE DATABASE " + sql_name(database) + " ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;\n";
}

/// The role that the daemon connects as can only become the ledger's two.
std::string service_role_sql(const std::string& role) {
  const std::string literal = sql_literal(role);
  std::string sql = "DO $$\nBEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = " + literal +
                    ") THEN\n    CREATE ROLE " + sql_name(role) + " LOGIN NOINHERIT;\n  END IF;\n";
  for (const std::string_view of : {"tradingd_runtime", "tradingd_readonly"}) {
    sql += "  IF NOT pg_has_role(" + literal + ", " + sql_literal(of) + ", 'MEMBER') THEN\n    GRANT " +
           std::string(of) + " TO " + sql_name(role) + ";\n  END IF;\n";
  }
  return sql + "END\n$$;\n";
}

/// What a superuser is asked to run for somebody who may not.
std::string whole_sql(const Work& work, const json& server) {
  std::string sql = "-- For a superuser of the server, in psql. Every step may be repeated.\n";
  if (!server.value("exists", false)) sql += create_database_sql(work.database);
  sql += "\\connect " + sql_name(work.database) + "\n" + read_file(fs::path(work.installation.sql) / "setup.sql") +
         service_role_sql(work.options.role);
  return sql + "-- Who runs `tradectl db init` then, to make the tables:\nGRANT tradingd_migrator TO " +
         sql_name(server.value("connected_as", "")) + ";\n";
}

Outcome migrate(const Work& work) {
  ChildOptions options;
  // The settings of whoever calls have no say here: DB_DSN alone decides.
  options.environment = {"DB_DSN=" + work.dsn, "XDG_CONFIG_HOME=/nonexistent"};
  if (std::getenv("HOME") == nullptr) options.environment.emplace_back("HOME=/");
  const Result<ChildResult> done = run_child({work.installation.tradingd, "--migrate"}, options);
  if (!done) return CallFailure{kRefused, done.error().message, {}};
  if (done->status != 0) return CallFailure{kRefused, done->errors, {}};
  std::fputs(done->output.c_str(), stderr);
  return kDone;
}

/// The database, the roles, the schema, the daemon's role: what of it is missing.
Outcome set_up(const Work& work, const json& server) {
  if (!server.value("exists", false)) {
    const auto made = run_sql(with_database(work.dsn, "postgres"), create_database_sql(work.database));
    if (!made) return made.error();
    say("made the database " + work.database);
  }
  if (Outcome migrated = migrate(work); !migrated) return migrated;
  if (server.value("role_serves", false)) return kDone;
  const auto granted = run_sql(work.dsn, service_role_sql(work.options.role));
  if (!granted) return granted.error();
  say("the role " + work.options.role + " can serve the ledger");
  return kDone;
}

Outcome init(const Work& work) {
  const Result<json, CallFailure> server = inspect(work);
  if (!server) return server.error();
  if (work.options.print) {
    StandardOutput().write(whole_sql(work, *server));
    return kDone;
  }
  const bool set = server->value("exists", false) && server->value("role_serves", false);
  if (server->value("sets_up", false) || (set && server->value("migrates", false))) return set_up(work, *server);
  if (server->value("ledger", false) && server->value("reads", false)) {
    const Result<json, CallFailure> held = content(work);
    if (set && held && held->value("schema_version", 0) == wanted_version(work)) {
      say("the ledger is ready; there is nothing to do");
      return kDone;
    }
  }
  StandardOutput().write(whole_sql(work, *server));
  return CallFailure{kNotPermitted,
                     "the role " + server->value("connected_as", "") +
                         " may not set the ledger up. Have the SQL above run by a superuser of the server (tradectl db "
                         "init --print > init.sql), then run this again",
                     {}};
}

// --- Looking, saving, bringing back

Outcome status(const Work& work) {
  const Result<json, CallFailure> server = inspect(work);
  if (!server) return server.error();
  json row{
      {"server", "PostgreSQL " + server->value("server", "")},     {"database", work.database},
      {"connected_as", server->value("connected_as", "")},         {"service_role", work.options.role},
      {"service_role_ready", server->value("role_serves", false)}, {"schema_version_wanted", wanted_version(work)}};
  if (server->value("ledger", false)) {
    const Result<json, CallFailure> held = content(work);
    if (!held) return held.error();
    row.update(*held);
  }
  const int version = row.value("schema_version", 0);
  const int wanted = wanted_version(work);
  row["state"] = !server->value("exists", false) ? "there is no such database: tradectl db init"
                 : version == 0                  ? "there is no ledger in it: tradectl db init"
                 : version < wanted              ? "older than this version: tradectl db init"
                 : version > wanted ? "newer than this version: install the one that wrote it, or a later one"
                 : !server->value("role_serves", false) ? "the daemon's role is missing: tradectl db init"
                                                        : "ready";
  const Format format = work.options.json_output ? Format::json : work.options.csv ? Format::csv : Format::people;
  StandardOutput().write(render_row(format, row, inspect_terminal(work.options.color)));
  return row["state"] == "ready" ? kDone : kRefused;
}

Outcome backup(const Work& work) {
  const fs::path file = work.options.file;
  const fs::path part = file.string() + ".part";
  std::error_code error;
  if (fs::exists(file, error)) {
    return CallFailure{kRefused, file.string() + " is there already; move it away, or choose another name", {}};
  }
  ::umask(0077);  // a ledger is its users' own affair
  const auto dumped = run_client({"pg_dump", "--format=custom", "--no-password", "--role=" + std::string(kReader),
                                  "--file=" + part.string(), "--dbname=" + work.dsn});
  if (!dumped) {
    fs::remove(part, error);
    return dumped.error();
  }
  fs::rename(part, file, error);
  if (error) return CallFailure{kRefused, "can't rename " + part.string() + ": " + error.message(), {}};
  say("saved the ledger in " + file.string() + ", " + std::to_string(fs::file_size(file, error)) + " bytes");
  return kDone;
}

Outcome restore(const Work& work) {
  const std::string& file = work.options.file;
  const auto listed = run_client({"pg_restore", "--list", file});
  if (!listed) return listed.error();
  if (listed->find(" TABLE tradingd strategy_run ") == std::string::npos) {
    return CallFailure{kRefused, file + " holds no ledger; tradectl db backup makes such files", {}};
  }
  const Result<json, CallFailure> server = inspect(work);
  if (!server) return server.error();
  if (server->value("ledger", false)) {
    return CallFailure{kRefused,
                       "the database " + work.database +
                           " holds a ledger already, and a restore never writes over one; name a new database: --dsn "
                           "'… dbname=NEW'",
                       {}};
  }
  if (!server->value("sets_up", false)) {
    return CallFailure{kNotPermitted,
                       "the role " + server->value("connected_as", "") +
                           " may not make a ledger; connect as a superuser of the server, or as the owner of the "
                           "database with CREATEROLE",
                       {}};
  }
  if (!server->value("exists", false)) {
    const auto made = run_sql(with_database(work.dsn, "postgres"), create_database_sql(work.database));
    if (!made) return made.error();
  }
  // The roles are the server's, not the dump's; the schema is the dump's.
  const auto prepared =
      run_sql(work.dsn, read_file(fs::path(work.installation.sql) / "setup.sql") + "DROP SCHEMA tradingd;\n");
  if (!prepared) return prepared.error();
  const auto restored = run_client(
      {"pg_restore", "--single-transaction", "--exit-on-error", "--no-password", "--dbname=" + work.dsn, file});
  if (!restored) return restored.error();
  if (Outcome migrated = migrate(work); !migrated) return migrated;
  const auto granted = run_sql(work.dsn, service_role_sql(work.options.role));
  if (!granted) return granted.error();
  say("restored; when the daemon serves it, tradectl ledger verify proves it");
  return kDone;
}

}  // namespace

Result<int, CallFailure> carry_out(DatabaseWork options) {
  const Result<Installation> installation = find_installation();
  if (!installation) return CallFailure{kRefused, installation.error().message, {}};
  const Result<std::string, CallFailure> dsn = find_dsn(options, *installation);
  if (!dsn) return dsn.error();
  if (has_password(*dsn)) {
    return CallFailure{kUsage,
                       "the connection string has a password in it, which everybody could read in the list of "
                       "processes; put it into a file of mode 0600 and name that: passfile=/path",
                       {}};
  }
  const std::optional<std::string> database = database_of(*dsn);
  if (!database) return CallFailure{kUsage, "the connection string names no database; add dbname=tradingd", {}};
  const Work work{std::move(options), *installation, *dsn, *database};
  const std::string& verb = work.options.verb;
  return verb == "init"     ? init(work)
         : verb == "status" ? status(work)
         : verb == "backup" ? backup(work)
                            : restore(work);
}

}  // namespace tradingd::ctl
