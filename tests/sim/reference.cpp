#include "tests/sim/reference.h"

#include <algorithm>
#include <set>
#include <utility>

#include "daemon/engine/step.h"
#include "daemon/sequencer/standing.h"
#include "tests/unit/engine/model.h"

namespace tradingd::sim {

namespace {

/// The naive model of tests/unit/engine beside the engine.
class Shadow {
 public:
  explicit Shadow(const Configuration& configuration)
      : model_(configuration.rules, configuration.initial_cash), rules_(configuration.rules) {}

  void tick(const engine::Tick& tick) {
    std::vector<model::Row> rows;
    rows.reserve(tick.bars.size());
    for (const engine::Bar& bar : tick.bars) {
      rows.push_back({bar.instrument.value, bar.open, bar.high, bar.low, bar.close, bar.volume});
    }
    model_.tick(tick.session.date.days, tick.session.open, rows, {});
  }
  /// Whether the model has such a thing at all.
  static bool knows(const engine::InputBody& body) {
    const auto* order = std::get_if<engine::PlaceOrder>(&body);
    if (order == nullptr) {
      return !std::holds_alternative<engine::ReplaceOrder>(body);
    }
    const bool plain = order->type == engine::OrderType::market || order->type == engine::OrderType::limit ||
                       order->type == engine::OrderType::stop || order->type == engine::OrderType::stop_limit;
    const bool usual = order->tif == engine::TimeInForce::day || order->tif == engine::TimeInForce::gtc;
    return plain && usual && order->client_order_id.empty() && !order->notional && !order->take_profit &&
           !order->stop_loss && order->oco.value == 0;
  }
  /// Of commands that were applied or refused alike.
  void command(const engine::InputBody& body, const engine::Market& market, engine::TradingState state_after) {
    if (const auto* order = std::get_if<engine::PlaceOrder>(&body)) {
      const engine::Instrument* known = market.find(order->symbol);
      model_.place(known == nullptr ? -1 : known->id.value, order->side == engine::Side::buy, order->quantity,
                   order->limit_price, order->stop_price, order->tif == engine::TimeInForce::gtc);
    } else if (const auto* cancel = std::get_if<engine::CancelOrder>(&body)) {
      static_cast<void>(model_.cancel(cancel->order.value().value));
    } else if (const auto* deposit = std::get_if<engine::Deposit>(&body)) {
      if (deposit->amount.is_positive()) {
        model_.deposit(deposit->amount);
      }
    } else if (const auto* withdrawal = std::get_if<engine::Withdraw>(&body)) {
      if (withdrawal->amount.is_positive()) {
        static_cast<void>(model_.withdraw(withdrawal->amount));
      }
    } else if (std::holds_alternative<engine::SetTradingState>(body)) {
      model_.set_state(std::string(to_text(state_after)));
    } else if (std::holds_alternative<engine::Stop>(body)) {
      model_.stop();
    }
  }
  void check(const engine::RunState& state, const engine::Effects& effects) const {
    require(state.cash == model_.cash(),
            "the model has other cash: " + to_string(model_.cash()) + ", the engine " + to_string(state.cash));
    require(state.reserved == model_.reserved(), "the model has reserved another sum");
    require(effects.trades.size() == model_.trades().size(), "the model has other trades");
    const auto holdings = model::holdings_of(model_.trades(), rules_);
    require(holdings.size() == state.positions.size(), "the model has other positions");
    for (const engine::Position& position : state.positions) {
      const model::Holding& holding = holdings.at(position.instrument.value);
      require(position.quantity == holding.quantity && position.cost == holding.cost &&
                  position.realized_pnl == holding.realized,
              "the model has another position");
    }
    for (std::size_t i = 0; i < effects.trades.size(); ++i) {
      const engine::Trade& trade = effects.trades[i];
      const model::ModelTrade& modelled = model_.trades()[i];
      require(trade.price == modelled.price && trade.quantity == modelled.quantity && trade.fee == modelled.fee,
              "the model has another trade " + std::to_string(i + 1));
    }
    std::vector<std::string> statuses(model_.orders().size());
    for (const engine::Order& order : effects.orders) {
      statuses.at(static_cast<std::size_t>(order.id.value - 1)) =
          std::string(to_text(order.status)) + " " + std::string(code(order.reason));
    }
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      const model::ModelOrder& order = model_.orders()[i];
      require(statuses[i] == order.status + " " + order.reason, "order " + std::to_string(i + 1) + " is " +
                                                                    statuses[i] + ", the model's " + order.status +
                                                                    " " + order.reason);
    }
    if (!effects.equity.empty() && effects.equity.back().time == state.last_time) {
      require(effects.equity.back().equity == model_.equity(), "the model has another equity");
    }
  }

 private:
  model::Model model_;
  model::Rules rules_;
};

class Execution {
 public:
  Execution(World& world, const Sources& sources, const FoundRun& run)
      : clients_(*sources.clients),
        feed_(*sources.feed),
        feed_index_(sources.feed_index),
        standing_(*sources.standing),
        run_(run),
        commands_(world.commands(run.key)) {
    for (const engine::Instrument& instrument : feed_.instruments) {
      market_.add_instrument(instrument);
    }
    for (; next_tick_ < feed_.ticks.size() && feed_.ticks[next_tick_].time <= run.start_time; ++next_tick_) {
      market_.apply(feed_.ticks[next_tick_]);
    }
  }

  void carry_out() {
    start();
    for (std::size_t next = 0; next < commands_.size() || state_.version < run_.version;) {
      if (next < commands_.size() && commands_[next].version <= state_.version + 1 &&
          (commands_[next].version == state_.version || moves_on(commands_[next]))) {
        command(commands_[next++]);
      } else {
        tick();
      }
    }
    require(state_.version == run_.version, name() + " has recorded fewer inputs than it has processed");
    if (run_.status == "RUNNING") {
      require(next_tick_ == feed_.ticks.size(), name() + " is RUNNING and has not seen all ticks");
      const engine::TradingStates& states = state_.strategy.states;
      require(states.user == wanted(run_.key.user) && states.daemon == wanted(UserId{0}),
              name() + " does not obey a standing order");
    }
  }

  [[nodiscard]] engine::RunWrites writes() const {
    engine::RunWrites writes;
    writes.key = run_.key;
    writes.expected_version = 0;
    writes.state = &state_;
    writes.strategy_changed = true;
    writes.effects = effects_;
    writes.market = &market_;
    return writes;
  }
  [[nodiscard]] bool stopped() const { return !state_.running; }
  void check_model() const {
    if (shadow_) {
      shadow_->check(state_, effects_);
    }
  }

 private:
  [[nodiscard]] std::string name() const {
    return "run " + std::to_string(run_.key.run.value) + " of user " + std::to_string(run_.key.user.value);
  }

  /// One that was refused, or found done, keeps the version that it found.
  [[nodiscard]] bool moves_on(const FoundCommand& command) const {
    return command.ok && command.version == state_.version + 1;
  }

  /// What the last standing order for the user (0: everybody) says.
  [[nodiscard]] engine::TradingState wanted(UserId user) const {
    const auto last =
        std::find_if(standing_.rbegin(), standing_.rend(), [user](const auto& order) { return order.user == user; });
    return last == standing_.rend() ? engine::TradingState::active : last->state.value();
  }

  /// Something that somebody did to all of the user's runs, or to everybody's.
  void obey(const FoundCommand& command, Time time) {
    const auto body = sequencer::input_of_standing(command.method, command.arguments);
    const auto* change = body ? std::get_if<engine::SetTradingState>(&*body) : nullptr;
    const bool of_user = change != nullptr && change->scope == engine::Scope::user;
    const auto given = std::find_if(standing_.begin(), standing_.end(), [&](const auto& order) {
      return change != nullptr && order.cause == change->cause && order.state == change->state &&
             order.user == (of_user ? run_.key.user : UserId{0});
    });
    require(given != standing_.end(), name() + " obeys an order that nobody gave: " + command.request_id);
    std::int64_t& obeyed = of_user ? obeyed_of_user_ : obeyed_of_everybody_;
    require(std::exchange(obeyed, given->revision) < given->revision,
            name() + " obeys an order of the past: " + command.request_id);
    require(step({time, &market_, *body}).status == engine::StepStatus::applied,
            name() + ": " + command.request_id + " is refused");
    if (shadow_) {
      shadow_->command(*body, market_, state_.trading_state);
    }
  }

  const Request& request_of(const FoundCommand& command) {
    const Request* request = clients_.find(run_.key.user, command.request_id);
    require(request != nullptr && request->method == command.method,
            name() + " has a command that nobody sent: " + command.request_id);
    require(done_.insert(command.request_id).second, name() + " has a command twice: " + command.request_id);
    require(request->after.empty() || done_.contains(request->after) || !is_mine(request->after),
            name() + " has " + command.request_id + " before " + request->after +
                ", which was answered before it was sent");
    return *request;
  }
  [[nodiscard]] bool is_mine(const std::string& request) const {
    return std::any_of(commands_.begin(), commands_.end(),
                       [&](const FoundCommand& command) { return command.request_id == request; });
  }

  void start() {
    // Orders that stood at its start come with it, and before it.
    const auto started = std::find_if(commands_.begin(), commands_.end(),
                                      [](const FoundCommand& command) { return command.method == "run.start"; });
    require(started != commands_.end(), name() + " has no start in the log");
    require(started->version == 1, name() + ": its start is not the first of its inputs");
    const Request& request = request_of(*started);
    commands_.erase(started);
    require(request.start != nullptr && request.start->initial_cash == run_.initial_cash && request.feed == run_.feed,
            name() + " was started with something else");
    const Time expected = market_.time() == kTimeMin ? midnight_utc({17'999}) : market_.time();
    require(run_.start_time == expected, name() + " starts at another time than its market's");
    state_.key = run_.key;
    state_.config = std::make_shared<const engine::RunConfig>(request.start->config);
    if (request.start->modelled) {
      shadow_.emplace(*request.start);
      for (std::size_t i = 0; i < next_tick_; ++i) {
        shadow_->tick(feed_.ticks[i]);
      }
    }
    require(step({run_.start_time, &market_, engine::Start{run_.initial_cash}}).status == engine::StepStatus::applied,
            name() + ": its start is refused");
  }

  void command(const FoundCommand& command) {
    const Time time = std::max(market_.time(), Time{state_.last_time.us + 1});
    const bool own = command.request_id.starts_with(sequencer::kOwnRequestId);
    const Request* request = own ? nullptr : &request_of(command);
    require(command.time == time, name() + ": " + command.request_id + " at version " +
                                      std::to_string(command.version) + " has the logical time " +
                                      format_time(command.time) + ", its place gives " + format_time(time));
    if (own) {
      obey(command, time);
      return;
    }
    require(feed_index_ >= request->seen.size() || command.time >= request->seen[feed_index_],
            name() + ": " + command.request_id + " came before a tick that was there when it was sent");
    const bool moved = moves_on(command);
    const engine::StepResult result = step({time, &market_, request->body});
    require((result.status == engine::StepStatus::applied) == moved,
            name() + ": " + command.request_id + " goes otherwise");
    require((result.status == engine::StepStatus::refused) == !command.ok,
            name() + ": " + command.request_id + " is refused or not");
    if (!Shadow::knows(request->body)) {
      shadow_.reset();
    }
    if (shadow_) {
      shadow_->command(request->body, market_, state_.trading_state);
    }
  }

  void tick() {
    require(next_tick_ < feed_.ticks.size(), name() + " has recorded more inputs than there were");
    const engine::Tick& tick = feed_.ticks[next_tick_++];
    market_.apply(tick);
    // None is passed over, also where commands have taken the run beyond it.
    const Time time = std::max(tick.time, Time{state_.last_time.us + 1});
    require(step({time, &market_, engine::RunTick{&tick, true, true}}).status == engine::StepStatus::applied,
            name() + " doesn't take a tick");
    if (shadow_) {
      shadow_->tick(tick);
    }
  }

  engine::StepResult step(const engine::Input& input) {
    const engine::EffectsPosition from = position_of(effects_);
    engine::StepResult result = engine::step(state_, input, effects_);
    if (result.status == engine::StepStatus::applied) {
      advance_digest(state_, effects_, from, scratch_);
    }
    return result;
  }

  const Clients& clients_;
  const StoredFeed& feed_;
  std::size_t feed_index_;
  const std::vector<engine::StandingOrder>& standing_;
  const FoundRun& run_;
  std::vector<FoundCommand> commands_;
  std::set<std::string> done_;
  std::int64_t obeyed_of_user_ = 0;  // revisions of the last standing orders
  std::int64_t obeyed_of_everybody_ = 0;
  engine::Market market_;
  std::size_t next_tick_ = 0;
  engine::RunState state_;
  engine::Effects effects_;
  std::optional<Shadow> shadow_;
  std::string scratch_;
};

}  // namespace

void check_run(World& world, const Sources& sources, const FoundRun& run) {
  Execution execution(world, sources, run);
  execution.carry_out();
  const std::string difference = world.difference(execution.writes());
  require(difference.empty(), "run " + std::to_string(run.key.run.value) + " of user " +
                                  std::to_string(run.key.user.value) + ": " + difference);
  execution.check_model();
}

}  // namespace tradingd::sim
