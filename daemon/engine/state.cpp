#include "daemon/engine/state.h"

#include <charconv>

#include "daemon/engine/canonical.h"
#include "daemon/engine/input.h"
#include "daemon/engine/limit_table.h"
#include "daemon/engine/order_types.h"

namespace tradingd::engine {

namespace {

// One list of the strategy's fields for saving, loading and the digest.
template <typename Strategy, typename Visit>
void for_each_field(Strategy& strategy, Visit visit) {
  visit("sip.anchor", strategy.sip.anchor);
  visit("sip.first_k", strategy.sip.first_k);
  visit("sip.next_k", strategy.sip.next_k);
  visit("sip.next_due", strategy.sip.next_due);
  visit("sip.held_since", strategy.sip.held_since);
  visit("sip.residue", strategy.sip_residue);
  visit("rebalance.anchor", strategy.rebalance.anchor);
  visit("rebalance.next_k", strategy.rebalance.next_k);
  visit("rebalance.next_due", strategy.rebalance.next_due);
  visit("rebalance.held_since", strategy.rebalance.held_since);
  visit("rebalance.buys_due", strategy.rebalance_buys_due);
  visit("rebalance.on", strategy.rebalanced_on);
  visit("risk.day", strategy.risk.day);
  visit("risk.day_orders", strategy.risk.day_orders);
  visit("risk.day_equity", strategy.risk.day_equity);
  visit("risk.equity", strategy.risk.equity);
  visit("risk.high_water", strategy.risk.high_water);
  visit("risk.minute", strategy.risk.minute);
  visit("risk.minute_orders", strategy.risk.minute_orders);
  visit("states", strategy.states);
  visit("ceiling", strategy.ceiling);
}

/// Fields that came after the first release count in the digest only where they are set: older states keep theirs.
bool is_later(std::string_view name) { return name == "sip.first_k"; }

std::string text_of(const std::optional<Date>& date) { return date ? format_date(*date) : std::string(); }
std::string text_of(const std::optional<Time>& time) { return time ? format_time(*time) : std::string(); }
std::string text_of(std::int64_t number) { return number == 0 ? std::string() : std::to_string(number); }
std::string text_of(Money amount) { return amount.is_zero() ? std::string() : to_string(amount); }
std::string text_of(bool value) { return value ? "true" : ""; }
/// "ACTIVE HALTED ACTIVE" of run, user and daemon; empty where only the run's own may not be ACTIVE, which then is the
/// run's trading state.
std::string text_of(const TradingStates& states) {
  if (states.user == TradingState::active && states.daemon == TradingState::active) {
    return {};
  }
  std::string text;
  for (const TradingState state : {states.run, states.user, states.daemon}) {
    text += text.empty() ? "" : " ";
    text += to_text(state);
  }
  return text;
}
std::string text_of(const Ceiling& ceiling) { return ceiling.limits ? to_text(*ceiling.limits) : std::string(); }

bool read(std::string_view text, std::optional<Date>& date) {
  const Result<Date> parsed = parse_date(text);
  if (parsed.ok()) {
    date = *parsed;
  }
  return parsed.ok();
}

bool read(std::string_view text, std::optional<Time>& time) {
  const Result<Time> parsed = parse_time(text);
  if (parsed.ok()) {
    time = *parsed;
  }
  return parsed.ok();
}

bool read(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 0;
}

bool read(std::string_view text, Money& amount) {
  const std::optional<Int128> units = parse_units(text);
  amount = Money{units.value_or(0)};
  return units.has_value();
}

bool read(std::string_view text, bool& value) {
  value = text == "true";
  return value || text == "false";
}

bool read(std::string_view text, TradingStates& states) {
  for (TradingState* state : {&states.run, &states.user, &states.daemon}) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::optional<TradingState> known = trading_state_from_text(text.substr(0, end));
    if (!known) {
      return false;
    }
    *state = *known;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty();
}

bool read(std::string_view text, Ceiling& ceiling) {
  Result<Limits> parsed = limits_from_text(text);
  if (!parsed) {
    return false;
  }
  ceiling.limits = std::make_shared<const Limits>(std::move(parsed).value());
  return true;
}

template <typename T>
void add_field(CanonicalWriter& writer, const T& value) {
  writer.add(value);
}
// These came later: a state without them has the digest that it always had.
void add_later(CanonicalWriter& writer, std::string_view text) {
  if (!text.empty()) {
    writer.add(text);
  }
}
void add_field(CanonicalWriter& writer, const TradingStates& states) { add_later(writer, text_of(states)); }
void add_field(CanonicalWriter& writer, const Ceiling& ceiling) { add_later(writer, text_of(ceiling)); }

}  // namespace

Digest digest_of_fields(const PlaceOrder& order) {
  std::string bytes;
  CanonicalWriter writer(bytes);
  const bool trails = kind_of(order.type).trail;
  writer.add(std::string_view(order.symbol), order.side, order.type, order.tif,
             order.notional ? Quantity{} : order.quantity, order.limit_price, trails ? std::nullopt : order.stop_price,
             order.trail_amount, order.trail_percent, order.expires_at, order.notional, order.take_profit,
             order.stop_loss, order.oco);
  return digest_of(bytes);
}

Fields save(const StrategyState& strategy) {
  Fields fields;
  for_each_field(strategy, [&](const char* name, const auto& value) {
    if (std::string text = text_of(value); !text.empty()) {
      fields.emplace_back(name, std::move(text));
    }
  });
  return fields;
}

Result<StrategyState> load_strategy(const Fields& fields, TradingState trading_state) {
  StrategyState strategy;
  strategy.states.run = trading_state;
  for (const auto& [name, text] : fields) {
    bool known = false;
    bool readable = false;
    for_each_field(strategy, [&, &wanted = name, &value_text = text](const char* field, auto& value) {
      if (wanted == field) {
        known = true;
        readable = read(value_text, value);
      }
    });
    if (!known || !readable) {
      return Error{"the strategy's saved state has " + name + " = \"" + text + "\", which this version " +
                   (known ? "can't read" : "doesn't know") + "; run the version of tradingd that wrote it"};
    }
  }
  return strategy;
}

Digest digest_of_state(const RunState& state) {
  std::string bytes;
  CanonicalWriter writer(bytes);
  writer.add(state.running, state.version, state.last_time, state.last_mark_time, state.feed_time, state.trading_state,
             state.cash, state.reserved, state.next_order, state.next_trade, state.next_cash_seq, state.next_event_seq);
  writer.add(static_cast<std::int64_t>(state.positions.size()));
  for (const Position& position : state.positions) {
    add_position(writer, position);
  }
  writer.add(static_cast<std::int64_t>(state.open_orders.size()));
  for (const Order& order : state.open_orders) {
    add_order(writer, order);
  }
  for_each_field(state.strategy, [&](const char* name, const auto& value) {
    if (!is_later(name) || value != std::decay_t<decltype(value)>{}) {
      add_field(writer, value);
    }
  });
  return digest_chain(state.digest, bytes);
}

}  // namespace tradingd::engine
