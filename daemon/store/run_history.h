#pragma once
// What the ledger has recorded of a run, for its re-execution: how it was started, its commands in their
// places among its inputs, and the comparison of re-executed rows with those that are there.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/engine/ledger.h"
#include "daemon/store/batch_rows.h"
#include "daemon/store/connection.h"

namespace tradingd::store {

struct RunFacts {
  RunKey key;
  std::string user_name;
  std::string status;
  std::optional<FeedId> feed;  // absent: made by hand
  std::string config;          // JSON
  std::string config_hash;     // hexadecimal
  Money initial_cash;
  Time start_time;
  std::int64_t version = 0;  // inputs applied
  std::string end_reason;    // of a stopped run
};

/// A command that moved the run on, by the version that it gave it.
struct RecordedCommand {
  std::int64_t version = 0;
  Time time;
  std::string method;
  std::string arguments;  // JSON
};

/// How many rows a run has in each of the ledger's tables.
struct RowCounts {
  std::int64_t orders = 0;
  std::int64_t trades = 0;
  std::int64_t positions = 0;
  std::int64_t cash = 0;
  std::int64_t marks = 0;
  std::int64_t equity = 0;
  std::int64_t events = 0;

  friend bool operator==(const RowCounts&, const RowCounts&) = default;
};

/// The first row in which the ledger differs; `found` is null where it has none.
struct Divergence {
  std::string table;
  std::string key;
  nlohmann::json expected;
  nlohmann::json found;
};

// All of these throw DatabaseError, or UnreadableField for a ledger that this version can't have written.

/// nullopt: no such run.
[[nodiscard]] std::optional<RunFacts> load_run_facts(Connection& connection, RunKey key);
/// The user's runs, or everybody's; by key.
[[nodiscard]] std::vector<RunKey> load_run_keys(Connection& connection, std::optional<UserId> user);
/// Up to `limit` commands with versions after `version`, ascending.
[[nodiscard]] std::vector<RecordedCommand> load_commands(Connection& connection, RunKey key, std::int64_t version,
                                                         int limit);
[[nodiscard]] RowCounts count_rows(Connection& connection, RunKey key);
/// Compares the rows of `writes` as its batch would have written them; engine_state only if `with_state`.
[[nodiscard]] std::optional<Divergence> find_divergence(Connection& connection, BatchRows& rows,
                                                        const engine::RunWrites& writes, bool with_state);

}  // namespace tradingd::store
