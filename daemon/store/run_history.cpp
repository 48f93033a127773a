#include "daemon/store/run_history.h"

#include "daemon/store/fields.h"

namespace tradingd::store {

namespace {

constexpr const char* kFacts =
    "SELECT u.name, r.status, r.feed_id, r.config, encode(r.config_hash, 'hex'), r.initial_cash, r.start_time,"
    " coalesce(s.version, 0), r.stop_reason"
    " FROM strategy_run r JOIN app_user u USING (user_id) LEFT JOIN engine_state s USING (user_id, run_id)"
    " WHERE r.user_id = $1 AND r.run_id = $2";
constexpr const char* kAllKeys = "SELECT user_id, run_id FROM strategy_run ORDER BY user_id, run_id";
constexpr const char* kKeysOfUser = "SELECT user_id, run_id FROM strategy_run WHERE user_id = $1 ORDER BY run_id";
// What was refused, or found to be done already, left the version as it was.
constexpr const char* kCommands =
    "SELECT run_version, logical_time, method, arguments FROM command_log"
    " WHERE user_id = $1 AND run_id = $2 AND run_version > $3 AND ok ORDER BY run_version, created_at LIMIT $4";
constexpr const char* kCounts =
    "SELECT (SELECT count(*) FROM paper_order WHERE user_id = $1 AND run_id = $2),"
    " (SELECT count(*) FROM paper_trade WHERE user_id = $1 AND run_id = $2),"
    " (SELECT count(*) FROM paper_position WHERE user_id = $1 AND run_id = $2),"
    " (SELECT count(*) FROM cash_ledger WHERE user_id = $1 AND run_id = $2),"
    " (SELECT count(*) FROM mtm_ledger WHERE user_id = $1 AND run_id = $2),"
    " (SELECT count(*) FROM paper_equity_curve WHERE user_id = $1 AND run_id = $2),"
    " (SELECT count(*) FROM event_ledger WHERE user_id = $1 AND run_id = $2)";
constexpr Statement kCompare{"compare_batch",
                             "SELECT * FROM compare_batch($1::bigint, $2::bigint, $3::run_change[], $4::order_change[],"
                             " $5::trade_change[], $6::position_change[], $7::cash_change[], $8::mark_change[],"
                             " $9::equity_change[], $10::event_change[])"};

Params params_of(RunKey key) { return {std::to_string(key.user.value), std::to_string(key.run.value)}; }

}  // namespace

std::optional<RunFacts> load_run_facts(Connection& connection, RunKey key) {
  const Rows rows = connection.exec(kFacts, params_of(key));
  if (rows.empty()) return std::nullopt;
  Fields row(rows, 0);
  RunFacts facts;
  facts.key = key;
  facts.user_name = row.text();
  facts.status = row.text();
  if (row.is_null()) {
    row.skip();
  } else {
    facts.feed = FeedId{row.integer()};
  }
  facts.config = row.text();
  facts.config_hash = row.text();
  facts.initial_cash = row.decimal<Money>();
  facts.start_time = row.time();
  facts.version = row.integer();
  facts.end_reason = row.text();
  return facts;
}

std::vector<RunKey> load_run_keys(Connection& connection, std::optional<UserId> user) {
  const Rows rows = user ? connection.exec(kKeysOfUser, {std::to_string(user->value)}) : connection.exec(kAllKeys);
  std::vector<RunKey> keys;
  keys.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    keys.push_back(user ? RunKey{*user, RunId{rows.integer(row, 1)}}
                        : RunKey{UserId{rows.integer(row, 0)}, RunId{rows.integer(row, 1)}});
  }
  return keys;
}

std::vector<RecordedCommand> load_commands(Connection& connection, RunKey key, std::int64_t version, int limit) {
  Params params = params_of(key);
  params.emplace_back(std::to_string(version));
  params.emplace_back(std::to_string(limit));
  const Rows rows = connection.exec(kCommands, params);
  std::vector<RecordedCommand> commands;
  for (int row = 0; row < rows.size(); ++row) {
    Fields fields(rows, row);
    RecordedCommand command;
    command.version = fields.integer();
    command.time = fields.time();
    command.method = fields.text();
    command.arguments = fields.text();
    commands.push_back(std::move(command));
  }
  return commands;
}

RowCounts count_rows(Connection& connection, RunKey key) {
  const Rows rows = connection.exec(kCounts, params_of(key));
  return {rows.integer(0, 0), rows.integer(0, 1), rows.integer(0, 2), rows.integer(0, 3),
          rows.integer(0, 4), rows.integer(0, 5), rows.integer(0, 6)};
}

std::optional<Divergence> find_divergence(Connection& connection, BatchRows& rows, const engine::RunWrites& writes,
                                          bool with_state) {
  const BatchTypes types = load_batch_types(connection);
  const Rows differences = connection.exec_binary(kCompare, rows.encode_for_comparison(types, writes, with_state));
  if (differences.empty()) return std::nullopt;
  Fields row(differences, 0);
  Divergence divergence;
  divergence.table = row.text();
  divergence.key = row.text();
  divergence.expected = nlohmann::json::parse(row.text());
  // A row that isn't there comes as an object of nulls, or as no object.
  if (!row.is_null()) divergence.found = nlohmann::json::parse(row.text());
  return divergence;
}

}  // namespace tradingd::store
