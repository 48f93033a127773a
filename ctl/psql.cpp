#include "ctl/psql.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "ctl/child.h"

namespace tradingd::ctl {

namespace {

namespace fs = std::filesystem;

constexpr int kNoConnection = 2;  // psql's exit status

bool is_uri(std::string_view dsn) { return dsn.starts_with("postgresql://") || dsn.starts_with("postgres://"); }

/// "host=/run dbname='my db'": keys and values; a value may be quoted, and \ takes the next letter as it is.
std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view dsn) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t at = 0;
  const auto skip = [&] {
    while (at < dsn.size() && dsn[at] == ' ') ++at;
  };
  for (skip(); at < dsn.size(); skip()) {
    std::string key;
    while (at < dsn.size() && dsn[at] != '=' && dsn[at] != ' ') key += dsn[at++];
    skip();
    if (at == dsn.size() || dsn[at] != '=') return pairs;  // libpq will say what is wrong with it
    ++at;
    skip();
    const bool quoted = at < dsn.size() && dsn[at] == '\'';
    at += quoted ? 1 : 0;
    std::string value;
    for (; at < dsn.size() && dsn[at] != (quoted ? '\'' : ' '); ++at) {
      if (dsn[at] == '\\' && at + 1 < dsn.size()) ++at;
      value += dsn[at];
    }
    at += quoted ? 1 : 0;
    pairs.emplace_back(std::move(key), std::move(value));
  }
  return pairs;
}

/// The parts of a URI that matter here: what is before '@', the path, the query.
struct Uri {
  std::string credentials;
  std::string path;
  std::string query;
};

Uri uri_of(const std::string& dsn) {
  const std::string rest = dsn.substr(dsn.find("://") + 3);
  Uri uri;
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at != std::string::npos) uri.credentials = rest.substr(0, at);
  const std::size_t host = at == std::string::npos ? 0 : at + 1;
  const std::size_t question = rest.find('?', host);
  if (question != std::string::npos) uri.query = rest.substr(question + 1);
  const std::size_t slash = rest.find('/', host);
  if (slash < question)
    uri.path = rest.substr(slash + 1, question == std::string::npos ? question : question - slash - 1);
  return uri;
}

std::optional<std::string> query_value(const std::string& query, const std::string& key) {
  const std::size_t at = ("&" + query).find("&" + key + "=");
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + key.size() + 1;
  return query.substr(begin, query.find('&', begin) - begin);
}

std::string doubled(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char letter : text) result.append(letter == quote ? 2 : 1, letter);
  return result + quote;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

}  // namespace

Result<Installation> find_installation() {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  // A build tree is build/PRESET/.
  for (const auto& [program, sql] : {std::pair{folder / "../sbin/tradingd", folder / "../share/tradingd/sql"},
                                     std::pair{folder / "tradingd", folder / "../../sql"}}) {
    if (fs::exists(program, error) && fs::is_directory(sql, error)) {
      return Installation{program.lexically_normal().string(), sql.lexically_normal().string()};
    }
  }
  return Error{"tradingd and its SQL files are not where they belong, beside " + folder.string() +
               "; install the package again"};
}

std::optional<std::string> database_of(const std::string& dsn) {
  std::optional<std::string> name;
  if (is_uri(dsn)) {
    const Uri uri = uri_of(dsn);
    name = query_value(uri.query, "dbname");
    if (!name && !uri.path.empty()) name = uri.path;
  } else {
    for (auto& [key, value] : pairs_of(dsn)) {
      if (key == "dbname") name = std::move(value);
    }
  }
  return name && !name->empty() ? name : std::nullopt;
}

bool has_password(const std::string& dsn) {
  if (is_uri(dsn)) {
    const Uri uri = uri_of(dsn);
    return uri.credentials.find(':') != std::string::npos || query_value(uri.query, "password").has_value();
  }
  for (const auto& [key, value] : pairs_of(dsn)) {
    if (key == "password") return true;
  }
  return false;
}

std::string with_database(const std::string& dsn, std::string_view database) {
  // Of a setting that is named twice libpq takes the last.
  const std::string value(database);
  if (!is_uri(dsn)) return dsn + " dbname=" + value;
  return dsn + (dsn.find('?') == std::string::npos ? "?" : "&") + "dbname=" + value;
}

std::string sql_literal(std::string_view text) { return doubled(text, '\''); }
std::string sql_name(std::string_view name) { return doubled(name, '"'); }

Result<std::string, CallFailure> run_sql(const std::string& dsn, const std::string& sql) {
  ChildOptions options;
  options.input = "SET client_min_messages = warning;\n" + sql;
  const Result<ChildResult> done = run_child({"psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
                                              "--no-password", "--set", "ON_ERROR_STOP=1", "--dbname", dsn},
                                             options);
  if (!done) return CallFailure{kRefused, done.error().message + ": apt-get install postgresql-client", {}};
  if (done->status == 0) return trimmed(done->output);
  return CallFailure{done->status == kNoConnection ? kUnreachable : kRefused, trimmed(done->errors), {}};
}

Result<std::string, CallFailure> run_client(const std::vector<std::string>& words) {
  const Result<ChildResult> done = run_child(words);
  if (!done) return CallFailure{kRefused, done.error().message + ": apt-get install postgresql-client", {}};
  if (done->status == 0) return done->output;
  return CallFailure{kRefused, trimmed(done->errors), {}};
}

}  // namespace tradingd::ctl
