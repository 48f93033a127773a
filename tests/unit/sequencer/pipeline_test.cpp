// What a pipeline does when the ledger misbehaves at an exact moment.

#include "daemon/sequencer/pipeline.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/sequencer/memory_ledger.h"

namespace tradingd {
namespace {

using sequencer::CommandReply;
using sequencer::FailureKind;
using test::Fault;

constexpr FeedId kFeed{1};

engine::Tick tick_at(int day, std::int64_t price) {
  engine::Tick tick;
  tick.time = midnight_utc(Date{day});
  tick.session.date = Date{day};
  const Price at{price * kScale};
  tick.bars.push_back({InstrumentId{0}, at, at, at, at, {}});
  return tick;
}

/// A pipeline over all shards, on a memory ledger with one feed of one symbol.
struct World {
  test::MemoryLedger ledger;
  std::unique_ptr<sequencer::Pipeline> pipeline;
  std::int64_t next_batch = 1;
  int waits_allowed = 1000;
  std::vector<std::string> log;
  int requests = 0;

  World() {
    engine::Instrument instrument;
    instrument.symbol = "AAPL";
    ledger.instruments[kFeed].push_back(instrument);
    ledger.ticks[kFeed].push_back(tick_at(1, 100));
    restart();
  }

  void restart() {
    std::vector<int> shards(engine::kShardCount);
    for (int i = 0; i < engine::kShardCount; ++i) {
      shards[static_cast<std::size_t>(i)] = i;
    }
    sequencer::PipelinePorts ports;
    ports.ledger = &ledger;
    ports.next_batch_number = [this] { return next_batch++; };
    ports.wait = [this](std::chrono::milliseconds) { return waits_allowed-- > 0; };
    ports.log = [this](const std::string& line) { log.push_back(line); };
    pipeline = std::make_unique<sequencer::Pipeline>(shards, 1, std::move(ports));
    BOOST_REQUIRE(pipeline->recover());
  }

  sequencer::CommandHeader header(std::int64_t user, std::string method) {
    return {UserId{user}, 1000, std::move(method), "{}", "request-" + std::to_string(++requests)};
  }

  CommandReply start(std::int64_t user) {
    CommandReply got;
    sequencer::StartCommand command;
    command.header = header(user, "run.start");
    command.feed = kFeed;
    command.strategy = "manual";
    command.config = std::make_shared<engine::RunConfig>();
    command.config_json = "{}";
    command.initial_cash = Money{static_cast<Int128>(10'000) * kScale};
    command.reply = [&](CommandReply reply) { got = std::move(reply); };
    process(std::move(command));
    return got;
  }

  sequencer::RunCommand place(std::int64_t user, std::int64_t quantity, CommandReply& got) {
    sequencer::RunCommand command;
    command.header = header(user, "order.place");
    engine::PlaceOrder order;
    order.symbol = "AAPL";
    order.quantity = Quantity{quantity * kScale};
    command.body = order;
    command.reply = [&got](CommandReply reply) { got = std::move(reply); };
    return command;
  }

  bool process(sequencer::Work work) {
    std::vector<sequencer::Work> batch;
    batch.push_back(std::move(work));
    return pipeline->process(std::move(batch));
  }

  bool tick(int day, std::int64_t price) {
    auto stored = std::make_shared<sequencer::FeedTick>();
    stored->feed = kFeed;
    stored->tick = tick_at(day, price);
    ledger.ticks[kFeed].push_back(stored->tick);
    int done = 0;
    const bool went_on = process(sequencer::TickWork{stored, [&done](bool) { ++done; }});
    BOOST_TEST(done == 1);
    return went_on;
  }

  const test::MemoryLedger::StoredRun& run(std::int64_t user) {
    for (const auto& [key, stored] : ledger.runs) {
      if (key.user == UserId{user}) {
        return stored;
      }
    }
    throw std::logic_error("no such run");
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pipeline)

BOOST_AUTO_TEST_CASE(order_is_answered_after_its_commit) {
  World world;
  BOOST_TEST(!world.start(1).failure.has_value());
  CommandReply reply;
  world.process(world.place(1, 10, reply));
  BOOST_TEST(reply.result["status"] == "FILLED");
  BOOST_TEST(world.run(1).effects.trades.size() == 1U);
  BOOST_TEST(to_string(world.run(1).state.cash) == "9000");
}

BOOST_AUTO_TEST_CASE(each_fault_of_a_commit_leaves_the_tick_exactly_once) {
  for (const Fault fault : {Fault::lost_committed, Fault::lost_absent, Fault::unavailable, Fault::deadlock,
                            Fault::disk_full, Fault::no_permission}) {
    World world;
    world.start(1);
    world.ledger.faults = {fault, fault};
    BOOST_TEST(world.tick(2, 110));
    BOOST_TEST(world.tick(3, 120));
    BOOST_TEST(world.run(1).effects.equity.size() == 2U);
    BOOST_TEST(world.run(1).status == "RUNNING");
    BOOST_TEST((world.ledger.read_backs > 0) == (fault == Fault::lost_committed || fault == Fault::lost_absent));
  }
}

BOOST_AUTO_TEST_CASE(committed_batch_is_never_sent_again) {
  World world;
  world.start(1);
  const int before = world.ledger.writes;
  world.ledger.faults = {Fault::lost_committed};
  world.tick(2, 110);
  BOOST_TEST(world.ledger.writes == before + 1);
}

BOOST_AUTO_TEST_CASE(run_at_fault_goes_to_error_and_the_others_go_on) {
  World world;
  for (std::int64_t user = 1; user <= 7; ++user) {
    world.start(user);
  }
  world.ledger.poison = world.run(4).state.key;
  BOOST_TEST(world.tick(2, 110));
  for (std::int64_t user = 1; user <= 7; ++user) {
    BOOST_TEST(world.run(user).status == (user == 4 ? "ERROR" : "RUNNING"));
    BOOST_TEST(world.run(user).effects.equity.size() == (user == 4 ? 0U : 1U));
  }
  BOOST_TEST(world.pipeline->stats().runs == 6);
  CommandReply reply;
  world.process(world.place(4, 1, reply));
  BOOST_TEST((reply.failure == FailureKind::not_found));
}

BOOST_AUTO_TEST_CASE(run_stopped_behind_its_back_is_dropped) {
  World world;
  world.start(1);
  world.start(2);
  world.ledger.runs.begin()->second.status = "STOPPED";
  BOOST_TEST(world.tick(2, 110));
  BOOST_TEST(world.run(1).status == "STOPPED");
  BOOST_TEST(world.run(1).effects.equity.empty());
  BOOST_TEST(world.run(2).effects.equity.size() == 1U);
  BOOST_TEST(world.pipeline->stats().runs == 1);
}

BOOST_AUTO_TEST_CASE(run_changed_behind_its_back_goes_to_error) {
  World world;
  world.start(1);
  world.ledger.runs.begin()->second.state.version += 5;
  world.tick(2, 110);
  BOOST_TEST(world.run(1).status == "ERROR");
}

BOOST_AUTO_TEST_CASE(repeated_request_gets_the_first_answer) {
  World world;
  world.start(1);
  CommandReply first;
  sequencer::RunCommand command = world.place(1, 10, first);
  const sequencer::CommandHeader header = command.header;
  world.process(std::move(command));

  for (const bool after_restart : {false, true}) {
    if (after_restart) {
      world.restart();
    }
    CommandReply second;
    sequencer::RunCommand again = world.place(1, 10, second);
    again.header = header;
    world.process(std::move(again));
    BOOST_TEST(second.result == first.result);
    CommandReply other;
    sequencer::RunCommand different = world.place(1, 10, other);
    different.header = header;
    different.header.arguments = R"({"quantity":"11"})";
    world.process(std::move(different));
    BOOST_TEST((other.failure == FailureKind::conflict));
  }
  BOOST_TEST(world.run(1).effects.trades.size() == 1U);
}

BOOST_AUTO_TEST_CASE(repeated_request_within_one_batch_gets_the_first_answer) {
  World world;
  world.start(1);
  CommandReply first;
  CommandReply second;
  std::vector<sequencer::Work> batch;
  sequencer::RunCommand command = world.place(1, 10, first);
  sequencer::RunCommand again = world.place(1, 10, second);
  again.header = command.header;
  batch.emplace_back(std::move(command));
  batch.emplace_back(std::move(again));
  const bool went_on = world.pipeline->process(std::move(batch));
  BOOST_TEST(went_on);
  BOOST_TEST(first.result == second.result);
  BOOST_TEST(world.run(1).effects.trades.size() == 1U);
}

BOOST_AUTO_TEST_CASE(request_id_used_elsewhere_is_a_conflict_and_the_run_goes_on) {
  World undisturbed;
  World world;
  for (World* one : {&undisturbed, &world}) {
    one->start(1);
    one->start(2);
    one->tick(2, 110);
  }
  world.ledger.used_elsewhere.insert({UserId{1}, "taken"});
  CommandReply reply;
  CommandReply other;
  std::vector<sequencer::Work> batch;
  auto stored = std::make_shared<sequencer::FeedTick>();
  stored->feed = kFeed;
  stored->tick = tick_at(3, 120);
  world.ledger.ticks[kFeed].push_back(stored->tick);
  undisturbed.tick(3, 120);
  sequencer::RunCommand command = world.place(1, 10, reply);
  command.header.request_id = "taken";
  batch.emplace_back(sequencer::TickWork{stored, [](bool) {}});
  batch.emplace_back(std::move(command));
  batch.emplace_back(world.place(2, 5, other));
  const bool went_on = world.pipeline->process(std::move(batch));
  BOOST_TEST(went_on);
  BOOST_TEST((reply.failure == FailureKind::conflict));
  BOOST_TEST(other.result["status"] == "FILLED");

  for (World* one : {&undisturbed, &world}) {
    BOOST_TEST(one->tick(4, 130));
    BOOST_TEST(one->run(1).status == "RUNNING");
  }
  BOOST_TEST(world.run(1).effects.equity.size() == 3U);
  BOOST_TEST((world.run(1).state.digest == undisturbed.run(1).state.digest));
}

BOOST_AUTO_TEST_CASE(lost_answer_of_a_command_that_was_not_written_is_no_ok) {
  World world;
  world.start(1);
  world.ledger.runs.begin()->second.status = "STOPPED";  // by somebody else
  world.ledger.faults = {Fault::lost_committed};
  CommandReply reply;
  world.process(world.place(1, 10, reply));
  BOOST_TEST(reply.failure.has_value());
}

BOOST_AUTO_TEST_CASE(lost_answer_of_an_id_that_is_another_commands_is_no_ok) {
  World world;
  world.start(1);
  test::MemoryLedger::StoredRun& run = world.ledger.runs.begin()->second;
  run.status = "STOPPED";  // by somebody else, and its rows are therefore held against nothing
  run.commands["taken"] = {"taken", -1, "limits.set", "{}", "{}", true, {}, 0};
  world.ledger.faults = {Fault::lost_committed};
  CommandReply reply;
  sequencer::RunCommand command = world.place(1, 10, reply);
  command.header.request_id = "taken";
  world.process(std::move(command));
  BOOST_TEST(reply.failure.has_value());
}

BOOST_AUTO_TEST_CASE(stop_after_a_lost_answer_is_recognised) {
  World world;
  world.start(1);
  CommandReply first;
  sequencer::RunCommand stop{
      world.header(1, "run.stop"), {}, engine::Stop{"by hand"}, [&](CommandReply reply) { first = std::move(reply); }};
  const sequencer::CommandHeader header = stop.header;
  world.process(std::move(stop));
  BOOST_TEST(world.run(1).status == "STOPPED");
  CommandReply second;
  world.process(sequencer::RunCommand{
      header, {}, engine::Stop{"by hand"}, [&](CommandReply reply) { second = std::move(reply); }});
  BOOST_TEST(!second.failure.has_value());
  BOOST_TEST(second.result == first.result);
}

BOOST_AUTO_TEST_CASE(second_running_run_is_a_conflict) {
  World world;
  BOOST_TEST(!world.start(1).failure.has_value());
  BOOST_TEST((world.start(1).failure == FailureKind::conflict));
}

BOOST_AUTO_TEST_CASE(recovery_steps_through_the_ticks_stored_since) {
  World undisturbed;
  World world;
  for (World* one : {&undisturbed, &world}) {
    one->start(1);
    CommandReply reply;
    one->process(one->place(1, 10, reply));
  }
  for (int day = 2; day < 10; ++day) {
    undisturbed.tick(day, 100 + day);
    world.ledger.ticks[kFeed].push_back(tick_at(day, 100 + day));  // stored; the daemon was killed then
  }
  world.restart();
  BOOST_TEST(world.run(1).effects.equity.size() == 8U);
  BOOST_TEST((world.run(1).state.digest == undisturbed.run(1).state.digest));
}

BOOST_AUTO_TEST_CASE(tick_that_commands_have_passed_is_taken_exactly_once) {
  World world;
  world.start(1);
  for (int i = 0; i < 5; ++i) {
    CommandReply reply;
    BOOST_TEST(world.process(world.place(1, 1, reply)));
  }
  // One microsecond of the feed later; the run's own time is five further.
  auto soon = std::make_shared<sequencer::FeedTick>();
  soon->feed = kFeed;
  soon->tick = tick_at(1, 101);
  soon->tick.time.us += 1;
  world.ledger.ticks[kFeed].push_back(soon->tick);
  const std::int64_t version = world.run(1).state.version;
  BOOST_TEST(world.process(sequencer::TickWork{soon, [](bool) {}}));
  BOOST_TEST(world.run(1).state.version == version + 1);
  BOOST_TEST(world.run(1).state.feed_time.us == soon->tick.time.us);
  BOOST_TEST(world.run(1).state.last_time.us > soon->tick.time.us);
  world.restart();
  BOOST_TEST(world.run(1).state.version == version + 1);
}

BOOST_AUTO_TEST_CASE(fenced_pipeline_writes_nothing_more) {
  World world;
  world.start(1);
  world.ledger.faults = {Fault::fenced};
  BOOST_TEST(!world.tick(2, 110));
  const int before = world.ledger.writes;
  CommandReply reply;
  BOOST_TEST(!world.process(world.place(1, 10, reply)));
  BOOST_TEST((reply.failure == FailureKind::unavailable));
  BOOST_TEST(world.ledger.writes == before);
}

BOOST_AUTO_TEST_CASE(stopping_during_an_outage_answers_and_ends) {
  World world;
  world.start(1);
  world.ledger.faults = std::deque<Fault>(100, Fault::unavailable);
  world.waits_allowed = 3;
  CommandReply reply;
  world.process(world.place(1, 10, reply));
  BOOST_TEST((reply.failure == FailureKind::unavailable));
  BOOST_TEST(world.run(1).effects.trades.empty());
}

engine::StandingOrder halt_of(std::int64_t user, std::int64_t revision,
                              engine::TradingState state = engine::TradingState::halted) {
  engine::StandingOrder order;
  order.user = UserId{user};
  order.state = state;
  order.cause = "a test";
  order.revision = revision;
  return order;
}

/// Gives it to the pipeline as the daemon does after it was stored.
void publish(World& world, const engine::StandingOrder& order) {
  world.ledger.standing.push_back(order);
  auto standing = std::make_shared<engine::StandingOrders>();
  standing->orders.push_back(order);
  bool done = false;
  world.process(sequencer::StandingWork{standing, [&](bool committed) { done = committed; }});
  BOOST_TEST(done);
}

std::size_t state_changes(World& world, std::int64_t user) {
  const auto& events = world.run(user).effects.events;
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const engine::Event& event) {
    return event.type == engine::EventType::trading_state_changed;
  }));
}

BOOST_AUTO_TEST_CASE(a_halt_becomes_an_input_of_the_users_run_once) {
  World world;
  world.start(1);
  world.start(2);
  publish(world, halt_of(1, 5));
  publish(world, halt_of(1, 5));
  BOOST_TEST((world.run(1).state.trading_state == engine::TradingState::halted));
  BOOST_TEST(state_changes(world, 1) == 1U);
  BOOST_TEST(world.run(1).commands.contains("tradingd:user-5-1-2"));
  BOOST_TEST((world.run(2).state.trading_state == engine::TradingState::active));
  CommandReply reply;
  world.process(world.place(1, 10, reply));
  BOOST_TEST(reply.result.at("reason") == "TRADING_HALTED");
  publish(world, halt_of(1, 6, engine::TradingState::active));
  world.process(world.place(1, 10, reply));
  BOOST_TEST(reply.result.at("status") == "FILLED");
}

BOOST_AUTO_TEST_CASE(a_standing_order_that_comes_after_a_later_one_was_read_changes_nothing) {
  World world;
  world.start(1);
  // All three are in the ledger; told of none of them, the pipeline reads them when an order is refused.
  const std::array orders{halt_of(1, 1), halt_of(1, 2, engine::TradingState::active), halt_of(1, 3)};
  world.ledger.standing.assign(orders.begin(), orders.end());
  CommandReply reply;
  world.process(world.place(1, 10, reply));
  BOOST_TEST((reply.failure == FailureKind::conflict));
  for (const engine::StandingOrder& order : orders) {
    publish(world, order);
    world.ledger.standing.pop_back();
    BOOST_TEST((world.run(1).state.trading_state == engine::TradingState::halted));
  }
  BOOST_TEST(state_changes(world, 1) == 1U);
  BOOST_TEST(world.tick(2, 101));
  BOOST_TEST(world.run(1).effects.equity.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_standing_order_that_is_in_force_again_is_carried_out_again) {
  World world;
  world.start(1);
  publish(world, halt_of(1, 1));
  publish(world, halt_of(1, 2, engine::TradingState::active));
  engine::StandingOrder unreadable = halt_of(1, 3);
  unreadable.ceiling.emplace();
  publish(world, unreadable);
  BOOST_TEST((world.run(1).state.trading_state == engine::TradingState::halted));
  // Another version of the daemon can read the limits: the user's own order, of revision 2, holds once more.
  world.ledger.standing.back().state.reset();
  world.restart();
  BOOST_TEST((world.run(1).state.trading_state == engine::TradingState::active));
  BOOST_TEST(state_changes(world, 1) == 4U);
}

BOOST_AUTO_TEST_CASE(everybodys_halt_reaches_each_run_and_those_that_start_under_it) {
  World world;
  world.start(1);
  publish(world, halt_of(0, 3));
  world.start(2);
  for (const std::int64_t user : {1, 2}) {
    BOOST_TEST((world.run(user).state.trading_state == engine::TradingState::halted));
    BOOST_TEST((world.run(user).state.strategy.states.daemon == engine::TradingState::halted));
  }
}

BOOST_AUTO_TEST_CASE(a_halt_in_the_database_itself_is_obeyed_although_nobody_told_the_pipeline) {
  World world;
  world.start(1);
  CommandReply before;
  CommandReply after;
  world.ledger.standing.push_back(halt_of(1, 7));
  world.process(world.place(1, 10, before));
  BOOST_REQUIRE((before.failure == FailureKind::conflict));
  BOOST_TEST(before.message.starts_with("TRADING_HALTED"));
  BOOST_TEST(world.run(1).effects.orders.empty());
  BOOST_TEST(world.run(1).status == "RUNNING");
  BOOST_TEST(state_changes(world, 1) == 1U);
  world.process(world.place(1, 10, after));
  BOOST_TEST(after.result.at("reason") == "TRADING_HALTED");
  BOOST_TEST(world.tick(2, 101));
  BOOST_TEST(world.run(1).effects.equity.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_halt_while_the_database_comes_and_goes_is_waited_out) {
  World world;
  world.start(1);
  CommandReply reply;
  world.ledger.standing.push_back(halt_of(1, 7));
  world.ledger.load_failures = 3;
  world.process(world.place(1, 10, reply));
  BOOST_TEST((reply.failure == FailureKind::conflict));
  BOOST_TEST(state_changes(world, 1) == 1U);
  BOOST_TEST(world.tick(2, 101));
  BOOST_TEST(world.run(1).effects.equity.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_halt_that_no_standing_order_tells_of_takes_the_run_out_and_nobody_else) {
  World world;
  world.start(1);
  world.start(2);
  CommandReply reply;
  sequencer::RunCommand resting = world.place(1, 10, reply);
  auto& order = std::get<engine::PlaceOrder>(resting.body);
  order.type = engine::OrderType::limit;
  order.limit_price = Price{90 * kScale};
  world.process(std::move(resting));
  BOOST_REQUIRE(!reply.failure);
  world.ledger.standing.push_back(halt_of(1, 0));  // by an UPDATE that has passed by the function for it
  BOOST_TEST(world.tick(2, 80));
  BOOST_TEST(world.run(1).status == "RUNNING");
  BOOST_TEST(world.run(1).effects.equity.empty());
  BOOST_TEST(world.run(2).effects.equity.size() == 1U);
  BOOST_TEST(std::any_of(world.log.begin(), world.log.end(), [](const std::string& line) {
    return line.find("for a halt that no standing order tells of") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(a_restart_takes_up_what_was_set_while_nothing_ran) {
  World world;
  world.start(1);
  world.ledger.standing.push_back(halt_of(1, 7));
  engine::StandingOrder limits;
  limits.user = UserId{1};
  limits.revision = 8;
  limits.ceiling = engine::Ceiling{std::make_shared<const engine::Limits>([] {
    engine::Limits some;
    some.max_open_orders = 3;
    return some;
  }())};
  world.ledger.standing.push_back(limits);
  world.ledger.ticks[kFeed].push_back(tick_at(2, 101));
  world.restart();
  const engine::RunState& state = world.run(1).state;
  BOOST_TEST((state.trading_state == engine::TradingState::halted));
  BOOST_TEST(state.strategy.ceiling.limits->max_open_orders.value() == 3);
  // Both came before the tick that the run had missed.
  BOOST_TEST((world.run(1).effects.events.back().time < world.run(1).effects.equity.back().time));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd
