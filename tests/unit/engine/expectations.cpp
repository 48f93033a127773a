// The `expect` lines of scenario files.
//
//   expect accepted | rejected REASON [FIGURES] | refused REASON [FIGURES] | already [ORDER]   the last action
//   expect cash|available|reserved|equity|mtm N
//   expect order ID STATUS [REASON] [reserved N] [quantity N] [filled N] [stop P] [limit P] [triggered DATE] [replaces
//   ID] … expect orders|trades|marks|version N                                                       how many expect
//   trade ID SIDE QTY SYMBOL at PRICE [fee N] [slippage N] [realized N] [part NAME N] expect position SYMBOL QTY [cost
//   N] [realized N] expect event TYPE [KEY] [NAME=VALUE …]      exactly one such event;   expect events TYPE N

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "tests/unit/engine/scenario.h"

namespace tradingd::engine {

namespace {

std::string word(std::istream& words) {
  std::string text;
  words >> text;
  return text;
}

std::string rest(std::istream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  text.erase(text.find_last_not_of(" \t") + 1);
  return text;
}

/// The last version of each order, by id.
std::map<std::int64_t, Order> orders_of(const Effects& effects) {
  std::map<std::int64_t, Order> orders;
  for (const Order& order : effects.orders) {
    orders[order.id.value] = order;
  }
  return orders;
}

std::string field(const Event& event, const std::string& name) {
  for (const auto& [key, value] : event.payload) {
    if (key == name) {
      return value;
    }
  }
  return "(absent)";
}

}  // namespace

void Scenario::expect(Words& words) {
  const std::map<std::string, StepStatus> statuses{{"accepted", StepStatus::applied},
                                                   {"rejected", StepStatus::applied},
                                                   {"refused", StepStatus::refused},
                                                   {"already", StepStatus::already_processed}};
  const Money mtm = effects_.equity.empty() ? Money{} : effects_.equity.back().mtm;
  const std::map<std::string, std::string> figures{
      {"cash", to_string(state_.cash)},
      {"available", to_string(state_.available())},
      {"reserved", to_string(state_.reserved)},
      {"mtm", to_string(mtm)},
      {"equity", effects_.equity.empty() ? "none" : to_string(effects_.equity.back().equity)},
      {"unrealized", effects_.marks.empty() ? "none" : to_string(effects_.marks.back().unrealized_pnl)},
      {"orders", std::to_string(orders_of(effects_).size())},
      {"trades", std::to_string(effects_.trades.size())},
      {"marks", std::to_string(effects_.marks.size())},
      {"version", std::to_string(state_.version)},
      {"residue", to_string(state_.strategy.sip_residue)},
  };
  const std::string what = word(words);
  if (const auto status = statuses.find(what); status != statuses.end()) {
    BOOST_TEST((result_.status == status->second), "got " << code(result_.reason) << ' ' << result_.detail);
    if (what == "already") {
      const std::string order = word(words);
      BOOST_TEST((order.empty() || order == std::to_string(result_.order.value)), result_.order.value);
      return;
    }
    const std::string reason = word(words);
    BOOST_TEST(code(result_.reason) == (reason.empty() ? "NONE" : reason));
    if (const std::string detail = rest(words); !detail.empty()) {
      BOOST_TEST(result_.detail == detail);
    }
  } else if (const auto figure = figures.find(what); figure != figures.end()) {
    BOOST_TEST(figure->second == word(words));
  } else if (what == "order") {
    expect_order(words);
  } else if (what == "trade") {
    expect_trade(words);
  } else if (what == "position") {
    expect_position(words);
  } else if (what == "event") {
    expect_event(words);
  } else if (what == "events") {
    const std::string type = word(words);
    BOOST_TEST(std::count_if(effects_.events.begin(), effects_.events.end(), [&](const Event& event) {
                 return to_text(event.type) == type;
               }) == std::stol(word(words)));
  } else {
    throw std::runtime_error("can't read expect " + what);
  }
}

void Scenario::expect_order(Words& words) {
  const std::map<std::int64_t, Order> orders = orders_of(effects_);
  const auto found = orders.find(std::stoll(word(words)));
  BOOST_TEST_REQUIRE((found != orders.end()));
  const Order& order = found->second;
  BOOST_TEST(to_text(order.status) == word(words));
  std::string reason = "NONE";
  for (std::string what; words >> what;) {
    if (what == "reserved") {
      BOOST_TEST(to_string(order.reserved) == word(words));
    } else if (what == "session") {
      BOOST_TEST((order.session ? format_date(*order.session) : "none") == word(words));
    } else if (what == "quantity") {
      BOOST_TEST(to_string(order.quantity) == word(words));
    } else if (what == "stop") {
      BOOST_TEST((order.stop_price ? to_string(*order.stop_price) : "none") == word(words));
    } else if (what == "limit") {
      BOOST_TEST((order.limit_price ? to_string(*order.limit_price) : "none") == word(words));
    } else if (what == "triggered") {  // the date, or none
      BOOST_TEST((order.triggered_at ? format_time(*order.triggered_at).substr(0, 10) : "none") == word(words));
    } else if (what == "replaces") {
      BOOST_TEST(std::to_string(order.replaces.value) == word(words));
    } else if (what == "filled") {
      BOOST_TEST(to_string(order.filled) == word(words));
    } else if (what == "group") {
      BOOST_TEST(std::to_string(order.group.value) == word(words));
    } else {
      reason = what;
    }
  }
  BOOST_TEST(code(order.reason) == reason);
}

void Scenario::expect_trade(Words& words) {
  const auto number = static_cast<std::size_t>(std::stoul(word(words)));
  BOOST_TEST_REQUIRE(number <= effects_.trades.size());
  const Trade& trade = effects_.trades[number - 1];
  BOOST_TEST(trade.id.value == static_cast<std::int64_t>(number));
  BOOST_TEST(to_text(trade.side) == word(words));
  BOOST_TEST(to_string(trade.quantity) == word(words));
  BOOST_TEST(market_.instrument(trade.instrument).symbol == word(words));
  word(words);  // at
  BOOST_TEST(to_string(trade.price) == word(words));
  const std::map<std::string, Money> others{
      {"fee", trade.fee}, {"slippage", trade.slippage}, {"realized", trade.realized_pnl}};
  for (std::string what; words >> what;) {
    if (what == "part") {  // part NAME AMOUNT
      const std::string name = word(words);
      const auto part = std::find_if(trade.fee_parts.begin(), trade.fee_parts.end(),
                                     [&](const FeePart& one) { return one.name == name; });
      BOOST_TEST((part == trade.fee_parts.end() ? "none" : to_string(part->amount)) == word(words), name);
    } else {
      BOOST_TEST(to_string(others.at(what)) == word(words));
    }
  }
}

void Scenario::expect_position(Words& words) {
  const std::string symbol = word(words);
  const Instrument* instrument = market_.find(symbol);
  Position position;
  for (const Position& other : state_.positions) {
    if (instrument != nullptr && other.instrument == instrument->id) {
      position = other;
    }
  }
  BOOST_TEST(to_string(position.quantity) == word(words));
  for (std::string what; words >> what;) {
    if (what == "lots") {  // lots 10@1000,5@600: quantity and cost, the oldest first
      std::string lots;
      for (const Lot& lot : position.lots) {
        lots += (lots.empty() ? "" : ",") + to_string(lot.quantity) + "@" + to_string(lot.cost);
      }
      BOOST_TEST((lots.empty() ? "none" : lots) == word(words));
    } else {
      BOOST_TEST(to_string(what == "cost" ? position.cost : position.realized_pnl) == word(words));
    }
  }
}

void Scenario::expect_event(Words& words) {
  const std::string type = word(words);
  const bool has_key = type.rfind("SIP_", 0) == 0 || type == "CORPORATE_ACTION";
  const std::string key = has_key ? word(words) : "";
  std::vector<const Event*> found;
  for (const Event& event : effects_.events) {
    if (to_text(event.type) == type && event.key == key) {
      found.push_back(&event);
    }
  }
  BOOST_TEST_REQUIRE(!found.empty());
  BOOST_TEST((found.size() == 1 || !has_key));
  for (std::string text; words >> text;) {
    const std::size_t equals = text.find('=');
    BOOST_TEST(field(*found.back(), text.substr(0, equals)) == text.substr(equals + 1), text);
  }
}

void Scenario::check_invariants() const {
  Money reserved;
  for (const Order& order : state_.open_orders) {
    BOOST_TEST(!is_final(order.status));
    BOOST_TEST(!order.reserved.is_negative());
    reserved += order.reserved;
  }
  BOOST_TEST((reserved == state_.reserved));
  BOOST_TEST(((!state_.cash.is_negative() && !state_.available().is_negative()) || state_.config->short_selling));
  Money cash;
  for (const CashMoved& moved : effects_.cash) {
    cash += moved.amount;
    BOOST_TEST((cash == moved.balance));
  }
  BOOST_TEST((cash == state_.cash));
  const Result<StrategyState> loaded = load_strategy(save(state_.strategy), state_.trading_state);
  BOOST_TEST((loaded.ok() && *loaded == state_.strategy));
}

}  // namespace tradingd::engine
