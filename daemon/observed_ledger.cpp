#include "daemon/observed_ledger.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tradingd {

using engine::ApplyOutcome;
using engine::ApplyStatus;

ObservedLedger::ObservedLedger(std::unique_ptr<engine::LedgerStore> ledger, LedgerActivity& activity,
                               CommittedFunction committed)
    : ledger_(std::move(ledger)), activity_(activity), committed_(std::move(committed)) {}

ApplyOutcome ObservedLedger::timed(const std::function<ApplyOutcome()>& write) {
  const auto start = std::chrono::steady_clock::now();
  ApplyOutcome outcome = write();
  if (outcome.status == ApplyStatus::committed) {
    activity_.commits.observe(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count());
  }
  return outcome;
}

void ObservedLedger::count(const engine::RunWrites& writes) {
  activity_.trades += static_cast<std::int64_t>(writes.effects.trades.size());
  activity_.orders += static_cast<std::int64_t>(writes.effects.orders.size());
  for (const engine::Order& order : writes.effects.orders) {
    if (order.status == engine::OrderStatus::rejected) {
      ++activity_.rejected.at(static_cast<std::size_t>(order.reason));
    }
  }
}

ApplyOutcome ObservedLedger::apply(const engine::BatchKey& key, std::span<const engine::RunWrites> runs) {
  ApplyOutcome outcome = timed([&] { return ledger_->apply(key, runs); });
  uncertain_.clear();
  for (const engine::RunWrites& writes : runs) {
    if (outcome.status == ApplyStatus::unknown) {
      uncertain_.push_back(writes.key);
    } else if (outcome.status == ApplyStatus::committed &&
               std::find(outcome.refused.begin(), outcome.refused.end(), writes.key) == outcome.refused.end()) {
      count(writes);
      committed_(writes.key);
    }
  }
  return outcome;
}

ApplyOutcome ObservedLedger::start_run(const engine::BatchKey& key, const engine::NewRun& run,
                                       const engine::RunWrites& writes) {
  ApplyOutcome outcome = timed([&] { return ledger_->start_run(key, run, writes); });
  if (outcome.status == ApplyStatus::committed) {
    count(writes);
  }
  return outcome;
}

engine::BatchFate ObservedLedger::read_back(const engine::BatchKey& key, int shard) {
  const engine::BatchFate fate = ledger_->read_back(key, shard);
  if (fate == engine::BatchFate::committed) {
    for (const RunKey run : std::exchange(uncertain_, {})) {
      committed_(run);
    }
  }
  return fate;
}

ApplyOutcome ObservedLedger::fail_run(const engine::BatchKey& key, RunKey run, const std::string& reason) {
  ApplyOutcome outcome = ledger_->fail_run(key, run, reason);
  if (outcome.status != ApplyStatus::rejected) {
    committed_(run);  // its end; a subscriber looks for himself
  }
  return outcome;
}

}  // namespace tradingd
