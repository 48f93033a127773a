#include "daemon/verification.h"

#include <array>
#include <deque>
#include <memory>
#include <utility>

#include "daemon/archived_run.h"
#include "daemon/archivist.h"
#include "daemon/config/strategy.h"
#include "daemon/engine/step.h"
#include "daemon/run_commands.h"
#include "daemon/store/fields.h"
#include "daemon/store/market_loading.h"
#include "daemon/store/migrations.h"

namespace tradingd {

namespace {

using nlohmann::json;

/// Ticks, or commands, read at once; and about how many steps are compared at once.
constexpr int kPage = 2000;

/// One run's re-execution. DatabaseErrors pass through it.
class Replay {
 public:
  /// `archived`: what of it is in the archive; nullptr: nothing. Outlives it.
  Replay(store::Connection& connection, store::RunFacts facts, ArchivedRun* archived, const std::atomic<bool>& canceled)
      : connection_(connection), facts_(std::move(facts)), archived_(archived), canceled_(canceled) {
    verification_.key = facts_.key;
    verification_.user_name = facts_.user_name;
  }

  Verification carry_out() {
    bool going = start();
    while (going && advance() && compare()) {
      const std::optional<store::Divergence> divergence = compare_end();
      // A RUNNING run may have moved on since its facts were read: then it is followed to where it stands now.
      going = divergence && moved_on();
      if (divergence && !going) {
        differs(*divergence);
      }
      if (!divergence) {
        break;
      }
    }
    verification_.inputs = state_.version;
    verification_.digest = to_hex(state_.digest);
    return std::move(verification_);
  }

 private:
  bool conclude(Verdict verdict, std::string detail) {
    verification_.verdict = verdict;
    verification_.detail = std::move(detail);
    return false;
  }

  bool differs(const store::Divergence& divergence) {
    return conclude(Verdict::diverged, divergence.table + " " + divergence.key + ": expected " +
                                           divergence.expected.dump() + ", found " + divergence.found.dump());
  }

  bool start() {
    if (!facts_.feed || facts_.version == 0) {
      return conclude(Verdict::non_replayable, "it was not started by the daemon");
    }
    Result<config::StrategyDocument> strategy = config::strategy_from_json(facts_.config);
    if (!strategy) {
      return conclude(Verdict::non_replayable, "its configuration can't be read: " + strategy.error().message);
    }
    if (to_hex(strategy->hash) != facts_.config_hash) {
      return conclude(Verdict::non_replayable,
                      "its configuration is not the one that it was started with: the hash is " +
                          to_hex(strategy->hash) + ", recorded is " + facts_.config_hash);
    }
    market_ = store::load_market(connection_, *facts_.feed, facts_.start_time);
    state_.key = facts_.key;
    state_.config = std::make_shared<const engine::RunConfig>(std::move(strategy->config));
    writes_.key = facts_.key;
    writes_.state = &state_;
    writes_.market = &market_;
    return step({facts_.start_time, &market_, engine::Start{facts_.initial_cash}});
  }

  /// Applies recorded inputs until the run is at its recorded version.
  bool advance() {
    while (state_.version < facts_.version) {
      if (canceled_) {
        return false;
      }
      load_inputs();
      const bool command_next = !commands_.empty() && commands_.front().version == state_.version + 1;
      if (!(command_next ? apply_command() : apply_tick())) {
        return false;
      }
      if (++uncompared_ >= kPage && !compare()) {
        return false;
      }
    }
    return true;
  }

  void load_inputs() {
    while (!commands_.empty() && commands_.front().version <= state_.version) {
      commands_.pop_front();  // one that the run took for done
    }
    if (commands_.empty() && !commands_ended_) {
      const auto page = store::load_commands(connection_, facts_.key, state_.version, kPage);
      commands_.insert(commands_.end(), page.begin(), page.end());
      commands_ended_ = page.size() < kPage;
    }
    if (ticks_.empty()) {
      auto page = store::load_ticks(connection_, *facts_.feed, market_.time(), kPage);
      ticks_.insert(ticks_.end(), std::make_move_iterator(page.begin()), std::make_move_iterator(page.end()));
    }
  }

  bool apply_command() {
    const store::RecordedCommand command = std::move(commands_.front());
    commands_.pop_front();
    std::optional<engine::InputBody> body = input_body(command.method, json::parse(command.arguments));
    if (!body) {
      return conclude(Verdict::non_replayable, "input " + std::to_string(command.version) + " is a command " +
                                                   command.method + ", which this version doesn't know");
    }
    // One that the run took for done (a client order id that came again) has the version that it found, which a tick
    // may have made.
    return raw_step({command.time, &market_, std::move(*body)}) != engine::StepStatus::refused || refused_input();
  }

  bool apply_tick() {
    if (ticks_.empty()) {
      return conclude(Verdict::non_replayable,
                      "the ledger has recorded " + std::to_string(facts_.version) +
                          " inputs of the run, and the feed's ticks and its commands give only " +
                          std::to_string(state_.version));
    }
    const engine::Tick tick = std::move(ticks_.front());
    ticks_.pop_front();
    market_.apply(tick);
    const engine::StepStatus status =
        raw_step({next_tick_time(state_, tick), &market_, engine::RunTick{&tick, true, true}});
    return status != engine::StepStatus::refused || refused_input();
  }

  bool refused_input() {
    return conclude(Verdict::diverged,
                    "input " + std::to_string(state_.version + 1) + " was applied, and is refused now");
  }

  bool step(const engine::Input& input) { return raw_step(input) == engine::StepStatus::applied || refused_input(); }

  engine::StepStatus raw_step(const engine::Input& input) {
    const engine::EffectsPosition from = position_of(writes_.effects);
    const engine::StepStatus status = engine::step(state_, input, writes_.effects).status;
    if (status == engine::StepStatus::applied) {
      advance_digest(state_, writes_.effects, from, scratch_);
    }
    return status;
  }

  /// Compares what can't change any more: all but open orders, positions and the state.
  bool compare() {
    engine::Effects& effects = writes_.effects;
    std::erase_if(effects.orders, [](const engine::Order& order) { return !is_final(order.status); });
    effects.positions.clear();
    counts_.trades += static_cast<std::int64_t>(effects.trades.size());
    counts_.cash += static_cast<std::int64_t>(effects.cash.size());
    counts_.marks += static_cast<std::int64_t>(effects.marks.size());
    counts_.equity += static_cast<std::int64_t>(effects.equity.size());
    counts_.events += static_cast<std::int64_t>(effects.events.size());
    auto divergence = archived_ == nullptr ? std::nullopt : archived_->take(effects);
    if (!divergence) {
      divergence = store::find_divergence(connection_, rows_, writes_, false);
    }
    effects.clear();
    uncompared_ = 0;
    return !divergence || differs(*divergence);
  }

  /// Compares what may still change, as it stands at the recorded version.
  std::optional<store::Divergence> compare_end() {
    engine::Effects& effects = writes_.effects;
    effects.orders = state_.open_orders;
    effects.positions = state_.positions;
    std::optional<store::Divergence> divergence = store::find_divergence(connection_, rows_, writes_, true);
    effects.clear();
    counts_.orders = state_.next_order - 1;
    counts_.positions = static_cast<std::int64_t>(state_.positions.size());
    if (!divergence && archived_ != nullptr) {
      divergence = archived_->check_end();
    }
    if (!divergence) {
      store::RowCounts found = store::count_rows(connection_, facts_.key);
      if (archived_ != nullptr) {
        found.marks += archived_->marks();
        found.equity += archived_->equity();
      }
      if (found != counts_) {
        divergence = store::Divergence{"number of rows", "", as_json(counts_), as_json(found)};
      }
    }
    return divergence;
  }

  static json as_json(const store::RowCounts& counts) {
    return {{"paper_order", counts.orders}, {"paper_trade", counts.trades}, {"paper_position", counts.positions},
            {"cash_ledger", counts.cash},   {"mtm_ledger", counts.marks},   {"paper_equity_curve", counts.equity},
            {"event_ledger", counts.events}};
  }

  /// Whether the ledger has gone on since the facts were read; then a difference at the end means nothing yet.
  bool moved_on() {
    const std::optional<store::RunFacts> now = store::load_run_facts(connection_, facts_.key);
    if (!now || now->version <= facts_.version) {
      return false;
    }
    facts_.version = now->version;
    commands_ended_ = false;
    return true;
  }

  store::Connection& connection_;
  store::RunFacts facts_;
  ArchivedRun* archived_;
  const std::atomic<bool>& canceled_;
  Verification verification_;

  engine::RunState state_;
  engine::Market market_;
  engine::RunWrites writes_;
  store::BatchRows rows_;
  store::RowCounts counts_;
  std::deque<store::RecordedCommand> commands_;
  bool commands_ended_ = false;
  std::deque<engine::Tick> ticks_;
  int uncompared_ = 0;
  std::string scratch_;
};

}  // namespace

std::string_view to_text(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kTexts{"bit_exact", "diverged", "non_replayable"};
  return kTexts.at(static_cast<std::size_t>(verdict));
}

namespace {

/// Verifies runs on one connection, with the archive's files open among them.
class Verifier {
 public:
  /// All outlive it.
  Verifier(store::Connection& connection, const std::string& archive_directory, const std::atomic<bool>& canceled)
      : connection_(connection), archive_directory_(archive_directory), canceled_(canceled) {}

  /// An error: there is no such run, or it was canceled. DatabaseErrors pass through.
  Result<Verification> verify(RunKey key) {
    for (;;) {
      std::optional<store::RunFacts> facts = store::load_run_facts(connection_, key);
      if (!facts) {
        return Error{"there is no run " + std::to_string(key.run.value) + "; see: tradectl run list"};
      }
      const std::optional<store::ArchivedRun> extent = store::load_archived_run(connection_, key);
      Verification verification = replay(std::move(*facts), extent);
      if (canceled_) {
        return Error{"the daemon is stopping"};
      }
      if (verification.verdict != Verdict::diverged || store::load_archived_run(connection_, key) == extent) {
        return verification;
      }
      files_.reset();  // rows went to the archive meanwhile: once more, with them
    }
  }

 private:
  Verification replay(store::RunFacts facts, const std::optional<store::ArchivedRun>& extent) {
    const RunKey key = facts.key;
    try {
      if (!extent) {
        return Replay(connection_, std::move(facts), nullptr, canceled_).carry_out();
      }
      if (!files_) {
        files_ = std::make_unique<ArchiveFiles>(connection_, archive_directory_);
      }
      ArchivedRun archived(*extent, key, *files_);
      return Replay(connection_, std::move(facts), &archived, canceled_).carry_out();
    } catch (const store::UnreadableField& error) {
      Verification verification;
      verification.key = key;
      verification.verdict = Verdict::non_replayable;
      verification.detail = error.what();
      return verification;
    }
  }

  store::Connection& connection_;
  const std::string& archive_directory_;
  const std::atomic<bool>& canceled_;
  std::unique_ptr<ArchiveFiles> files_;  // opened for the first run that needs them
};

}  // namespace

Result<std::vector<Verification>> verify_runs(const WholeLedger& ledger, std::optional<UserId> user,
                                              std::optional<RunId> run, const std::atomic<bool>& canceled) {
  try {
    store::Connection connection(ledger.connection);
    const std::vector<RunKey> keys =
        user && run ? std::vector{RunKey{*user, *run}} : store::load_run_keys(connection, user);
    Verifier verifier(connection, ledger.archive_directory, canceled);
    std::vector<Verification> verifications;
    for (const RunKey key : keys) {
      Result<Verification> one = verifier.verify(key);
      if (!one) {
        return one.error();
      }
      verifications.push_back(std::move(one).value());
    }
    return verifications;
  } catch (const store::DatabaseError& error) {
    return Error{std::string("the database can't be read: ") + error.what()};
  }
}

json to_page(const std::vector<Verification>& verifications) {
  json rows = json::array();
  for (const Verification& one : verifications) {
    rows.push_back({one.key.run.value, one.user_name, to_text(one.verdict), one.inputs, one.detail, one.digest});
  }
  return {{"columns", {"run_id", "user_name", "verdict", "inputs", "detail", "digest"}},
          {"rows", std::move(rows)},
          {"next", nullptr}};
}

Result<json> verify_ledger(const WholeLedger& ledger, const std::string& sql_directory,
                           const std::atomic<bool>& canceled) {
  json rows = json::array();
  try {
    store::Connection connection(ledger.connection);
    const Result<std::vector<store::InvariantBreach>> breaches = store::check_invariants(connection, sql_directory);
    if (!breaches) {
      return breaches.error();
    }
    for (const store::InvariantBreach& breach : *breaches) {
      rows.push_back({breach.invariant, "broken", std::to_string(breach.count) + " times, e.g. " + breach.detail});
    }
    if (breaches->empty()) {
      rows.push_back({"invariants", "sound", ""});
    }
    for (json& file : check_archive(connection, ledger.archive_directory)) {
      rows.push_back(std::move(file));
    }
  } catch (const store::DatabaseError& error) {
    return Error{std::string("the database can't be read: ") + error.what()};
  }
  const Result<std::vector<Verification>> runs = verify_runs(ledger, std::nullopt, std::nullopt, canceled);
  if (!runs) {
    return runs.error();
  }
  for (const Verification& one : *runs) {
    rows.push_back(
        {"run " + std::to_string(one.key.run.value) + " of " + one.user_name, to_text(one.verdict), one.detail});
  }
  return json{{"columns", {"check", "verdict", "detail"}}, {"rows", std::move(rows)}, {"next", nullptr}};
}

}  // namespace tradingd
