// The engine's tables: texts, reasons, transitions.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "daemon/engine/effects.h"
#include "daemon/engine/order.h"
#include "daemon/engine/reason.h"

using namespace tradingd::engine;

namespace {

const std::string kScenarios = std::string(TD_SOURCE_DIR) + "/tests/unit/engine/scenarios";

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string reasons_page() {
  std::string page =
      "# Reasons\n\nWhy an order, an installment or a command was refused, skipped or ended; where several rules are "
      "broken, the first one here is named. Made from `daemon/engine/reason.cpp`: "
      "`TRADINGD_REWRITE=1 test_engine --run_test=the_page_of_reasons*` writes it anew.\n\n"
      "| code | meaning |\n|---|---|\n";
  for (int i = 1; i <= static_cast<int>(Reason::invalid_amount); ++i) {
    const ReasonInfo& row = info(static_cast<Reason>(i));
    page += "| `" + std::string(row.code) + "` | " + std::string(row.text) + " |\n";
  }
  return page;
}

}  // namespace

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

BOOST_AUTO_TEST_CASE(the_page_of_reasons_is_that_of_the_table) {
  const std::string path = std::string(TD_SOURCE_DIR) + "/daemon/engine/reasons.md";
  if (std::getenv("TRADINGD_REWRITE") != nullptr) {
    std::ofstream(path) << reasons_page();
  }
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  BOOST_TEST(found.str() == reasons_page(), "TRADINGD_REWRITE=1 writes it anew");
}

// Every reason is reached by a line of a scenario.
BOOST_AUTO_TEST_CASE(every_reason_has_its_scenario) {
  std::string scenarios;
  for (const auto& entry : std::filesystem::directory_iterator(kScenarios)) {
    if (entry.path().extension() == ".txt") {
      scenarios += slurp(entry.path());
    }
  }
  for (int i = 1; i <= static_cast<int>(Reason::invalid_amount); ++i) {
    const std::string reason{code(static_cast<Reason>(i))};
    BOOST_TEST(scenarios.find(reason) != std::string::npos, reason);
  }
}

// The index names a scenario for each rule of the semantics; each is there under that name.
BOOST_AUTO_TEST_CASE(the_index_names_scenarios_that_exist) {
  std::istringstream index(slurp(std::filesystem::path(kScenarios) / "INDEX.md"));
  int rows = 0;
  for (std::string line; std::getline(index, line);) {
    const std::size_t file = line.rfind("| `");
    const std::size_t colon = line.find(".txt`: ", file);
    if (line.rfind("| ", 0) != 0 || file == std::string::npos || colon == std::string::npos) {
      continue;
    }
    const std::string name = line.substr(file + 3, colon + 4 - file - 3);
    const std::string scenario = line.substr(colon + 7, line.rfind(" |") - colon - 7);
    BOOST_TEST(
        slurp(std::filesystem::path(kScenarios) / name).find("\nscenario " + scenario + "\n") != std::string::npos,
        name << ": " << scenario);
    ++rows;
  }
  BOOST_TEST(rows > 0);
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
