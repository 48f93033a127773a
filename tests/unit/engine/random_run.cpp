#include "tests/unit/engine/random_run.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tradingd::engine {

namespace {

constexpr std::array<const char*, 6> kSymbols{"AAA", "BBB", "CCC", "AAX", "BBX", "CCX"};
constexpr std::uint32_t kThings = 3;  // each with two names

void require(bool holds, const std::string& what) {
  if (!holds) {
    throw std::runtime_error(what);
  }
}

/// Mixes a word so that its parts are independent (the finaliser of splitmix64).
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

Money whole(std::int64_t amount) { return {static_cast<Int128>(amount) * kScale}; }

}  // namespace

RandomRun::RandomRun(std::uint32_t setup, bool with_plans) : entropy_(mixed(setup)), with_plans_(with_plans) {
  configure();
  state_.config = std::make_shared<RunConfig>(config_);
  for (std::size_t i = 0; i < kSymbols.size(); ++i) {
    Instrument instrument = instrument_;
    instrument.id = {static_cast<std::int32_t>(i)};
    instrument.symbol = kSymbols[i];
    instrument.listed = i < kThings;
    market_.add_instrument(instrument);
  }
  twin_ = restored(state_);
  const Money initial = whole(choose(3) * 50'000);
  accounts_.emplace(rules_, Money{});
  if (!with_plans_) {
    model_.emplace(rules_, initial);
  }
  apply(midnight_utc({day_ - 1}), Start{initial});
}

std::uint32_t RandomRun::choose(std::uint32_t count) {
  const auto chosen = static_cast<std::uint32_t>(entropy_ % count);
  entropy_ = mixed(entropy_);
  return chosen;
}

void RandomRun::configure() {
  config_.fill_at = choose(2) == 0 ? FillAt::close : FillAt::next_open;
  config_.quantity_step = std::array{Quantity{kScale}, Quantity{kScale / 1000}, Quantity{1}}[choose(3)];
  configure_costs();
  configure_instruments();
  if (choose(3) == 0) {
    config_.limits.max_position_quantity = Quantity{(1 + choose(500)) * kScale};
  }
  if (choose(3) == 0) {
    config_.limits.max_position_value = whole(1 + choose(20'000));
  }
  if (choose(3) == 0) {
    config_.limits.max_order_notional = whole(1 + choose(20'000));
  }
  if (choose(3) == 0) {
    config_.limits.max_open_orders = 1 + static_cast<std::int32_t>(choose(5));
  }
  rules_.next_open = config_.fill_at == FillAt::next_open;
  rules_.buffer = config_.market_buffer;
  rules_.max_position = config_.limits.max_position_quantity;
  rules_.max_value = config_.limits.max_position_value;
  if (const std::optional<Money> own = config_.limits.max_order_notional) {
    rules_.max_notional = std::min(*own, rules_.max_notional.value_or(*own));
  }
  if (config_.limits.max_open_orders) {
    rules_.max_open = static_cast<std::size_t>(*config_.limits.max_open_orders);
  }
  if (with_plans_ && choose(3) == 0) {
    config_.limits.max_daily_loss = whole(1 + choose(5'000));
    config_.limits.max_drawdown = Ratio{(1 + choose(50)) * kScale / 100};
    config_.limits.max_daily_orders = 1 + static_cast<std::int32_t>(choose(20));
    config_.limits.max_orders_per_minute = 1 + static_cast<std::int32_t>(choose(5));
    config_.limits.max_gross_exposure = whole(1 + choose(100'000));
    config_.limits.price_collar = Ratio{(1 + choose(100)) * kScale / 100};
  }
  if (with_plans_) {
    add_plans();
  }
}

/// What all instruments have in common.
void RandomRun::configure_instruments() {
  rules_.step = config_.quantity_step;
  rules_.tick = instrument_.tick_size;
  if (choose(3) != 0) {
    return;
  }
  if (choose(2) == 0) {
    rules_.step.units *= 10;
    instrument_.lot = rules_.step;
  }
  if (choose(2) == 0) {
    instrument_.min_quantity = rules_.least_quantity = Quantity{(1 + choose(20)) * kScale};
    instrument_.max_quantity = rules_.most_quantity = Quantity{(20 + choose(100)) * kScale};
  }
  if (choose(2) == 0) {
    instrument_.min_notional = rules_.least_notional = whole(choose(200));
    instrument_.max_notional = rules_.max_notional = whole(2'000 + choose(20'000));
  }
}

/// The commission, a tax on it and a levy on sales; later, perhaps, at other rates.
void RandomRun::configure_fees() {
  const auto version = [this](model::FeeRules& rules) {
    rules.fixed_fee = {choose(2) * choose(300) * kScale / 100};
    rules.fee_rate = {choose(2) * choose(200) * 10'000LL};
    rules.per_share = {choose(2) * choose(10) * kScale / 1000};
    rules.least_fee = {choose(2) * choose(200) * kScale / 100};
    rules.tax = {choose(2) * choose(30) * kScale / 100};
    rules.levy = {choose(2) * choose(100) * 10'000LL};
    FeeComponent commission;
    commission.name = "commission";
    commission.amount = rules.fixed_fee;
    commission.rate = rules.fee_rate;
    commission.per_share = rules.per_share;
    commission.minimum = rules.least_fee;
    if (choose(4) == 0) {
      rules.most_fee = commission.maximum = rules.least_fee + Money{choose(20) * kScale};
    }
    if (choose(3) == 0) {
      const Money half = whole(choose(2'000));
      rules.tiers = {{half, {choose(100) * 10'000LL}}, {half + half, {choose(50) * 10'000LL}}, {kMoneyMax, {10'000}}};
      commission.tiers = {{half, rules.tiers[0].second}, {half + half, rules.tiers[1].second}, {{}, {10'000}}};
    }
    FeeComponent tax;
    tax.name = "tax";
    tax.rate = rules.tax;
    tax.of = {0};
    FeeComponent levy;
    levy.name = "levy";
    levy.rate = rules.levy;
    levy.sides = FeeSides::sells;
    return std::vector<FeeComponent>{commission, tax, levy};
  };
  config_.fee = {"test", {{Date{0}, version(rules_)}}};
  for (int change = 0; change < 2 && choose(2) == 0; ++change) {
    const int from = day_ + (change * 60) + static_cast<int>(choose(60));
    config_.fee.versions.push_back({Date{from}, version(rules_.later_fees[from])});
  }
}

void RandomRun::configure_costs() {
  if (choose(3) != 0) {
    configure_fees();
  }
  instrument_.tick_size = std::array{Price{1}, Price{1}, Price{kScale / 100}, Price{kScale / 20}}[choose(4)];
  switch (choose(4)) {
    case 0:
      rules_.slippage = {choose(500) * 10'000LL};
      config_.slippage = {SlippageKind::basis_points, rules_.slippage};
      break;
    case 1: {
      const std::int64_t ticks = instrument_.tick_size == Price{1} ? choose(500) * 10'000LL : choose(10);
      rules_.slippage_ticks = {ticks * instrument_.tick_size.units};
      config_.slippage = {SlippageKind::ticks, {}, ticks};
      break;
    }
    case 2:
      rules_.impact = {choose(50) * kScale / 100};
      config_.slippage = {SlippageKind::volume_share, rules_.impact};
      break;
    default:
      break;
  }
  if (choose(2) == 0) {
    rules_.volume_cap = {(1 + choose(100)) * kScale / 100};
    config_.volume_cap = rules_.volume_cap;
  }
  if (choose(2) == 0) {
    config_.short_selling = ShortSelling{{(50 + choose(50)) * kScale / 100}, {choose(50) * kScale / 100}};
    rules_.initial_margin = config_.short_selling->initial_margin;
    rules_.maintenance_margin = config_.short_selling->maintenance_margin;
  }
  rules_.fifo = choose(2) == 0;
  config_.cost_basis = rules_.fifo ? CostBasis::fifo : CostBasis::average;
}

Schedule RandomRun::schedule() {
  Schedule schedule;
  schedule.interval = static_cast<Interval>(choose(6));
  schedule.day_of_month = choose(2) == 0 ? kMonthEnd : 1;
  schedule.roll = static_cast<Roll>(choose(4));
  const bool by_month = schedule.interval >= Interval::monthly;
  schedule.rule = schedule.interval == Interval::daily ? DayRule::date
                  : by_month                           ? static_cast<DayRule>(choose(3))
                                                       : static_cast<DayRule>(choose(2));
  schedule.weekday = static_cast<int>(choose(7));
  schedule.nth = choose(3) == 0 ? kLast : 1 + static_cast<int>(choose(4));
  if (choose(3) == 0) {
    schedule.at = DueAt{static_cast<DueAt::From>(choose(3)), static_cast<int>(choose(600))};
  }
  return schedule;
}

void RandomRun::add_plans() {
  config_.strategy = static_cast<StrategyKind>(1 + choose(3));
  if (config_.strategy != StrategyKind::rebalance) {
    SipPlan plan;
    plan.schedule = schedule();
    plan.amount = whole(1 + choose(5'000));
    plan.allocations = {{"AAA", {33'333'333}}, {"BBB", {33'333'333}}, {"CCC", {33'333'334}}};
    plan.deposit = choose(2) == 0;
    plan.catch_up = static_cast<CatchUp>(choose(3));
    plan.value_averaging = choose(4) == 0;
    plan.carry_residue = !plan.value_averaging && choose(3) != 0;
    plan.step_up_rate = Ratio{choose(3) * kScale / 10};
    plan.growth = Ratio{choose(3) * kScale / 100};
    config_.sip = plan;
  }
  if (config_.strategy != StrategyKind::sip) {
    RebalancePlan plan;
    const std::uint32_t triggers = 1 + choose(3);
    if ((triggers & 1U) != 0) {
      plan.schedule = schedule();
    }
    if ((triggers & 2U) != 0) {
      plan.band = Ratio{choose(20) * kScale / 100};
    }
    if (choose(3) == 0) {
      plan.relative_band = Ratio{(1 + choose(60)) * kScale / 100};
      plan.cooldown_days = static_cast<std::int32_t>(choose(40));
    }
    plan.to_edge = choose(3) == 0;
    plan.min_order_notional = whole(choose(200));
    plan.targets = {{"AAA", {50'000'000}}, {"CCC", {40'000'000}}};
    plan.cash_weight = {10'000'000};
    config_.rebalance = plan;
  }
}

RunState RandomRun::restored(const RunState& state) {
  RunState copy = state;
  copy.targets.clear();
  copy.strategy = load_strategy(save(state.strategy), state.trading_state).value();
  return copy;
}

void RandomRun::act(std::uint32_t word) {
  try {
    choose_action(word);
  } catch (const std::exception& error) {
    throw std::runtime_error(error.what() + story());
  }
}

std::string RandomRun::story() const {
  const auto figure = [](const char* name, const auto& value) {
    return value ? std::string(" ") + name + " " + to_string(*value) : std::string();
  };
  const Limits& limits = config_.limits;
  std::string text =
      std::string("\n  given fill_at ") + (rules_.next_open ? "next_open" : "close") + " step " +
      to_string(rules_.step) + " tick " + to_string(rules_.tick) + figure("short_selling", rules_.initial_margin) +
      figure("volume_cap", config_.volume_cap) + figure("max_position", limits.max_position_quantity) +
      figure("max_value", limits.max_position_value) + figure("max_notional", limits.max_order_notional) +
      (rules_.fifo ? " fifo" : "") + " fees " + std::to_string(config_.fee.versions.size()) + " slippage " +
      to_string(rules_.slippage) + "/" + to_string(rules_.slippage_ticks) + "/" + to_string(rules_.impact);
  for (const std::string& line : story_) {
    text += "\n  " + line;
  }
  return text;
}

void RandomRun::choose_action(std::uint32_t word) {
  entropy_ = mixed(word);
  const std::uint32_t kind = choose(100);
  if (kind < 35) {
    tick();
  } else if (kind < 38) {
    old_tick();
  } else if (kind < 80) {
    place();
  } else if (kind < 84) {
    cancel();
  } else if (kind < 88) {
    model_ || choose(2) == 0 ? cancel() : replace();
  } else if (kind < 96) {
    move_cash();
  } else if (kind < 99) {
    set_state();
  } else if (choose(20) == 0) {
    command(Stop{"a test"});
  } else {
    twin_ = restored(twin_);
  }
}

/// Now and then a split, a dividend or a new symbol.
std::vector<model::ModelAction> RandomRun::choose_actions() {
  if (choose(20) != 0) {
    return {};
  }
  const auto thing = static_cast<std::int32_t>(choose(kThings));
  CorporateAction action;
  action.id = ++actions_;
  action.instrument = {named(thing)};
  if (choose(3) == 0) {
    action.kind = ActionKind::dividend;
    action.amount = {(1 + choose(300)) * kScale / 100};
  } else if (choose(8) == 0 && action.instrument.value == thing) {
    action.kind = ActionKind::symbol_change;
    action.successor = {thing + static_cast<std::int32_t>(kThings)};
    renamed_.insert(thing);
    if (model_) {
      model_->rename(thing);
    }
    seen_.insert("a new symbol");
  } else {
    action.numerator = 1 + choose(4);
    action.denominator = choose(3) == 0 ? 1000 : 1 + choose(4);
  }
  tick_.actions.push_back(action);
  if (action.kind == ActionKind::symbol_change) {
    return {};
  }
  return {{thing, action.numerator, action.denominator, action.amount}};
}

std::int32_t RandomRun::named(std::int32_t thing) const {
  return renamed_.contains(thing) ? thing + static_cast<std::int32_t>(kThings) : thing;
}

std::vector<model::Row> RandomRun::rows() const {
  std::vector<model::Row> rows;
  for (const Bar& bar : tick_.bars) {
    rows.push_back({thing_of(bar.instrument), bar.open, bar.high, bar.low, bar.close, bar.volume});
  }
  return rows;
}

void RandomRun::tick() {
  if (choose(3) == 0) {
    day_ += 1 + static_cast<int>(choose(10) == 0 ? choose(70) : choose(2));
    second_ = 0;
  }
  const Time before = tick_.time;
  second_ += 60;
  tick_ = Tick{};
  tick_.time = {midnight_utc({day_}).us + second_ * kMicrosecondsPerSecond};
  if (second_ > 60 && choose(6) == 0) {  // so soon that commands may have passed it
    second_ -= 60;
    tick_.time = {before.us + 1 + choose(3)};
  }
  tick_.session.date = {day_};
  tick_.session.open = choose(6) != 0;
  tick_actions_ = choose_actions();
  std::string line = "tick " + format_time(tick_.time) + (tick_.session.open ? "" : " closed");
  for (const CorporateAction& action : tick_.actions) {
    line += " " + std::string(to_text(action.kind)) + " of " + market_.instrument(action.instrument).symbol + " " +
            std::to_string(action.numerator) + ":" + std::to_string(action.denominator) + " " +
            to_string(action.amount);
  }
  for (std::int32_t thing = 0; thing < 3; ++thing) {
    if (choose(4) == 0 || (thing == 2 && second_ < 120)) {
      continue;
    }
    const std::int64_t scale = choose(10) == 0 ? 1 : kScale / 100;  // now and then a price next to nothing
    const auto price = [&] { return Price{(1 + choose(20'000)) * scale}; };
    std::array<Price, 4> prices{price(), price(), price(), price()};
    if (choose(2) == 0) {
      prices.fill(prices[0]);
    }
    const auto [low, high] = std::minmax_element(prices.begin(), prices.end());
    const Quantity volume{choose(4) == 0 ? choose(1'000'000'000) : choose(400) * kScale};
    tick_.bars.push_back({{named(thing)}, prices[0], *high, *low, prices[1], volume});
    line += " " + market_.instrument({named(thing)}).symbol + " " + to_string(prices[0]) + "/" + to_string(*high) +
            "/" + to_string(*low) + "/" + to_string(prices[1]) + "@" + to_string(volume);
  }
  tell(line);
  std::sort(tick_.bars.begin(), tick_.bars.end(),
            [](const Bar& a, const Bar& b) { return a.instrument < b.instrument; });
  market_.apply(tick_);
  if (model_ && state_.running) {
    model_->tick(day_, tick_.session.open, rows(), tick_actions_);
  }
  const Time time = next_tick_time(state_, tick_);
  if (choose(10) != 0) {
    apply(time, RunTick{&tick_, true, true});
  } else {
    apply(time, RunTick{&tick_, true, false});
    apply(time, RunTick{&tick_, false, true});
  }
}

void RandomRun::old_tick() {
  if (market_.time() == kTimeMin) {
    return;
  }
  apply(tick_.time, RunTick{&tick_, true, choose(2) == 0});
  require(result_.status != StepStatus::applied, "a tick was applied twice");
}

void RandomRun::place() {
  const std::uint32_t symbol = choose(16);
  PlaceOrder order;
  order.symbol = symbol == 15 ? "NOPE" : kSymbols[symbol % kThings];
  order.side = choose(5) < 3 ? Side::buy : Side::sell;
  order.tif = choose(2) == 0 ? TimeInForce::day : TimeInForce::gtc;
  const std::array<std::int64_t, 8> quantities{
      (1 + choose(100)) * kScale,  // whole shares
      (1 + choose(100)) * kScale,
      (1 + choose(100)) * kScale,
      choose(1'000'000'000),  // fractions, on the step or off it
      (1 + choose(1000)) * kScale / 1000,
      choose(10),                               // next to nothing
      -kScale * choose(2),                      // nothing, and less
      kQuantityMax.units + kScale * choose(2),  // the most, and more
  };
  order.quantity = {quantities[choose(quantities.size())]};
  if (choose(2) == 0) {
    order.type = OrderType::limit;
    order.limit_price = Price{choose(20) == 0 ? -std::int64_t{choose(2)} : (1 + choose(20'000)) * kScale / 100};
  }
  if (!model_) {
    make_special(order);
  } else if (choose(4) == 0) {
    order.stop_price = Price{(1 + choose(20'000)) * kScale / 100};
    order.type = order.limit_price ? OrderType::stop_limit : OrderType::stop;
  }
  // Few ids, so that some come twice; for another order, or for the same.
  if (choose(4) == 0) {
    order.client_order_id = "c" + std::to_string(choose(30));
    const auto asked = asked_.find(order.client_order_id);
    if (asked != asked_.end() && choose(2) == 0) {
      const std::string id = order.client_order_id;
      order = asked->second;
      command(order);
      require(!state_.running || (result_.status == StepStatus::already_processed &&
                                  result_.order == state_.client_orders.at(id).order),
              "the same request has another answer");
      seen_.insert("the same again");
      return;
    }
  }
  const bool first = order.client_order_id.empty() || state_.client_orders.count(order.client_order_id) == 0;
  if (model_ && state_.running && first) {
    const int known = symbol == 15 ? -1 : static_cast<int>(symbol % kThings);
    model_->place(known, order.side == Side::buy, order.quantity, order.limit_price, order.stop_price,
                  order.tif == TimeInForce::gtc);
  }
  const std::int64_t version = state_.version;
  const auto price = [](const char* name, const auto& value) {
    return value ? std::string(" ") + name + " " + to_string(*value) : std::string();
  };
  tell("place " + std::string(to_text(order.side)) + " " + to_string(order.quantity) + " " + order.symbol + " " +
       std::string(to_text(order.type)) + " " + std::string(to_text(order.tif)) + price("limit", order.limit_price) +
       price("stop", order.stop_price) + price("trail", order.trail_amount) + price("trail %", order.trail_percent) +
       price("for", order.notional) + price("take_profit", order.take_profit) + price("stop_loss", order.stop_loss) +
       (order.oco.value == 0 ? "" : " oco " + std::to_string(order.oco.value)) +
       (order.client_order_id.empty() ? "" : " id " + order.client_order_id));
  if (state_.running && !order.client_order_id.empty()) {
    asked_.emplace(order.client_order_id, order);
  }
  command(order);
  require((state_.version == version) == (!first || !state_.running), "a placed order is one version");
}

void RandomRun::make_special(PlaceOrder& order) {
  const auto price = [this] { return Price{(1 + choose(20'000)) * kScale / 100}; };
  if (choose(3) == 0) {
    order.type = static_cast<OrderType>(choose(7));
    order.limit_price.reset();
  }
  if (choose(3) == 0) {
    order.tif = static_cast<TimeInForce>(choose(7));
  }
  if (order.type == OrderType::limit || order.type == OrderType::stop_limit) {
    order.limit_price = price();
  }
  if (order.type == OrderType::stop || order.type == OrderType::stop_limit) {
    order.stop_price = price();
  }
  if (order.type == OrderType::trailing_stop) {
    if (choose(2) == 0) {
      order.trail_amount = price();
    } else {
      order.trail_percent = Ratio{(1 + choose(100)) * kScale};
    }
  }
  if (order.tif == TimeInForce::gtd) {
    order.expires_at = Time{state_.last_time.us + (choose(600) - 60LL) * kMicrosecondsPerSecond};
  }
  if (order.type == OrderType::market && choose(4) == 0) {
    order.quantity = {};
    order.notional = whole(choose(5'000));
  }
  if (order.side == Side::buy && choose(4) == 0) {
    order.take_profit = price();
    order.stop_loss = price();
  } else if (choose(4) == 0 && !state_.open_orders.empty()) {
    order.oco = state_.open_orders[choose(static_cast<std::uint32_t>(state_.open_orders.size()))].id;
  }
}

void RandomRun::replace() {
  if (model_ || state_.open_orders.empty()) {
    return;
  }
  const Order& order = state_.open_orders[choose(static_cast<std::uint32_t>(state_.open_orders.size()))];
  ReplaceOrder replace;
  replace.which.order = order.id;
  if (choose(2) == 0) {
    replace.quantity = Quantity{choose(50) * kScale};
  }
  if (order.limit_price && choose(2) == 0) {
    replace.limit_price = Price{(1 + choose(20'000)) * kScale / 100};
  }
  if (order.trail_amount && choose(2) == 0) {
    replace.trail_amount = Price{(1 + choose(20'000)) * kScale / 100};
  }
  tell("replace " + std::to_string(order.id.value));
  command(replace);
}

void RandomRun::cancel() {
  const std::int64_t id =
      choose(4) == 0 || state_.open_orders.empty()
          ? static_cast<std::int64_t>(choose(200)) - 2
          : state_.open_orders[choose(static_cast<std::uint32_t>(state_.open_orders.size()))].id.value;
  const std::string expected = model_ && state_.running ? model_->cancel(id) : "";
  tell("cancel " + std::to_string(id));
  command(CancelOrder{OrderId{id}, {}});
  require(expected.empty() || code(result_.reason) == expected, "cancel: the model says " + expected);
}

void RandomRun::move_cash() {
  const Money amount{static_cast<Int128>(choose(10) * choose(5'000)) * kScale + choose(3) - 1};
  if (choose(2) == 0) {
    if (model_ && state_.running && amount.is_positive()) {
      model_->deposit(amount);
    }
    tell("deposit " + to_string(amount));
    command(Deposit{amount, "a test"});
  } else {
    const bool taken = model_ && state_.running && amount.is_positive() && model_->withdraw(amount);
    tell("withdraw " + to_string(amount));
    command(Withdraw{amount, "a test"});
    require(!model_ || taken == (result_.status == StepStatus::applied), "a withdrawal");
  }
}

void RandomRun::set_state() {
  const TradingState trading = std::array{TradingState::active, TradingState::active, TradingState::active,
                                          TradingState::reducing, TradingState::halted}[choose(5)];
  if (model_) {
    model_->set_state(std::string(to_text(trading)));
  }
  tell("state " + std::string(to_text(trading)));
  command(SetTradingState{trading, "a test"});
}

void RandomRun::command(InputBody body) {
  if (model_ && state_.running && std::holds_alternative<Stop>(body)) {
    model_->stop();
  }
  apply(next_command_time(state_, market_), std::move(body));
}

}  // namespace tradingd::engine
