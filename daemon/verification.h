#pragma once
// Proves a run: executes it again from its recorded inputs, with the engine that the daemon runs, and
// compares every row with the ledger's.

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/store/connection.h"
#include "daemon/store/run_history.h"

namespace tradingd {

enum class Verdict : std::uint8_t {
  bit_exact,       // every row of the ledger is what the engine makes of the inputs
  diverged,        // the first row that isn't is named
  non_replayable,  // the inputs are no longer, or never were, all there; the reason says which
};
[[nodiscard]] std::string_view to_text(Verdict verdict);

struct Verification {
  RunKey key;
  std::string user_name;
  Verdict verdict = Verdict::bit_exact;
  std::int64_t inputs = 0;  // executed again
  std::string detail;       // of a verdict that isn't bit_exact
  std::string digest;       // the run's rolling digest as executed again, hexadecimal
};

/// Where the ledger is: the database, and the files of what has been archived.
struct WholeLedger {
  store::ConnectionOptions connection;
  std::string archive_directory;
};

/// Answers run.verify: of one run, of the user's, or of everybody's (no user). Re-executes each in memory that doesn't
/// grow with it; one that is RUNNING up to where it stands. Blocks. An error is the database's, or that there is no
/// such run, or that `canceled` became true.
[[nodiscard]] Result<std::vector<Verification>> verify_runs(const WholeLedger& ledger, std::optional<UserId> user,
                                                            std::optional<RunId> run,
                                                            const std::atomic<bool>& canceled);

/// {columns, rows, next} for the wire.
[[nodiscard]] nlohmann::json to_page(const std::vector<Verification>& verifications);

/// Answers ledger.verify: the invariants of `sql_directory`/invariants.sql, the archive's files, then every run.
[[nodiscard]] Result<nlohmann::json> verify_ledger(const WholeLedger& ledger, const std::string& sql_directory,
                                                   const std::atomic<bool>& canceled);

}  // namespace tradingd
