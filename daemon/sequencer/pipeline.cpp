#include "daemon/sequencer/pipeline.h"

#include <algorithm>

#include "daemon/base/failpoint.h"
#include "daemon/sequencer/pipeline_parts.h"
#include "daemon/sequencer/rows.h"

namespace tradingd::sequencer {

namespace {

std::uint64_t hash_of(const std::string& request_id) { return std::hash<std::string>{}(request_id); }

CommandReply failure(FailureKind kind, std::string message) {
  CommandReply reply;
  reply.failure = kind;
  reply.message = std::move(message);
  return reply;
}

constexpr const char* kGivenUp =
    "the ledger can't be reached; whether the command was carried out shows when it is back: "
    "repeat it with the same request id";

}  // namespace

Pipeline::Pipeline(std::vector<int> shards, std::int64_t epoch, PipelinePorts ports)
    : shards_(std::move(shards)), epoch_(epoch), ports_(std::move(ports)) {}

Pipeline::~Pipeline() = default;

// --- Runs and feeds in memory

Pipeline::Slot* Pipeline::find_slot(UserId user, std::optional<RunId> run) {
  const auto found = slots_.lower_bound(RunKey{user, run.value_or(RunId{0})});
  if (found == slots_.end() || found->first.user != user || (run && found->first.run != *run)) {
    return nullptr;
  }
  return found->second.get();
}

Pipeline::Feed* Pipeline::feed_of(FeedId id, Time time) {
  auto& feed = feeds_[id];
  if (!feed) {
    Result<engine::Market> market = ports_.ledger->load_market(id, time);
    if (!market) {
      feeds_.erase(id);
      const LogScope scope{{"FEED_ID", std::to_string(id.value)}};
      ports_.log("can't load feed " + std::to_string(id.value) + ": " + market.error().message);
      return nullptr;
    }
    feed = std::make_unique<Feed>(id, std::move(market).value());
  }
  return feed.get();
}

Pipeline::Slot& Pipeline::insert(engine::LoadedRun loaded, Feed& feed) {
  auto slot = std::make_unique<Slot>();
  slot->state = std::move(loaded.state);
  slot->feed = &feed;
  for (const std::string& id : loaded.request_ids) {
    slot->requests.insert(hash_of(id));
  }
  const RunKey key = slot->state.key;
  const auto by_key = [](const Slot* a, const RunKey& b) { return a->state.key < b; };
  feed.runs.insert(std::lower_bound(feed.runs.begin(), feed.runs.end(), key, by_key), slot.get());
  Slot& inserted = *(slots_[key] = std::move(slot));
  stats_.runs = static_cast<std::int64_t>(slots_.size());
  return inserted;
}

void Pipeline::remove(Slot& slot) {
  std::erase(slot.feed->runs, &slot);
  slots_.erase(RunKey{slot.state.key});
  stats_.runs = static_cast<std::int64_t>(slots_.size());
}

// --- Work

bool Pipeline::process(std::vector<Work> batch) {
  for (Work& work : batch) {
    std::visit([this](auto& one) { process_one(one); }, work);
    commit_if_large();
  }
  commit();
  return end_ != CommitEnd::fenced;
}

void Pipeline::process_one(TickWork& work) {
  if (work.tick != nullptr && end_ == CommitEnd::done) {
    take(*work.tick);
  }
  done_.push_back(std::move(work.done));  // after the steps: a large tick commits on the way
}

void Pipeline::process_one(StandingWork& work) {
  if (end_ == CommitEnd::done) {
    for (const engine::StandingOrder& order : work.standing->orders) {
      standings_.take(order);
    }
    std::vector<RunKey> concerned;
    for (const auto& [key, slot] : slots_) {
      if (!standings_.missing(slot->state).empty()) {
        concerned.push_back(key);
      }
    }
    for (const RunKey key : concerned) {
      if (const auto slot = slots_.find(key); slot != slots_.end() && end_ == CommitEnd::done) {
        obey(*slot->second, slot->second->feed->market);
        commit_if_large();
      }
    }
  }
  done_.push_back(std::move(work.done));
}

void Pipeline::take(const FeedTick& tick) {
  const auto found = feeds_.find(tick.feed);
  if (found == feeds_.end()) {
    return;  // no run of ours on this feed: its view is loaded when one starts
  }
  Feed& feed = *found->second;
  for (const engine::Instrument& instrument : tick.new_instruments) {
    if (static_cast<std::size_t>(instrument.id.value) == feed.market.instruments().size()) {
      feed.market.add_instrument(instrument);
    }
  }
  this->tick(feed, tick.tick);
}

void Pipeline::tick(Feed& feed, const engine::Tick& tick) {
  if (tick.time <= feed.market.time()) {
    return;  // the view was loaded when this tick had been stored already
  }
  feed.market.apply(tick);
  // By index: a commit on the way may take runs out.
  for (std::size_t i = 0; i < feed.runs.size(); ++i) {
    Slot& slot = *feed.runs[i];
    FAILPOINT("tick.before_step");
    static_cast<void>(step(slot, tick_input(slot.state, feed.market, tick)));
    FAILPOINT("tick.gathered");
    if (batch_steps_ >= kBatchStepsMax) {
      const RunKey last = slot.state.key;
      commit();
      const auto next = std::upper_bound(feed.runs.begin(), feed.runs.end(), last,
                                         [](const RunKey& a, const Slot* b) { return a < b->state.key; });
      i = static_cast<std::size_t>(next - feed.runs.begin()) - 1;
    }
    if (end_ != CommitEnd::done) {
      return;
    }
  }
}

engine::StepResult Pipeline::step(Slot& slot, const engine::Input& input) {
  const engine::StrategyState before = slot.state.strategy;
  engine::RunWrites& writes = writes_of(slot);
  const engine::EffectsPosition from = position_of(writes.effects);
  engine::StepResult result = engine::step(slot.state, input, writes.effects);
  FAILPOINT("tick.decided");
  if (result.status == engine::StepStatus::applied) {
    advance_digest(slot.state, writes.effects, from, scratch_);
    writes.strategy_changed = writes.strategy_changed || slot.state.strategy != before;
    ++stats_.steps;
    // A step that places many orders counts for as many: batches are bounded by their rows.
    batch_steps_ += 1 + static_cast<std::int64_t>(writes.effects.orders.size() - from.orders);
  }
  return result;
}

engine::RunWrites& Pipeline::writes_of(Slot& slot) {
  if (slot.writes < 0) {
    if (writes_used_ == writes_.size()) {
      writes_.emplace_back();
    }
    engine::RunWrites& fresh = writes_[writes_used_];
    fresh.key = slot.state.key;
    fresh.expected_version = slot.state.version;
    fresh.state = &slot.state;
    fresh.market = &slot.feed->market;
    slot.writes = static_cast<std::ptrdiff_t>(writes_used_++);
  }
  return writes_[static_cast<std::size_t>(slot.writes)];
}

bool Pipeline::repeat_of_earlier(const CommandHeader& header, const Slot* slot, CommandCallback& reply) {
  if (slot != nullptr && slot->knows_requests && !slot->requests.contains(hash_of(header.request_id))) {
    return false;
  }
  const bool in_batch = std::any_of(replies_.begin(), replies_.end(), [&](const PendingReply& pending) {
    return pending.key.user == header.user && pending.request_id == header.request_id;
  });
  if (in_batch) {
    commit();
  }
  const auto found = ports_.ledger->find_command(header.user, header.request_id);
  if (!found) {
    reply(failure(FailureKind::unavailable, "the ledger can't be reached: " + found.error().message));
    return true;
  }
  if (!found->has_value()) {
    return false;
  }
  const engine::StoredCommand& stored = **found;
  if (!is_command(stored, header.method, header.arguments)) {
    reply(failure(FailureKind::conflict, "request id " + header.request_id +
                                             " was used for another command; take a new one for each command"));
    return true;
  }
  reply(reply_from_log(stored));
  return true;
}

void Pipeline::process_one(RunCommand& work) {
  if (end_ != CommitEnd::done) {
    work.reply(failure(FailureKind::unavailable, kGivenUp));
    return;
  }
  Slot* slot = find_slot(work.header.user, work.run);
  if (repeat_of_earlier(work.header, slot, work.reply)) {
    return;
  }
  FAILPOINT("command.request_new");
  slot = find_slot(work.header.user, work.run);  // a commit on the way may have taken it out
  if (slot == nullptr) {
    work.reply(failure(FailureKind::not_found, work.run ? "run " + std::to_string(work.run->value) + " is not RUNNING"
                                                        : "there is no RUNNING run; start one: tradectl run start"));
    return;
  }
  const engine::Input input{next_command_time(slot->state, slot->feed->market), &slot->feed->market,
                            std::move(work.body)};
  const engine::StepResult result = step(*slot, input);
  FAILPOINT("command.stepped");
  engine::RunWrites& writes = writes_of(*slot);

  CommandReply reply;
  if (result.status == engine::StepStatus::refused) {
    std::string message{engine::info(result.reason).text};
    message += result.detail.empty() ? "" : " (" + result.detail + ")";
    reply = failure(result.reason == engine::Reason::order_not_found ? FailureKind::not_found : FailureKind::refused,
                    std::string(engine::code(result.reason)) + ": " + message);
  } else {
    reply.result = result_row(*slot, writes, input, result);
  }
  if (std::holds_alternative<engine::Stop>(input.body) && !slot->state.running) {
    writes.end_reason = std::get<engine::Stop>(input.body).cause;
  }
  record(writes, work.header, reply, input.time);
  slot->requests.insert(hash_of(work.header.request_id));
  replies_.push_back({slot->state.key, work.header.request_id, std::move(reply), std::move(work.reply)});
  if (!slot->state.running) {
    commit();
  }
}

nlohmann::json Pipeline::result_row(const Slot& slot, const engine::RunWrites& writes, const engine::Input& input,
                                    const engine::StepResult& result) {
  if (std::holds_alternative<engine::Deposit>(input.body) || std::holds_alternative<engine::Withdraw>(input.body)) {
    return cash_row(writes.effects.cash.back());
  }
  if (result.order.value != 0) {
    const auto& orders = writes.effects.orders;
    const auto in_batch = std::find_if(orders.rbegin(), orders.rend(),
                                       [&](const engine::Order& order) { return order.id == result.order; });
    if (in_batch != orders.rend()) {
      return order_row(*in_batch, slot.feed->market);
    }
    // Found again by its client id, from an earlier batch: the row may be final and out of memory.
    const auto& open = slot.state.open_orders;
    const auto resting =
        std::find_if(open.begin(), open.end(), [&](const engine::Order& order) { return order.id == result.order; });
    return resting != open.end()
               ? order_row(*resting, slot.feed->market)
               : nlohmann::json{{"order_id", result.order.value}, {"run_id", slot.state.key.run.value}};
  }
  return run_row(slot.state);
}

void Pipeline::record(engine::RunWrites& writes, const CommandHeader& header, const CommandReply& reply, Time time) {
  writes.commands.push_back({header.request_id, header.uid, header.method, header.arguments,
                             (reply.failure ? failure_document(*reply.failure, reply.message) : reply.result).dump(),
                             !reply.failure.has_value(), time, writes.state->version});
}

void Pipeline::process_one(StartCommand& work) {
  if (end_ != CommitEnd::done) {
    work.reply(failure(FailureKind::unavailable, kGivenUp));
    return;
  }
  if (repeat_of_earlier(work.header, nullptr, work.reply)) {
    return;
  }
  if (const Slot* running = find_slot(work.header.user, std::nullopt); running != nullptr) {
    work.reply(failure(FailureKind::conflict,
                       "run " + std::to_string(running->state.key.run.value) +
                           " is RUNNING, and a user has one at a time; stop it first: tradectl run stop"));
    return;
  }
  const Result<RunId> id = ports_.ledger->allocate_run_id();
  Feed* feed = id ? feed_of(work.feed, kTimeMax) : nullptr;
  if (feed == nullptr) {
    work.reply(failure(FailureKind::unavailable, "the ledger can't be reached; try again"));
    return;
  }
  start(work, *id, *feed);
}

void Pipeline::start(StartCommand& work, RunId id, Feed& feed) {
  const Time time = feed.market.time() == kTimeMin ? work.origin : feed.market.time();
  engine::LoadedRun fresh;
  fresh.state.key = {work.header.user, id};
  fresh.state.config = work.config;
  engine::RunWrites writes;
  writes.key = fresh.state.key;
  writes.state = &fresh.state;
  writes.market = &feed.market;
  writes.strategy_changed = true;
  const engine::Input input{time, &feed.market, engine::Start{work.initial_cash}};
  TD_ASSERT(engine::step(fresh.state, input, writes.effects).status == engine::StepStatus::applied);
  advance_digest(fresh.state, writes.effects, {}, scratch_);
  const std::int64_t started = fresh.state.version;
  obey(fresh.state, writes, feed.market);

  CommandReply reply;
  reply.result = run_row(fresh.state);
  reply.result["feed_id"] = feed.id.value;
  reply.result["strategy"] = work.strategy;
  reply.result["name"] = work.name;
  reply.result["initial_cash"] = to_string(work.initial_cash);
  record(writes, work.header, reply, time);
  writes.commands.back().version = started;  // its place among the inputs is before what stood at its start

  const engine::NewRun row{fresh.state.key,  feed.id,          work.strategy,     work.name,
                           work.config_json, work.config_hash, work.initial_cash, time};
  const auto apply = [&](const engine::BatchKey& key) { return ports_.ledger->start_run(key, row, writes); };
  CommitEnd end = CommitEnd::done;
  const engine::ApplyOutcome outcome = settle(apply, {&writes, 1}, end);
  if (end != CommitEnd::done) {
    end_ = end;
    work.reply(failure(FailureKind::unavailable, kGivenUp));
    return;
  }
  if (outcome.status == engine::ApplyStatus::rejected) {
    const bool duplicate = outcome.sqlstate == "23505";
    work.reply(failure(duplicate ? FailureKind::conflict : FailureKind::refused,
                       duplicate ? "the user has a RUNNING run already; stop it first: tradectl run stop"
                                 : "the ledger refused the run: " + outcome.message));
    return;
  }
  // The ids of the user's earlier runs count too.
  Result<engine::LoadedRuns> stored = ports_.ledger->load_run(fresh.state.key);
  const bool knows_requests = stored && !stored->runs.empty();
  fresh.feed = feed.id;
  if (knows_requests) {
    fresh.request_ids = std::move(stored->runs.front().request_ids);
  }
  insert(std::move(fresh), feed).knows_requests = knows_requests;
  FAILPOINT("start.committed");
  work.reply(std::move(reply));
}

}  // namespace tradingd::sequencer
