#include "tests/unit/engine/scenario.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>

#include "daemon/engine/fees.h"
#include "daemon/engine/limit_table.h"

namespace tradingd::engine {

namespace {

[[noreturn]] void unreadable(const std::string& what) { throw std::runtime_error("can't read " + what); }

std::string word(std::istream& words) {
  std::string text;
  if (!(words >> text)) {
    unreadable("the end of the line: a word is missing");
  }
  return text;
}

template <typename D>
D decimal(const std::string& text) {
  const std::optional<Int128> units = parse_units(text);
  if (!units) {
    unreadable("the number " + text);
  }
  return D{static_cast<decltype(D::units)>(*units)};
}

template <typename D>
D decimal(std::istream& words) {
  return decimal<D>(word(words));
}

template <typename T>
T known(std::optional<T> value, const std::string& text) {
  if (!value) {
    unreadable(text);
  }
  return *value;
}

/// "2.50" or "5%".
template <typename Input>
void read_trail(std::istream& words, Input& input) {
  const std::string text = word(words);
  if (text.back() == '%') {
    input.trail_percent = decimal<Ratio>(text.substr(0, text.size() - 1));
  } else {
    input.trail_amount = decimal<Price>(text);
  }
}

/// "100", "98/103/97/100", each with "@5000" for the volume.
Bar bar(InstrumentId id, const std::string& text) {
  const std::size_t at = text.find('@');
  const Quantity volume = at == std::string::npos ? Quantity{} : decimal<Quantity>(text.substr(at + 1));
  std::vector<Price> prices;
  std::istringstream parts(text.substr(0, at));
  for (std::string part; std::getline(parts, part, '/');) {
    prices.push_back(decimal<Price>(part));
  }
  if (prices.size() == 1) {
    prices.assign(4, prices.front());
  }
  if (prices.size() != 4) {
    unreadable("the bar " + text);
  }
  return {id, prices[0], prices[1], prices[2], prices[3], volume};
}

}  // namespace

void Scenario::given(Words& words) {
  const std::string what = word(words);
  if (what == "cash") {
    initial_cash_ = decimal<Money>(words);
  } else if (what == "fill_at") {
    config_.fill_at = word(words) == "next_open" ? FillAt::next_open : FillAt::close;
  } else if (what == "step") {
    config_.quantity_step = decimal<Quantity>(words);
  } else if (what == "instrument") {
    given_instrument(words);
  } else if (what == "cost_basis") {
    config_.cost_basis = word(words) == "fifo" ? CostBasis::fifo : CostBasis::average;
  } else if (what == "short_selling") {  // given short_selling INITIAL MAINTENANCE
    const Ratio initial = decimal<Ratio>(words);
    config_.short_selling = ShortSelling{initial, decimal<Ratio>(words)};
  } else if (what == "volume_cap") {
    config_.volume_cap = decimal<Ratio>(words);
  } else if (what == "fee") {
    given_fee(words);
  } else if (what == "slippage") {
    given_slippage(words);
  } else if (what == "limit") {
    given_limit(words);
  } else if (what == "sip") {
    given_sip(words);
  } else if (what == "rebalance") {
    given_rebalance(words);
  } else if (what == "sessions") {
    given_sessions(words);
  } else {
    unreadable("given " + what);
  }
}

/// given fee fixed 1.5 | fee bps 10 [minimum 1] | fee per_share 0.005 [minimum 1] | fee tiered 1000=20 rest=10 [minimum
/// 1] given fee part NAME from DATE [bps N] [amount N] [per_share N] [minimum N] [maximum N] [sides buys|sells] [of
/// NAME,…]
void Scenario::given_fee(Words& words) {
  const std::string kind = word(words);
  if (kind == "part") {
    given_fee_part(words);
    return;
  }
  std::vector<FeeTier> tiers;
  const std::string value = word(words);
  std::string next = value;
  if (kind == "tiered") {
    for (std::size_t equals = 0; (equals = next.find('=')) != std::string::npos; next.clear(), words >> next) {
      const std::string top = next.substr(0, equals);
      tiers.push_back({top == "rest" ? std::nullopt : std::optional(decimal<Money>(top)),
                       {decimal<Ratio>(next.substr(equals + 1)).units / 10'000}});
    }
  } else {
    next.clear();
    words >> next;
  }
  const Money minimum = next.empty() ? Money{} : decimal<Money>(words);
  if (kind == "fixed") {
    config_.fee = fixed_fee(decimal<Money>(value));
  } else if (kind == "bps") {
    config_.fee = rate_fee({decimal<Ratio>(value).units / 10'000}, minimum);
  } else if (kind == "per_share") {
    config_.fee = per_share_fee(decimal<Price>(value), minimum);
  } else if (kind == "tiered") {
    config_.fee = tiered_fee(tiers, minimum);
  } else {
    unreadable("the fee " + kind);
  }
}

void Scenario::given_fee_part(Words& words) {
  FeeComponent part;
  part.name = word(words);
  word(words);  // from
  const Date from = parse_date(word(words)).value();
  std::vector<FeeVersion>& versions = config_.fee.versions;
  if (versions.empty() || versions.back().from != from) {
    versions.push_back({from, {}});
  }
  std::vector<FeeComponent>& parts = versions.back().components;
  for (std::string what; words >> what;) {
    if (what == "bps") {
      part.rate = {decimal<Ratio>(words).units / 10'000};
    } else if (what == "amount") {
      part.amount = decimal<Money>(words);
    } else if (what == "per_share") {
      part.per_share = decimal<Price>(words);
    } else if (what == "minimum") {
      part.minimum = decimal<Money>(words);
    } else if (what == "maximum") {
      part.maximum = decimal<Money>(words);
    } else if (what == "sides") {
      part.sides = word(words) == "buys" ? FeeSides::buys : FeeSides::sells;
    } else if (what == "of") {
      std::istringstream names(word(words));
      for (std::string name; std::getline(names, name, ',');) {
        part.of.push_back(static_cast<std::size_t>(
            std::find_if(parts.begin(), parts.end(), [&](const FeeComponent& one) { return one.name == name; }) -
            parts.begin()));
      }
    } else {
      unreadable("given fee part " + what);
    }
  }
  parts.push_back(std::move(part));
}

/// given slippage bps 5 | slippage ticks 2 | slippage volume_share 0.1
void Scenario::given_slippage(Words& words) {
  const std::string kind = word(words);
  if (kind == "bps") {
    config_.slippage = {SlippageKind::basis_points, {decimal<Ratio>(words).units / 10'000}};
  } else if (kind == "ticks") {
    config_.slippage = {SlippageKind::ticks, {}, std::stoll(word(words))};
  } else if (kind == "volume_share") {
    config_.slippage = {SlippageKind::volume_share, decimal<Ratio>(words)};
  } else {
    unreadable("the slippage " + kind);
  }
}

/// given instrument AAPL tick 0.01 step 1 [lot N] [min_quantity N] [max_quantity N] [min_notional N] [max_notional N]
void Scenario::given_instrument(Words& words) {
  Instrument made;
  made.id = {static_cast<std::int32_t>(market_.instruments().size())};
  made.symbol = word(words);
  made.listed = true;
  for (std::string what; words >> what;) {
    if (what == "tick") {
      made.tick_size = decimal<Price>(words);
    } else if (what == "step") {
      made.quantity_step = decimal<Quantity>(words);
    } else if (what == "lot") {
      made.lot = decimal<Quantity>(words);
    } else if (what == "min_quantity") {
      made.min_quantity = decimal<Quantity>(words);
    } else if (what == "max_quantity") {
      made.max_quantity = decimal<Quantity>(words);
    } else if (what == "min_notional") {
      made.min_notional = decimal<Money>(words);
    } else if (what == "not_shortable") {
      made.shortable = false;
    } else if (what == "max_notional") {
      made.max_notional = decimal<Money>(words);
    } else {
      unreadable("given instrument " + what);
    }
  }
  market_.add_instrument(made);
}

void Scenario::given_limit(Words& words) {
  Limits& limits = config_.limits;
  const std::string what = word(words);
  if (what == "max_position_quantity") {
    limits.max_position_quantity = decimal<Quantity>(words);
  } else if (what == "max_position_value") {
    limits.max_position_value = decimal<Money>(words);
  } else if (what == "max_order_notional") {
    limits.max_order_notional = decimal<Money>(words);
  } else if (what == "max_position_share") {
    limits.max_position_share = decimal<Ratio>(words);
  } else if (what == "min_order_notional") {
    limits.min_order_notional = decimal<Money>(words);
  } else if (what == "max_gross_exposure") {
    limits.max_gross_exposure = decimal<Money>(words);
  } else if (what == "price_collar") {
    limits.price_collar = decimal<Ratio>(words);
  } else if (what == "max_price_age_s") {
    limits.max_price_age_s = std::stoll(word(words));
  } else if (what == "max_daily_orders") {
    limits.max_daily_orders = std::stoi(word(words));
  } else if (what == "max_orders_per_minute") {
    limits.max_orders_per_minute = std::stoi(word(words));
  } else if (what == "max_daily_loss") {
    limits.max_daily_loss = decimal<Money>(words);
  } else if (what == "max_drawdown") {
    limits.max_drawdown = decimal<Ratio>(words);
  } else if (what == "max_open_orders") {
    limits.max_open_orders = std::stoi(word(words));
  } else if (what == "forbidden") {
    limits.forbidden_symbols.push_back(word(words));
  } else if (what == "allowed") {
    limits.allowed_symbols.push_back(word(words));
  } else {
    unreadable("given limit " + what);
  }
}

void Scenario::start() {
  if (started_) {
    return;
  }
  started_ = true;
  state_.config = std::make_shared<RunConfig>(config_);
  act(parse_time("2000-01-01T00:00:00Z").value(), Start{initial_cash_});
}

InstrumentId Scenario::instrument(const std::string& symbol) {
  if (market_.find(symbol) == nullptr) {
    Instrument made;
    made.id = {static_cast<std::int32_t>(market_.instruments().size())};
    made.symbol = symbol;
    made.listed = true;
    market_.add_instrument(made);
  }
  return market_.find(symbol)->id;
}

void Scenario::act(Time time, InputBody body) {
  const EffectsPosition before = position_of(effects_);
  result_ = step(state_, {time, &market_, std::move(body)}, effects_);
  std::string scratch;
  advance_digest(state_, effects_, before, scratch);
  check_invariants();
}

void Scenario::command(InputBody body) {
  start();
  act(next_command_time(state_, market_), std::move(body));
}

void Scenario::tick(Words& words) {
  start();
  std::string when = word(words);
  when += when.size() == 10 ? "T21:00:00Z" : ":00Z";
  tick_ = Tick{};
  tick_.time = parse_time(when).value();
  tick_.session.date = parse_date(when.substr(0, 10)).value();
  tick_.sessions = sessions_;
  if (sessions_ != nullptr && sessions_->is_session(tick_.session.date)) {
    tick_.session.utc_offset_s = sessions_->on(tick_.session.date)->utc_offset_s;
  }
  tick_.actions = std::exchange(due_, {});
  bool execute = true;
  bool mark = true;
  for (std::string symbol; words >> symbol;) {
    if (symbol == "closed") {
      tick_.session.open = false;
    } else if (symbol == "closes") {  // tick 2020-01-02T15:00 closes 21:00 AAPL 100
      tick_.session.closes = parse_time(when.substr(0, 11) + word(words) + ":00Z").value();
    } else if (symbol == "execute_only") {
      mark = false;
    } else if (symbol == "mark_only") {
      execute = false;
    } else {
      const InstrumentId id = instrument(symbol);
      tick_.bars.push_back(bar(id, word(words)));
    }
  }
  std::sort(tick_.bars.begin(), tick_.bars.end(),
            [](const Bar& a, const Bar& b) { return a.instrument < b.instrument; });
  if (tick_.time > market_.time()) {
    market_.apply(tick_);
  }
  act(tick_.time, RunTick{&tick_, execute, mark});
}

/// action split AAPL 4:1 | action dividend AAPL 0.77 | action symbol_change FB META; with the next tick
void Scenario::action(Words& words) {
  CorporateAction action;
  action.id = ++actions_;
  const std::string kind = word(words);
  action.kind = known(action_kind_from_text(kind), "the action " + kind);
  action.instrument = instrument(word(words));
  if (action.kind == ActionKind::split) {
    const std::string ratio = word(words);
    action.numerator = std::stoll(ratio);
    action.denominator = std::stoll(ratio.substr(ratio.find(':') + 1));
  } else if (action.kind == ActionKind::dividend) {
    action.amount = decimal<Price>(words);
  } else {
    action.successor = instrument(word(words));
  }
  due_.push_back(action);
}

void Scenario::place(Words& words) {
  PlaceOrder order;
  order.side = known(side_from_text(word(words)), "the side");
  if (const std::string amount = word(words); amount == "for") {
    order.notional = decimal<Money>(words);
  } else {
    order.quantity = decimal<Quantity>(amount);
  }
  order.symbol = word(words);
  for (std::string what; words >> what;) {
    if (what == "limit") {
      order.limit_price = decimal<Price>(words);
      order.type = order.stop_price ? OrderType::stop_limit : OrderType::limit;
    } else if (what == "stop") {
      order.stop_price = decimal<Price>(words);
      order.type = order.limit_price ? OrderType::stop_limit : OrderType::stop;
    } else if (what == "trail") {
      read_trail(words, order);
      order.type = OrderType::trailing_stop;
    } else if (what == "until") {
      order.expires_at = parse_time(word(words) + ":00Z").value();
    } else if (what == "oco") {
      order.oco = OrderId{std::stoll(word(words))};
    } else if (what == "take_profit") {
      order.take_profit = decimal<Price>(words);
    } else if (what == "stop_loss") {
      order.stop_loss = decimal<Price>(words);
    } else if (what == "id") {
      order.client_order_id = word(words);
    } else if (what == "type") {
      const std::string type = word(words);
      order.type = known(order_type_from_text(type), "the order type " + type);
    } else {
      order.tif = known(time_in_force_from_text(what), "the time in force " + what);
    }
  }
  command(std::move(order));
}

void Scenario::replace(Words& words) {
  ReplaceOrder replace;
  replace.which.order = OrderId{std::stoll(word(words))};
  for (std::string what; words >> what;) {
    if (what == "quantity") {
      replace.quantity = decimal<Quantity>(words);
    } else if (what == "limit") {
      replace.limit_price = decimal<Price>(words);
    } else if (what == "stop") {
      replace.stop_price = decimal<Price>(words);
    } else if (what == "trail") {
      read_trail(words, replace);
    } else if (what == "id") {
      replace.client_order_id = word(words);
    } else {
      unreadable("replace " + what);
    }
  }
  command(std::move(replace));
}

void Scenario::cancel(Words& words) {
  CancelOrder cancel;
  const std::string which = word(words);
  if (which == "id") {
    cancel.client_order_id = word(words);
  } else {
    cancel.order = OrderId{std::stoll(which)};
  }
  command(std::move(cancel));
}

void Scenario::line(const std::string& text) {
  Words words(text.substr(0, text.find('#')));
  std::string verb;
  if (!(words >> verb)) {
    return;
  }
  if (verb == "given") {
    given(words);
  } else if (verb == "tick") {
    tick(words);
  } else if (verb == "action") {
    action(words);
  } else if (verb == "place") {
    place(words);
  } else if (verb == "replace") {
    replace(words);
  } else if (verb == "cancel") {
    cancel(words);
  } else if (verb == "deposit") {
    command(Deposit{decimal<Money>(words), {}});
  } else if (verb == "withdraw") {
    command(Withdraw{decimal<Money>(words), {}});
  } else if (verb == "state") {
    const TradingState state = known(trading_state_from_text(word(words)), "the trading state");
    std::string scope = "run";
    words >> scope;
    command(SetTradingState{state, "a test", known(scope_from_text(scope), "the scope")});
  } else if (verb == "ceiling") {  // ceiling max_open_orders=1 forbidden_symbols=GME; without any: none
    std::string limits;
    std::getline(words, limits);
    command(SetCeiling{std::make_shared<const Limits>(limits_from_text(limits).value()), "a test"});
  } else if (verb == "stop") {
    command(Stop{"a test"});
  } else if (verb == "expect") {
    start();
    expect(words);
  } else {
    unreadable(verb);
  }
}

void run_scenarios(const std::string& file) {
  const std::string path = std::string(TD_SOURCE_DIR) + "/tests/unit/engine/scenarios/" + file;
  std::ifstream lines(path);
  BOOST_TEST_REQUIRE(lines.is_open(), path);
  auto scenario = std::make_unique<Scenario>();
  std::string name = "(none)";
  int count = 0;
  int number = 0;
  for (std::string text; std::getline(lines, text);) {
    ++number;
    if (text.rfind("scenario ", 0) == 0) {
      name = text.substr(9);
      scenario = std::make_unique<Scenario>();
      ++count;
      continue;
    }
    BOOST_TEST_CONTEXT(file << ':' << number << ": " << name << ": " << text) {
      BOOST_CHECK_NO_THROW(scenario->line(text));
    }
  }
  BOOST_TEST(count > 0);
}

}  // namespace tradingd::engine
