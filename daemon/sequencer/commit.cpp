// How a pipeline's batch becomes durable, whatever the database does meanwhile. The engine's state has
// moved on when a batch is sent; so the same rows are sent again until their fate is known, and a run
// whose rows the ledger refuses leaves the memory.

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "daemon/base/failpoint.h"
#include "daemon/sequencer/pipeline_parts.h"

namespace tradingd::sequencer {

namespace {

using engine::ApplyOutcome;
using engine::ApplyStatus;
using engine::BatchKey;

constexpr std::chrono::milliseconds kRetryPauseMin{10};
constexpr std::string_view kUniqueViolation = "23505";
constexpr std::string_view kRequestIdKey = "command_log_pkey";
constexpr std::string_view kHalted = "TD006";
/// How often a batch of several runs that lost against another transaction, or went down with its session, is
/// tried again before it is split.
constexpr int kTriesMax = 8;

enum class Trouble : std::uint8_t {
  none,        // the rows are at fault: a constraint, a type, a guard
  contention,  // lost against another transaction
  outage,      // the server, its limits or its set-up: try again until that is mended
  unknown,     // the session ended on the way: whether it committed must be read
};

/// SQLSTATE classes, PostgreSQL documentation, appendix A. Only what names the rows themselves may ever end a
/// run, since that is final: everything else is waited out.
Trouble trouble_of(std::string_view sqlstate) {
  constexpr std::array<std::string_view, 4> kContention{"40001", "40P01", "55P03", "57014"};
  constexpr std::array<std::string_view, 3> kSessionEnded{"57P01", "57P02", "57P03"};
  // 22: data; 23: integrity; 54: program limits; P0: raised by PL/pgSQL; TD00x: our own guards.
  constexpr std::array<std::string_view, 8> kRowsAtFault{"22", "23", "54", "P0", "TD002", "TD004", "TD005", kHalted};
  const auto begins = [&](std::string_view prefix) { return sqlstate.starts_with(prefix); };
  if (std::find(kContention.begin(), kContention.end(), sqlstate) != kContention.end()) {
    return Trouble::contention;
  }
  if (begins("08") || std::find(kSessionEnded.begin(), kSessionEnded.end(), sqlstate) != kSessionEnded.end()) {
    return Trouble::unknown;
  }
  return std::any_of(kRowsAtFault.begin(), kRowsAtFault.end(), begins) ? Trouble::none : Trouble::outage;
}

}  // namespace

void Pipeline::commit_if_large() {
  if (batch_steps_ >= kBatchStepsMax) {
    commit();
  }
}

void Pipeline::commit() {
  if (end_ == CommitEnd::done && writes_used_ > 0) {
    const std::span<engine::RunWrites> writes(writes_.data(), writes_used_);
    // The ledger's order of locking.
    std::sort(writes.begin(), writes.end(),
              [](const engine::RunWrites& a, const engine::RunWrites& b) { return a.key < b.key; });
    FAILPOINT("pipeline.before_apply");
    end_ = commit(writes);
    FAILPOINT("pipeline.after_apply");
  }
  finish_batch();
  if (readmitting_) {
    return;  // conflicts wait for the loop below, which is under way
  }
  readmitting_ = true;
  while (end_ == CommitEnd::done && !conflicts_.empty()) {
    readmit(conflicts_.extract(conflicts_.begin()).value());
  }
  readmitting_ = false;
  readmitted_.clear();
}

void Pipeline::finish_batch() {
  for (PendingReply& pending : replies_) {
    if (end_ != CommitEnd::done) {
      pending.reply = {{},
                       FailureKind::unavailable,
                       end_ == CommitEnd::fenced ? "another daemon serves this ledger now"
                                                 : "the daemon is stopping and the ledger can't be reached"};
    } else if (const auto lost = lost_.find(pending.key); lost != lost_.end()) {
      pending.reply = {
          {}, conflicts_.contains(pending.key) ? FailureKind::conflict : FailureKind::internal, lost->second};
    }
    FAILPOINT("command.before_reply");
    pending.callback(std::move(pending.reply));
  }
  replies_.clear();
  for (const auto& done : done_) {
    done(end_ == CommitEnd::done);
  }
  done_.clear();

  for (std::size_t i = 0; i < writes_used_; ++i) {
    engine::RunWrites& writes = writes_[i];
    if (const auto slot = slots_.find(writes.key); slot != slots_.end()) {
      slot->second->writes = -1;
      if (lost_.contains(writes.key) || !slot->second->state.running) {
        remove(*slot->second);
      }
    }
    writes.state = nullptr;
    writes.strategy_changed = false;
    writes.effects.clear();
    writes.commands.clear();
    writes.end_reason.clear();
  }
  writes_used_ = 0;
  batch_steps_ = 0;
  lost_.clear();
}

Pipeline::CommitEnd Pipeline::commit(std::span<engine::RunWrites> writes) {
  CommitEnd end = CommitEnd::done;
  const auto apply = [&](const BatchKey& key) { return ports_.ledger->apply(key, writes); };
  const ApplyOutcome outcome = settle(apply, writes, end);
  if (end != CommitEnd::done) {
    return end;
  }
  if (outcome.status == ApplyStatus::rejected) {
    return split(writes, outcome);
  }
  ++stats_.batches;
  for (const RunKey key : outcome.refused) {
    if (const CommitEnd dropped = drop_refused(key); dropped != CommitEnd::done) {
      return dropped;
    }
  }
  return CommitEnd::done;
}

Pipeline::CommitEnd Pipeline::drop_refused(RunKey key) {
  // Stopped, deleted or changed by somebody else than the daemon. Whatever it is, the ledger is right.
  const LogScope scope = log_scope(key);
  const Result<engine::LoadedRuns> stored = ports_.ledger->load_run(key);
  if (stored && stored->runs.empty() && stored->unloadable.empty()) {
    lost_[key] = "run " + std::to_string(key.run.value) + " is no longer RUNNING in the ledger; nothing was written";
    ports_.log(lost_[key]);
    return CommitEnd::done;
  }
  // RUNNING there and yet refused: it was written to behind our back and must not go on.
  lost_[key] =
      "run " + std::to_string(key.run.value) + " went to ERROR: its ledger was changed behind the daemon's back";
  return fail(key, "its ledger was changed behind the daemon's back");
}

Pipeline::CommitEnd Pipeline::split(std::span<engine::RunWrites> writes, const ApplyOutcome& outcome) {
  if (writes.size() > 1) {
    const std::size_t half = writes.size() / 2;
    const CommitEnd first = commit(writes.first(half));
    return first != CommitEnd::done ? first : commit(writes.subspan(half));
  }
  const RunKey key = writes.front().key;
  if (outcome.sqlstate == kUniqueViolation && outcome.message.find(kRequestIdKey) != std::string::npos) {
    // A request id that this user's commands elsewhere have used. The run itself is sound.
    lost_[key] = "a request id was used for another command; nothing was done, take a new one for each command";
    conflicts_.insert(key);
    return CommitEnd::done;
  }
  if (outcome.sqlstate == kHalted) {
    // Halted in the ledger since these rows were made. The run goes on from there, halted.
    lost_[key] = "TRADING_HALTED: nothing was done: " + outcome.message;
    conflicts_.insert(key);
    return CommitEnd::done;
  }
  const std::string reason = "the ledger refused its rows: " + outcome.message + " (SQLSTATE " + outcome.sqlstate + ")";
  lost_[key] = "run " + std::to_string(key.run.value) + " went to ERROR: " + reason;
  return fail(key, reason);
}

Pipeline::CommitEnd Pipeline::fail(RunKey key, const std::string& reason) {
  const LogScope scope = log_scope(key);
  ports_.log("run " + std::to_string(key.run.value) + " of user " + std::to_string(key.user.value) +
             ": ERROR: " + reason);
  engine::RunWrites none;
  none.key = key;
  CommitEnd end = CommitEnd::done;
  const auto apply = [&](const BatchKey& batch) { return ports_.ledger->fail_run(batch, key, reason); };
  const ApplyOutcome outcome = settle(apply, {&none, 1}, end);
  if (outcome.status == ApplyStatus::rejected) {
    ports_.log("the ledger refused even that: " + outcome.message);
  }
  ++stats_.failed_runs;
  return end;
}

ApplyOutcome Pipeline::settle(const std::function<ApplyOutcome(const BatchKey&)>& apply,
                              std::span<const engine::RunWrites> writes, CommitEnd& end) {
  std::chrono::milliseconds pause = kRetryPauseMin;
  const auto give_up = [&] {
    end = CommitEnd::stopping;
    return ApplyOutcome{ApplyStatus::unavailable, {}, {}, {}};
  };
  for (int tries = 0;;) {
    const BatchKey key{epoch_, ports_.next_batch_number()};
    ApplyOutcome outcome = apply(key);
    const Trouble trouble = outcome.status == ApplyStatus::rejected ? trouble_of(outcome.sqlstate) : Trouble::none;
    if (outcome.status == ApplyStatus::unknown || trouble == Trouble::unknown) {
      outcome = read_back(key, writes, end);
      if (end != CommitEnd::done) {
        return outcome;
      }
      ++tries;
    }
    if (outcome.status == ApplyStatus::fenced) {
      ports_.log("another daemon has taken over this ledger; stopping");
      end = CommitEnd::fenced;
      return outcome;
    }
    tries += trouble == Trouble::contention || trouble == Trouble::outage ? 1 : 0;
    const bool again = outcome.status == ApplyStatus::unavailable ||
                       (outcome.status == ApplyStatus::rejected && trouble != Trouble::none);
    // A large batch may be the trouble itself. A single run's rows are sent until they are taken.
    if (again && tries >= kTriesMax && writes.size() > 1) {
      return {ApplyStatus::rejected, {}, outcome.sqlstate, outcome.message};
    }
    if (!again) {
      if (!stats_.ledger_available.exchange(true)) {
        ports_.log("the ledger is back");
      }
      return outcome;
    }
    if (trouble != Trouble::contention && stats_.ledger_available.exchange(false)) {
      ports_.log("the ledger can't take rows, trying again: " + outcome.message);
    }
    if (!ports_.wait(pause)) {
      return give_up();
    }
    pause = std::min(pause * 2, kRetryPauseMax);
  }
}

ApplyOutcome Pipeline::read_back(const BatchKey& key, std::span<const engine::RunWrites> writes, CommitEnd& end) {
  FAILPOINT("pipeline.before_read_back");
  for (std::chrono::milliseconds pause = kRetryPauseMin;; pause = std::min(pause * 2, kRetryPauseMax)) {
    switch (ports_.ledger->read_back(key, engine::shard_of(writes.front().key.user))) {
      case engine::BatchFate::committed:
        ++stats_.unknown_committed;
        return {ApplyStatus::committed, refused_among(writes, end), {}, {}};
      case engine::BatchFate::absent:
        ++stats_.unknown_absent;
        return {ApplyStatus::unavailable, {}, {}, "the connection was lost before the commit"};
      case engine::BatchFate::fenced:
        return {ApplyStatus::fenced, {}, {}, {}};
      case engine::BatchFate::unavailable:
        break;
    }
    if (stats_.ledger_available.exchange(false)) {
      ports_.log("the connection was lost during a commit; waiting to read back what became of it");
    }
    if (!ports_.wait(pause)) {
      end = CommitEnd::stopping;
      return {ApplyStatus::unavailable, {}, {}, {}};
    }
  }
}

std::vector<RunKey> Pipeline::refused_among(std::span<const engine::RunWrites> writes, CommitEnd& end) {
  // The answer that named the refused runs is lost. Those that somebody waits for are told by their
  // command's row, which is there or not (the id may also be that of another command of the user's, since the rows of
  // a refused run aren't held against it); any other is refused again, and seen, at its next batch.
  std::vector<RunKey> refused;
  for (const PendingReply& pending : replies_) {
    const auto one = std::find_if(writes.begin(), writes.end(),
                                  [&](const engine::RunWrites& run) { return run.key == pending.key; });
    if (one == writes.end()) {
      continue;
    }
    const auto record =
        std::find_if(one->commands.begin(), one->commands.end(),
                     [&](const engine::CommandRecord& command) { return command.request_id == pending.request_id; });
    if (record == one->commands.end()) {
      continue;  // those rows are the run's end, and not what is waited for
    }
    auto row = ports_.ledger->find_command(pending.key.user, pending.request_id);
    while (!row) {
      if (!ports_.wait(kRetryPauseMax)) {
        end = CommitEnd::stopping;
        return refused;
      }
      row = ports_.ledger->find_command(pending.key.user, pending.request_id);
    }
    if (!(row->has_value() && (*row)->ok == record->ok && is_command(**row, record->method, record->arguments)) &&
        std::find(refused.begin(), refused.end(), pending.key) == refused.end()) {
      refused.push_back(pending.key);
    }
  }
  return refused;
}

}  // namespace tradingd::sequencer
