#include "tests/sim/memory_world.h"

#include <algorithm>

#include "tests/sim/random.h"

namespace tradingd::sim {

namespace {

using engine::ApplyOutcome;
using engine::ApplyStatus;
using engine::BatchKey;

ApplyOutcome rejected(const char* sqlstate, std::string message = "planted") {
  return {ApplyStatus::rejected, {}, sqlstate, std::move(message)};
}

bool is_open(const engine::Order& order) { return !is_final(order.status); }

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// Whether it adds trades, or orders that were not rejected.
bool has_traded(const MemoryWorld::Run& run, const engine::RunWrites& one) {
  std::map<std::int64_t, engine::OrderStatus> added;
  for (const engine::Order& order : one.effects.orders) {
    if (order.id.value >= run.state.next_order) {
      added[order.id.value] = order.status;
    }
  }
  return !one.effects.trades.empty() || std::any_of(added.begin(), added.end(), [](const auto& order) {
    return order.second != engine::OrderStatus::rejected;
  });
}

/// The first of the rows whose canonical bytes differ.
template <typename T>
std::string first_difference(const char* table, const std::vector<T>& expected, const std::vector<T>& found,
                             std::vector<T> engine::Effects::*rows) {
  const auto bytes = [rows](const T& row) {
    engine::Effects one;
    (one.*rows).push_back(row);
    std::string text;
    engine::append_canonical(text, one, {});
    return text;
  };
  for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
    if (bytes(expected[i]) != bytes(found[i])) {
      return std::string(table) + " row " + std::to_string(i + 1) + " differs";
    }
  }
  if (expected.size() != found.size()) {
    return std::string(table) + ": " + std::to_string(expected.size()) + " rows expected, " +
           std::to_string(found.size()) + " found";
  }
  return "";
}

}  // namespace

/// One connection's view of the world.
class MemoryLedger : public engine::LedgerStore {
 public:
  explicit MemoryLedger(MemoryWorld& world) : world_(world) {}

  ApplyOutcome apply(const BatchKey& key, std::span<const engine::RunWrites> runs) override {
    if (!world_.making_late_) {
      return world_.apply(key, runs);
    }
    // A copy: the sender's memory moves on.
    auto copy = std::make_shared<std::vector<engine::RunWrites>>(runs.begin(), runs.end());
    auto states = std::make_shared<std::deque<engine::RunState>>();
    for (engine::RunWrites& one : *copy) {
      one.state = &states->emplace_back(*one.state);
    }
    world_.in_flight_.push_back({key, [&world = world_, key, copy, states] { return world.apply(key, *copy); }});
    return {ApplyStatus::unknown, {}, {}, "planted"};
  }
  ApplyOutcome start_run(const BatchKey& key, const engine::NewRun& run, const engine::RunWrites& writes) override {
    if (!world_.making_late_) {
      return world_.start(key, run, writes);
    }
    auto state = std::make_shared<engine::RunState>(*writes.state);
    auto copy = std::make_shared<engine::RunWrites>(writes);
    copy->state = state.get();
    world_.in_flight_.push_back(
        {key, [&world = world_, key, run, copy, state] { return world.start(key, run, *copy); }});
    return {ApplyStatus::unknown, {}, {}, "planted"};
  }
  engine::BatchFate read_back(const BatchKey& key, int shard) override { return world_.read_back(key, shard); }
  ApplyOutcome fail_run(const BatchKey& key, RunKey run, const std::string& /*reason*/) override {
    if (!world_.making_late_) {
      return world_.fail(key, run);
    }
    world_.in_flight_.push_back({key, [&world = world_, key, run] { return world.fail(key, run); }});
    return {ApplyStatus::unknown, {}, {}, "planted"};
  }

  Result<RunId> allocate_run_id() override { return RunId{++world_.last_run_}; }
  Result<engine::LoadedRuns> load_runs(std::span<const int> shards) override {
    engine::LoadedRuns loaded;
    for (const auto& [key, run] : world_.runs_) {
      if (std::find(shards.begin(), shards.end(), engine::shard_of(key.user)) != shards.end()) {
        load(key, run, loaded);
      }
    }
    return loaded;
  }
  Result<engine::LoadedRuns> load_run(RunKey run) override {
    engine::LoadedRuns loaded;
    if (const auto found = world_.runs_.find(run); found != world_.runs_.end()) {
      load(run, found->second, loaded);
    }
    return loaded;
  }
  Result<engine::Market> load_market(FeedId feed, Time time) override {
    const StoredFeed& stored = world_.feeds_.at(feed);
    engine::Market market;
    for (const engine::Instrument& instrument : stored.instruments) {
      market.add_instrument(instrument);
    }
    for (const engine::Tick& tick : stored.ticks) {
      if (tick.time <= time) {
        market.apply(tick);
      }
    }
    return market;
  }
  Result<std::vector<engine::Tick>> load_ticks(FeedId feed, Time after, int limit) override {
    const std::vector<engine::Tick>& ticks = world_.feeds_.at(feed).ticks;
    const auto from = std::upper_bound(ticks.begin(), ticks.end(), after,
                                       [](Time time, const engine::Tick& tick) { return time < tick.time; });
    const auto count = std::min<std::ptrdiff_t>(limit, ticks.end() - from);
    return std::vector<engine::Tick>(from, from + count);
  }
  Result<engine::StandingOrders> load_standing_orders(std::int64_t after) override {
    const std::vector<engine::StandingOrder>& all = world_.standing_;
    engine::StandingOrders standing;
    standing.orders.assign(all.begin() + std::min<std::ptrdiff_t>(after, std::ssize(all)), all.end());
    standing.revision = std::ssize(all);
    return standing;
  }
  Result<std::optional<engine::StoredCommand>> find_command(UserId user, const std::string& request_id) override {
    return world_.command(user, request_id);
  }

 private:
  void load(RunKey key, const MemoryWorld::Run& run, engine::LoadedRuns& loaded) const {
    if (run.status != "RUNNING") {
      return;
    }
    if (run.tampered != 0) {
      loaded.unloadable.push_back({key, "its state is not the one that was written", false});
      return;
    }
    engine::LoadedRun one;
    one.state = run.state;
    one.state.targets.clear();
    one.state.strategy = engine::load_strategy(engine::save(run.state.strategy), run.state.trading_state).value();
    one.feed = run.feed;
    one.start_time = run.start_time;
    if (const auto ids = world_.request_ids_.find(key.user); ids != world_.request_ids_.end()) {
      one.request_ids = ids->second;
    }
    loaded.runs.push_back(std::move(one));
  }

  MemoryWorld& world_;
};

MemoryWorld::MemoryWorld(std::uint64_t seed, bool planted) : entropy_(seed), planted_(planted) {}

std::uint64_t MemoryWorld::chance() {
  Random random(entropy_);
  entropy_ = random.next();
  return entropy_ >> 32U;
}

UserId MemoryWorld::add_user() {
  // Some share a shard, some don't.
  ++users_;
  return UserId{users_ % 3 == 0 ? users_ * engine::kShardCount : users_ * 5};
}

FeedId MemoryWorld::add_feed() {
  const FeedId id{static_cast<std::int64_t>(feeds_.size()) + 1};
  feeds_[id].id = id;
  return id;
}

void MemoryWorld::add_instrument(FeedId feed, const engine::Instrument& instrument) {
  feeds_.at(feed).instruments.push_back(instrument);
}

void MemoryWorld::store_tick(FeedId feed, const engine::Tick& tick) { feeds_.at(feed).ticks.push_back(tick); }

void MemoryWorld::log_foreign_command(UserId user, const std::string& request_id) {
  log_[{user, request_id}] = {"user.set_limits", "{}", "{}", true};
  request_ids_[user].push_back(request_id);
}

engine::StandingOrder MemoryWorld::add_standing_order(UserId user, engine::TradingState state) {
  engine::StandingOrder& order = standing_.emplace_back();
  order.user = user;
  order.state = state;
  order.revision = std::ssize(standing_);
  order.cause = "standing " + std::to_string(order.revision);
  return order;
}

bool MemoryWorld::is_halted(UserId user) const {
  const auto state = [this](UserId of) {
    const auto last =
        std::find_if(standing_.rbegin(), standing_.rend(), [of](const auto& order) { return order.user == of; });
    return last == standing_.rend() ? engine::TradingState::active : last->state.value();
  };
  return state(user) == engine::TradingState::halted || state(UserId{0}) == engine::TradingState::halted;
}

std::int64_t MemoryWorld::take_lease() {
  settle_in_flight();
  shards_.clear();
  ++epoch_;
  settle_in_flight();
  return epoch_;
}

std::unique_ptr<engine::LedgerStore> MemoryWorld::open_ledger() { return std::make_unique<MemoryLedger>(*this); }

/// A part of what is under way arrives now, the rest some time later, or never.
void MemoryWorld::settle_in_flight() {
  for (std::size_t left = in_flight_.size(); left > 0; --left) {
    InFlight statement = std::move(in_flight_.front());
    in_flight_.pop_front();
    switch (chance() % 3) {
      case 0:
        late_refused_ += statement.arrive().status == ApplyStatus::committed ? 0 : 1;
        break;
      case 1:
        in_flight_.push_back(std::move(statement));
        break;
      default:
        break;
    }
  }
}

void MemoryWorld::heal() {
  settle_in_flight();
  in_flight_.clear();
  poisoned_.clear();
}

// --- Writes

ApplyOutcome MemoryWorld::pass_fence(const BatchKey& key, const std::set<int>& shards) {
  if (key.epoch != epoch_) {
    return {ApplyStatus::fenced, {}, "TD001", "fenced"};
  }
  for (const int shard : shards) {
    if (std::max(shards_[shard].last, shards_[shard].burned) >= key.number) {
      return rejected("TD003", "the batch was written or given up before");
    }
  }
  return {};
}

ApplyOutcome MemoryWorld::apply(const BatchKey& key, std::span<const engine::RunWrites> batch) {
  std::set<int> shards;
  for (const engine::RunWrites& one : batch) {
    shards.insert(engine::shard_of(one.key.user));
  }
  ApplyOutcome outcome = pass_fence(key, shards);
  if (outcome.status != ApplyStatus::committed) {
    return outcome;
  }
  std::vector<std::pair<Run*, const engine::RunWrites*>> claimed;
  for (const engine::RunWrites& one : batch) {
    const auto run = runs_.find(one.key);
    if (run == runs_.end() || run->second.status != "RUNNING" ||
        run->second.state.version + run->second.tampered != one.expected_version ||
        run->second.state.last_time > one.state->last_time) {
      outcome.refused.push_back(one.key);
      continue;
    }
    if (poisoned_.contains(one.key)) {
      return rejected("23514");
    }
    for (const engine::CommandRecord& command : one.commands) {
      if (log_.contains({one.key.user, command.request_id})) {
        return rejected("23505", "duplicate key value violates unique constraint \"command_log_pkey\"");
      }
    }
    if (is_halted(one.key.user) && has_traded(run->second, one)) {
      return rejected("TD006", "trading is halted");
    }
    claimed.emplace_back(&run->second, &one);
  }
  for (const auto& [run, one] : claimed) {
    check_rows(*run, *one);
    write(*run, *one);
  }
  for (const int shard : shards) {
    shards_[shard].last = key.number;
  }
  return outcome;
}

ApplyOutcome MemoryWorld::start(const BatchKey& key, const engine::NewRun& row, const engine::RunWrites& writes) {
  const int shard = engine::shard_of(row.key.user);
  ApplyOutcome outcome = pass_fence(key, {shard});
  if (outcome.status != ApplyStatus::committed) {
    return outcome;
  }
  for (auto one = runs_.lower_bound({row.key.user, {}}); one != runs_.end() && one->first.user == row.key.user; ++one) {
    if (one->second.status == "RUNNING") {
      return rejected("23505", "duplicate key value violates unique constraint \"strategy_run_one_running_idx\"");
    }
  }
  for (const engine::CommandRecord& command : writes.commands) {
    if (log_.contains({row.key.user, command.request_id})) {
      return rejected("23505", "duplicate key value violates unique constraint \"command_log_pkey\"");
    }
  }
  require(!runs_.contains(row.key), "a run's number was given twice");
  Run& run = runs_[row.key];
  run.feed = row.feed;
  run.start_time = row.start_time;
  run.initial_cash = row.initial_cash;
  run.config = row.config;
  run.state.key = row.key;
  check_rows(run, writes);
  write(run, writes);
  shards_[shard].last = key.number;
  return outcome;
}

ApplyOutcome MemoryWorld::fail(const BatchKey& key, RunKey failed) {
  const int shard = engine::shard_of(failed.user);
  ApplyOutcome outcome = pass_fence(key, {shard});
  if (outcome.status != ApplyStatus::committed) {
    return outcome;
  }
  if (const auto run = runs_.find(failed); run != runs_.end() && run->second.status == "RUNNING") {
    run->second.status = "ERROR";
    poisoned_.erase(failed);
  }
  shards_[shard].last = key.number;
  return outcome;
}

engine::BatchFate MemoryWorld::read_back(const BatchKey& key, int shard) {
  // It waits for the transaction, where that has come far enough to have the lock.
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const InFlight& statement) {
    return statement.key.epoch == key.epoch && statement.key.number == key.number;
  });
  if (found != in_flight_.end() && chance() % 2 == 0) {
    const InFlight statement = std::move(*found);
    in_flight_.erase(found);
    static_cast<void>(statement.arrive());
  }
  if (key.epoch != epoch_) {
    return engine::BatchFate::fenced;
  }
  if (shards_[shard].last == key.number) {
    return engine::BatchFate::committed;
  }
  shards_[shard].burned = std::max(shards_[shard].burned, key.number);
  return engine::BatchFate::absent;
}

void MemoryWorld::write(Run& run, const engine::RunWrites& one) {
  run.state = *one.state;
  if (planted_ && one.effects.equity.size() == 1 && chance() % 512 == 0) {
    return;
  }
  append(run.effects.orders, one.effects.orders);
  append(run.effects.trades, one.effects.trades);
  append(run.effects.positions, one.effects.positions);
  append(run.effects.cash, one.effects.cash);
  append(run.effects.marks, one.effects.marks);
  append(run.effects.equity, one.effects.equity);
  append(run.effects.events, one.effects.events);
  run_ticks_ += static_cast<std::int64_t>(one.effects.equity.size());
  for (const engine::Event& event : one.effects.events) {
    require(
        run.event_keys.insert(std::string(to_text(event.type)) + "/" + std::to_string(event.time.us) + "/" + event.key)
            .second,
        "an event twice");
  }
  for (const engine::CommandRecord& command : one.commands) {
    log_[{one.key.user, command.request_id}] = {command.method, command.arguments, command.result, command.ok};
    request_ids_[one.key.user].push_back(command.request_id);
    run.commands.push_back({command.request_id, command.method, command.version, command.time, command.ok,
                            command.result, command.arguments});
  }
  if (!one.state->running) {
    run.status = "STOPPED";
  }
}

// --- The rules of the rows

void MemoryWorld::check_rows(const Run& run, const engine::RunWrites& one) const {
  require(one.state->version >= run.state.version, "a version went back");
  check_cash(run, one);
  check_orders(run, one);
  check_curve(run, one);
}

void MemoryWorld::check_cash(const Run& run, const engine::RunWrites& one) {
  Money balance = run.effects.cash.empty() ? Money{} : run.effects.cash.back().balance;
  auto seq = static_cast<std::int64_t>(run.effects.cash.size());
  for (const engine::CashMoved& moved : one.effects.cash) {
    balance += moved.amount;
    require(moved.seq == ++seq, "cash rows don't count up");
    require(moved.balance == balance && !balance.is_negative(), "a cash row's balance");
  }
  require(one.state->cash == balance, "cash is not the sum of its movements");
  Money traded;
  for (const engine::Trade& trade : one.effects.trades) {
    traded += (trade.side == engine::Side::buy ? -trade.notional : trade.notional) - trade.fee;
  }
  for (const engine::CashMoved& moved : one.effects.cash) {
    traded -= moved.trade.value != 0 ? moved.amount : Money{};
  }
  require(traded.is_zero(), "trades and their cash differ");
}

void MemoryWorld::check_orders(const Run& run, const engine::RunWrites& one) {
  Money reserved;
  for (const engine::Order& order : one.state->open_orders) {
    require(is_open(order) && !order.reserved.is_negative(), "an open order");
    reserved += order.reserved;
  }
  require(reserved == one.state->reserved, "reserved is not the sum of the open orders");
  std::map<std::int64_t, engine::OrderStatus> known;
  for (const engine::Order& order : run.state.open_orders) {
    known[order.id.value] = order.status;
  }
  std::int64_t next = run.state.next_order;
  for (const engine::Order& order : one.effects.orders) {
    const auto before = known.find(order.id.value);
    require(before != known.end() || order.id.value == next++, "an order's number, or a change of a finished order");
    require(before == known.end() || may_become(before->second, order.status), "an order's transition");
    require(order.filled <= order.quantity || order.status == engine::OrderStatus::rejected, "overfilled");
    known[order.id.value] = order.status;
  }
  std::int64_t trade_id = run.state.next_trade;
  for (const engine::Trade& trade : one.effects.trades) {
    require(trade.id.value == trade_id++, "trades don't count up");
    require(known.contains(trade.order.value), "a trade without its order");
  }
}

void MemoryWorld::check_curve(const Run& run, const engine::RunWrites& one) {
  Time last = run.effects.equity.empty() ? kTimeMin : run.effects.equity.back().time;
  require(one.effects.marks.size() == one.effects.equity.size(), "marks and equity points");
  for (std::size_t i = 0; i < one.effects.equity.size(); ++i) {
    const engine::EquityPoint& point = one.effects.equity[i];
    require(point.time > last, "a logical time twice");
    require(point.equity == point.cash + point.mtm, "equity is cash and marks");
    require(one.effects.marks[i].time == point.time && one.effects.marks[i].market_value == point.mtm, "a mark");
    last = point.time;
  }
}

// --- Faults

ApplyOutcome MemoryWorld::strike(Fault fault, const BatchKey& /*key*/, std::span<const RunKey> /*runs*/,
                                 const std::function<ApplyOutcome()>& send) {
  switch (fault) {
    case Fault::unavailable:
      return {ApplyStatus::unavailable, {}, {}, "planted"};
    case Fault::lost_absent:
      return {ApplyStatus::unknown, {}, {}, "planted"};
    case Fault::lost_committed: {
      ApplyOutcome outcome = send();
      return outcome.status == ApplyStatus::committed ? ApplyOutcome{ApplyStatus::unknown, {}, {}, "planted"} : outcome;
    }
    case Fault::late: {
      making_late_ = true;
      ApplyOutcome outcome = send();
      making_late_ = false;
      return outcome;
    }
    case Fault::deadlock:
      return rejected("40P01");
    case Fault::serialization:
      return rejected("40001");
    case Fault::lock_timeout:
      return rejected("55P03");
    case Fault::statement_timeout:
      return rejected("57014");
    case Fault::shutdown:
      return rejected("57P01");
    case Fault::disk_full:
      return rejected("53100");
    case Fault::no_permission:
      return rejected("42501");
    case Fault::read_only:
      return rejected("25006");
    default:
      return send();
  }
}

bool MemoryWorld::tamper(RunKey key) {
  const auto run = runs_.find(key);
  if (run == runs_.end() || run->second.status != "RUNNING") {
    return false;
  }
  run->second.tampered = 1'000'000;
  return true;
}

std::optional<std::int64_t> MemoryWorld::stop_behind(RunKey key) {
  const auto run = runs_.find(key);
  if (run == runs_.end() || run->second.status != "RUNNING") {
    return std::nullopt;
  }
  run->second.status = "STOPPED";
  poisoned_.erase(key);
  return run->second.state.version;
}

bool MemoryWorld::delete_behind(RunKey key) {
  if (!stop_behind(key)) {
    return false;
  }
  runs_.erase(key);
  return true;
}

// --- Inspection

std::optional<engine::StoredCommand> MemoryWorld::command(UserId user, const std::string& request_id) {
  const auto found = log_.find({user, request_id});
  return found == log_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<FoundRun> MemoryWorld::runs() {
  std::vector<FoundRun> found;
  for (const auto& [key, run] : runs_) {
    found.push_back({key, run.feed, run.status, run.start_time, run.initial_cash, run.state.version, run.config});
  }
  return found;
}

std::vector<FoundCommand> MemoryWorld::commands(RunKey run) { return runs_.at(run).commands; }

std::string MemoryWorld::difference(const engine::RunWrites& expected) {
  const Run& run = runs_.at(expected.key);
  const engine::Effects& wanted = expected.effects;
  const engine::Effects& found = run.effects;
  for (const std::string& difference : {
           first_difference("paper_order", wanted.orders, found.orders, &engine::Effects::orders),
           first_difference("paper_trade", wanted.trades, found.trades, &engine::Effects::trades),
           first_difference("paper_position", wanted.positions, found.positions, &engine::Effects::positions),
           first_difference("cash_ledger", wanted.cash, found.cash, &engine::Effects::cash),
           first_difference("mtm_ledger", wanted.marks, found.marks, &engine::Effects::marks),
           first_difference("paper_equity_curve", wanted.equity, found.equity, &engine::Effects::equity),
           first_difference("event_ledger", wanted.events, found.events, &engine::Effects::events),
       }) {
    if (!difference.empty()) {
      return difference;
    }
  }
  if (expected.state->digest != run.state.digest) {
    return "the rolling digest differs";
  }
  return digest_of_state(*expected.state) == digest_of_state(run.state) ? "" : "engine_state differs";
}

std::string MemoryWorld::broken_invariants() { return ""; }  // check_rows has looked at each batch

}  // namespace tradingd::sim
