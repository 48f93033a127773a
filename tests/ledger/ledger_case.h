#pragma once
// A ledger of its own for one case: a fresh database, a lease, the real store and the real engine. At the
// end of its life it makes the plan's three post-run assertions and runs every invariant.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/engine/step.h"
#include "daemon/store/connection.h"
#include "daemon/store/lease.h"
#include "daemon/store/postgres_ledger.h"
#include "tests/support/postgres.h"

namespace tradingd::test {

/// "2020-01-02T15:00:00Z" and so many minutes.
[[nodiscard]] Time minute(int minutes);

/// A gtc order to buy AAPL: at market, or with a limit.
[[nodiscard]] engine::PlaceOrder buy(const std::string& quantity, const std::string& limit = "");

/// A feed with AAPL and MSFT at one price each, kept in the ledger as the daemon keeps it.
class TestFeed {
 public:
  TestFeed(store::Connection& sql, const std::string& name);

  /// Stores the tick and moves the market to it.
  const engine::Tick& tick(Time time, const std::string& aapl, const std::string& msft, bool open = true);

  FeedId id;
  engine::Market market;

 private:
  store::Connection& sql_;
  engine::Tick last_;
};

struct LedgerCase;

/// A run as the daemon has it: state in memory, writes that gather until they are committed.
class TestRun {
 public:
  TestRun(LedgerCase& owner, TestFeed& feed, engine::LoadedRun loaded);

  /// Steps the engine and keeps what it did for the next commit.
  engine::StepResult step(engine::InputBody body);
  engine::StepResult step_at(Time time, engine::InputBody body);
  /// Writes what was stepped, as a batch of its own.
  engine::ApplyOutcome commit();
  /// Both.
  engine::StepResult run(engine::InputBody body);
  engine::StepResult tick(Time time, const std::string& aapl, const std::string& msft, bool open = true);

  [[nodiscard]] RunKey key() const { return state.key; }

  engine::RunState state;
  engine::RunWrites writes;
  TestFeed& feed;

 private:
  LedgerCase& owner_;
  std::string scratch_;
};

struct LedgerCase {
  explicit LedgerCase(store::WritePath path);
  LedgerCase(const LedgerCase&) = delete;
  LedgerCase& operator=(const LedgerCase&) = delete;
  ~LedgerCase();

  [[nodiscard]] store::ConnectionOptions runtime() const { return {database.dsn(), "tradingd_runtime", "case"}; }
  [[nodiscard]] std::unique_ptr<store::PostgresLedger> another_ledger() const;
  [[nodiscard]] engine::BatchKey next_batch() { return {lease->epoch(), ++batch_number}; }

  UserId add_user(const std::string& name);
  /// A run by SQL alone, as the plan's lifecycle cases make them.
  RunKey add_bare_run(UserId user, const std::string& status);
  /// A run by the engine and the store.
  TestRun start(UserId user, TestFeed& feed, const std::string& cash, engine::RunConfig config = {});

  /// The one value of a query, as text.
  std::string value(const std::string& sql, const store::Params& params = {});
  int count(const std::string& table, RunKey run);
  /// SQLSTATE that `statement` is refused with; "" when it isn't.
  std::string refusal(const std::string& statement, const store::Params& params = {});
  /// Fails the test for each broken invariant.
  void check_invariants();

  TestDatabase database;
  store::Connection sql;
  std::unique_ptr<store::Lease> lease;
  store::WritePath path;
  std::unique_ptr<store::PostgresLedger> ledger;
  std::int64_t batch_number = 0;
  /// By their JSON, which only names them.
  std::shared_ptr<std::vector<std::shared_ptr<const engine::RunConfig>>> configs;
};

/// Runs a case on both write paths.
void on_both_paths(const std::function<void(LedgerCase&)>& body);

}  // namespace tradingd::test
