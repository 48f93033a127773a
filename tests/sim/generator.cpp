#include "tests/sim/generator.h"

#include <algorithm>
#include <array>

namespace tradingd::sim {

namespace {

constexpr std::array<const char*, kSymbols> kNames{"AAA", "BBB", "CCC"};
constexpr std::int64_t kCent = kScale / 100;

engine::Instrument instrument(int number) {
  engine::Instrument made;
  made.id = {number};
  made.symbol = kNames.at(static_cast<std::size_t>(number));
  made.listed = number < 2;
  return made;
}

Money whole(std::int64_t amount) { return {static_cast<Int128>(amount) * kScale}; }

Price random_price(Random& random) { return {random.between(1, 20'000) * kCent}; }

void add_plans(Random& random, engine::RunConfig& config) {
  const auto interval = [&random] { return static_cast<engine::Interval>(random.below(6)); };
  config.strategy = static_cast<engine::StrategyKind>(random.between(1, 3));
  if (config.strategy != engine::StrategyKind::rebalance) {
    engine::SipPlan plan;
    plan.schedule.interval = interval();
    plan.amount = whole(random.between(1, 5'000));
    plan.allocations = {{"AAA", {33'333'333}}, {"BBB", {33'333'333}}, {"CCC", {33'333'334}}};
    plan.deposit = random.chance(1, 2);
    plan.catch_up = static_cast<engine::CatchUp>(random.below(3));
    plan.carry_residue = random.chance(1, 2);
    config.sip = plan;
  }
  if (config.strategy != engine::StrategyKind::sip) {
    engine::RebalancePlan plan;
    const bool scheduled = random.chance(1, 2);
    if (scheduled) {
      plan.schedule = engine::Schedule{interval(), std::nullopt, 31};
    }
    if (!scheduled || random.chance(1, 2)) {
      plan.band = Ratio{random.below(20) * kCent};
    }
    if (random.chance(1, 3)) {
      plan.relative_band = Ratio{random.between(1, 60) * kCent};
      plan.cooldown_days = static_cast<std::int32_t>(random.below(40));
    }
    plan.min_order_notional = whole(random.below(200));
    plan.targets = {{"AAA", {50'000'000}}, {"CCC", {40'000'000}}};
    plan.cash_weight = {10'000'000};
    config.rebalance = plan;
  }
}

void add_limits(Random& random, engine::Limits& limits) {
  limits.max_daily_loss = whole(random.between(1, 5'000));
  limits.max_drawdown = Ratio{random.between(1, 50) * kCent};
  limits.max_daily_orders = static_cast<std::int32_t>(random.between(1, 20));
  limits.max_orders_per_minute = static_cast<std::int32_t>(random.between(1, 5));
  limits.max_gross_exposure = whole(random.between(1, 100'000));
  limits.price_collar = Ratio{random.between(1, 100) * kCent};
}

void make_special(Random& random, engine::PlaceOrder& order, std::int64_t known) {
  if (random.chance(1, 3)) {
    order.type = static_cast<engine::OrderType>(random.below(7));
    order.limit_price.reset();
    order.stop_price.reset();
  }
  if (random.chance(1, 3)) {
    order.tif = static_cast<engine::TimeInForce>(random.below(7));
  }
  if (order.type == engine::OrderType::limit || order.type == engine::OrderType::stop_limit) {
    order.limit_price = random_price(random);
  }
  if (order.type == engine::OrderType::stop || order.type == engine::OrderType::stop_limit) {
    order.stop_price = random_price(random);
  }
  if (order.type == engine::OrderType::trailing_stop) {
    if (random.chance(1, 2)) {
      order.trail_amount = random_price(random);
    } else {
      order.trail_percent = Ratio{random.between(1, 100) * kScale};
    }
  }
  if (order.tif == engine::TimeInForce::gtd) {
    order.expires_at = Time{midnight_utc({18'000}).us + random.below(400) * kMicrosecondsPerDay};
  }
  if (order.type == engine::OrderType::market && random.chance(1, 4)) {
    order.quantity = {};
    order.notional = whole(random.below(5'000));
  }
  if (order.side == engine::Side::buy && random.chance(1, 4)) {
    order.take_profit = random_price(random);
    order.stop_loss = random_price(random);
  } else if (known > 0 && random.chance(1, 6)) {
    order.oco = {random.between(1, known)};
  }
  // Few ids, so that some come twice.
  if (random.chance(1, 5)) {
    order.client_order_id = "c" + std::to_string(random.below(60));
  }
}

}  // namespace

MarketSource::MarketSource(Random random, bool close_ticks)
    : random_(random), close_ticks_(close_ticks), third_from_(static_cast<int>(random_.below(60))) {
  for (int symbol = 0; symbol < kSymbols; ++symbol) {
    prices_.push_back(random_.between(100, 20'000));
  }
  time_us_ = midnight_utc({day_}).us;
}

std::vector<engine::Instrument> MarketSource::first_instruments() { return {instrument(0), instrument(1)}; }

MarketSource::Made MarketSource::next() {
  Made made;
  if (random_.chance(1, 5)) {
    day_ += static_cast<int>(random_.chance(1, 10) ? random_.between(1, 70) : random_.between(1, 3));
    time_us_ = std::max(time_us_, midnight_utc({day_}).us);
  }
  const bool close = close_ticks_ && random_.chance(1, 4);
  time_us_ += close ? random_.between(1, 3) : random_.between(1, 90) * kMicrosecondsPerSecond;
  made.tick.time = {time_us_};
  made.tick.session.date = {std::max(day_, utc_date(made.tick.time).days)};
  day_ = made.tick.session.date.days;
  made.tick.session.open = !random_.chance(1, 7);
  if (made_ == third_from_) {
    made.new_instruments.push_back(instrument(2));
  }
  for (int symbol = 0; symbol < (made_ >= third_from_ ? kSymbols : 2); ++symbol) {
    if (random_.chance(1, 4) && made_ != third_from_) {
      continue;
    }
    std::int64_t& last = prices_.at(static_cast<std::size_t>(symbol));
    // A walk, so that orders near the price have their chance, with a jump now and then.
    const auto move = [&] {
      const std::int64_t step = last / 20 + 1;
      return std::clamp<std::int64_t>(last + random_.between(-step, step), 1, 40'000);
    };
    last = random_.chance(1, 40) ? random_.between(1, 20'000) : move();
    std::array<Price, 4> prices{Price{last * kCent}, {move() * kCent}, {move() * kCent}, {move() * kCent}};
    if (random_.chance(1, 2)) {
      prices.fill(prices[0]);
    }
    const Quantity volume{random_.chance(1, 4) ? random_.below(1'000'000'000) : random_.below(400) * kScale};
    const auto [low, high] = std::minmax_element(prices.begin(), prices.end());
    made.tick.bars.push_back({{symbol}, prices[0], *high, *low, prices[1], volume});
  }
  ++made_;
  return made;
}

namespace {

void configure_costs(Random& random, engine::RunConfig& config, model::Rules& rules) {
  const auto sometimes = [&random](std::int64_t most) { return random.below(2) * random.below(most); };
  if (random.chance(2, 3)) {
    rules.fixed_fee = {sometimes(300) * kCent};
    rules.fee_rate = {sometimes(200) * 10'000};
    rules.per_share = {sometimes(10) * kScale / 1000};
    rules.least_fee = {sometimes(200) * kCent};
    rules.tax = {sometimes(30) * kCent};
    rules.levy = {sometimes(100) * 10'000};
    engine::FeeComponent commission;
    commission.name = "commission";
    commission.amount = rules.fixed_fee;
    commission.rate = rules.fee_rate;
    commission.per_share = rules.per_share;
    commission.minimum = rules.least_fee;
    engine::FeeComponent tax;
    tax.name = "tax";
    tax.rate = rules.tax;
    tax.of = {0};
    engine::FeeComponent levy;
    levy.name = "levy";
    levy.rate = rules.levy;
    levy.sides = engine::FeeSides::sells;
    config.fee = {"test", {{Date{0}, {commission, tax, levy}}}};
  }
  switch (random.below(4)) {
    case 0:
      rules.slippage = {random.below(500) * 10'000};
      config.slippage = {engine::SlippageKind::basis_points, rules.slippage};
      break;
    case 1: {
      const std::int64_t ticks = random.below(500) * 10'000;
      rules.slippage_ticks = {ticks};  // of the smallest tick there is
      config.slippage = {engine::SlippageKind::ticks, {}, ticks};
      break;
    }
    case 2:
      rules.impact = {random.below(50) * kCent};
      config.slippage = {engine::SlippageKind::volume_share, rules.impact};
      break;
    default:
      break;
  }
  if (random.chance(1, 3)) {
    rules.volume_cap = {random.between(1, 100) * kCent};
    config.volume_cap = rules.volume_cap;
  }
  rules.fifo = random.chance(1, 2);
  config.cost_basis = rules.fifo ? engine::CostBasis::fifo : engine::CostBasis::average;
}

void set_rules(const engine::RunConfig& config, model::Rules& rules) {
  rules.next_open = config.fill_at == engine::FillAt::next_open;
  rules.buffer = config.market_buffer;
  rules.step = config.quantity_step;
  rules.max_position = config.limits.max_position_quantity;
  rules.max_value = config.limits.max_position_value;
  rules.max_notional = config.limits.max_order_notional;
  if (config.limits.max_open_orders) {
    rules.max_open = static_cast<std::size_t>(*config.limits.max_open_orders);
  }
}

}  // namespace

Configuration random_configuration(Random& random) {
  Configuration made;
  engine::RunConfig& config = made.config;
  made.modelled = random.chance(1, 2);
  made.initial_cash = whole(random.below(4) * 50'000);
  config.fill_at = random.chance(1, 2) ? engine::FillAt::close : engine::FillAt::next_open;
  config.quantity_step =
      std::array{Quantity{kScale}, Quantity{kScale / 1000}, Quantity{1}}.at(static_cast<std::size_t>(random.below(3)));
  configure_costs(random, config, made.rules);
  if (random.chance(1, 3)) {
    config.limits.max_position_quantity = Quantity{random.between(1, 500) * kScale};
  }
  if (random.chance(1, 3)) {
    config.limits.max_order_notional = whole(random.between(1, 20'000));
  }
  if (random.chance(1, 3)) {
    config.limits.max_open_orders = static_cast<std::int32_t>(random.between(1, 5));
  }
  set_rules(config, made.rules);
  if (!made.modelled) {
    if (random.chance(1, 3)) {
      add_limits(random, config.limits);
    }
    if (random.chance(2, 3)) {
      add_plans(random, config);
    }
  }
  return made;
}

engine::InputBody random_order(Random& random, bool modelled, std::int64_t known) {
  engine::PlaceOrder order;
  const std::int64_t symbol = random.below(16);
  order.symbol = symbol == 15 ? "NOPE" : kNames.at(static_cast<std::size_t>(symbol % 3));
  order.side = random.chance(3, 5) ? engine::Side::buy : engine::Side::sell;
  order.tif = random.chance(1, 2) ? engine::TimeInForce::day : engine::TimeInForce::gtc;
  switch (random.below(12)) {
    case 0:
      order.quantity = {random.below(1'000'000'000)};  // on the step or off it
      break;
    case 1:
      order.quantity = {random.below(10)};
      break;
    case 2:
      order.quantity = {-kScale * random.below(2)};
      break;
    case 3:
      order.quantity = {kQuantityMax.units + kScale * random.below(2)};
      break;
    default:
      order.quantity = {random.between(1, 100) * kScale};
  }
  if (random.chance(1, 2)) {
    order.type = engine::OrderType::limit;
    order.limit_price = random.chance(1, 20) ? Price{-random.below(2)} : random_price(random);
  }
  if (!modelled) {
    make_special(random, order, known);
  } else if (random.chance(1, 4)) {
    order.stop_price = random_price(random);
    order.type = order.limit_price ? engine::OrderType::stop_limit : engine::OrderType::stop;
  }
  return order;
}

engine::InputBody random_replace(Random& random, std::int64_t known) {
  engine::ReplaceOrder replace;
  replace.which.order = OrderId{std::max<std::int64_t>(1, known - random.below(8))};
  if (random.chance(1, 2)) {
    replace.quantity = Quantity{random.below(50) * kScale};
  }
  if (random.chance(1, 2)) {
    replace.limit_price = random_price(random);
  }
  if (random.chance(1, 8)) {
    replace.trail_amount = random_price(random);
  }
  return replace;
}

Money random_amount(Random& random) {
  return {static_cast<Int128>(random.below(10) * random.below(5'000)) * kScale + random.below(3) - 1};
}

}  // namespace tradingd::sim
