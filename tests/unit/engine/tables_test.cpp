// The engine's tables: texts, reasons, transitions.
#include <boost/test/unit_test.hpp>
#include <set>

#include "daemon/engine/effects.h"
#include "daemon/engine/order.h"
#include "daemon/engine/reason.h"

using namespace tradingd::engine;

BOOST_AUTO_TEST_CASE(texts_lead_back_to_their_values) {
  for (int i = 0; i < 7; ++i) {
    const auto type = static_cast<OrderType>(i);
    const auto tif = static_cast<TimeInForce>(i);
    const auto status = static_cast<OrderStatus>(i);
    BOOST_TEST((order_type_from_text(to_text(type)) == type));
    BOOST_TEST((time_in_force_from_text(to_text(tif)) == tif));
    BOOST_TEST((order_status_from_text(to_text(status)) == status));
  }
  for (int i = 0; i < 3; ++i) {
    const auto source = static_cast<OrderSource>(i);
    const auto state = static_cast<TradingState>(i);
    BOOST_TEST((order_source_from_text(to_text(source)) == source));
    BOOST_TEST((trading_state_from_text(to_text(state)) == state));
  }
  BOOST_TEST((side_from_text("buy") == Side::buy && side_from_text("sell") == Side::sell));
  BOOST_TEST((!side_from_text("BUY") && !order_type_from_text("") && !order_status_from_text("pending")));
}

BOOST_AUTO_TEST_CASE(reasons_have_a_code_and_a_sentence_of_their_own) {
  std::set<std::string_view> codes;
  for (int i = 0; i <= static_cast<int>(Reason::invalid_amount); ++i) {
    const ReasonInfo& row = info(static_cast<Reason>(i));
    BOOST_TEST_CONTEXT(row.code) {
      BOOST_TEST((row.reason == static_cast<Reason>(i)));
      BOOST_TEST(codes.insert(row.code).second);
      BOOST_TEST((reason_from_code(row.code) == row.reason));
      BOOST_TEST(row.text.back() == '.');
    }
  }
  BOOST_TEST(!reason_from_code("insufficient_cash").has_value());
}

BOOST_AUTO_TEST_CASE(order_status_transitions) {
  // Row: from, column: to; in the order of the enum.
  constexpr const char* kAllowed[] = {
      "xxxxxx.",  // PENDING
      ".xxxxx.",  // PARTIALLY_FILLED
      ".......",  // FILLED
      ".......",  // CANCELED
      ".......",  // EXPIRED
      ".......",  // REPLACED
      ".......",  // REJECTED
  };
  for (std::size_t from = 0; from < 7; ++from) {
    for (std::size_t to = 0; to < 7; ++to) {
      const auto a = static_cast<OrderStatus>(from);
      const auto b = static_cast<OrderStatus>(to);
      BOOST_TEST(may_become(a, b) == (kAllowed[from][to] == 'x'), to_text(a) << " to " << to_text(b));
    }
    BOOST_TEST(is_final(static_cast<OrderStatus>(from)) == (from > 1));
  }
}
