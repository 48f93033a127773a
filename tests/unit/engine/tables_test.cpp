// The engine's tables: texts, reasons, transitions.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/engine/effects.h"
#include "daemon/engine/order.h"
#include "daemon/engine/reason.h"

using namespace tradingd::engine;

namespace {

const std::filesystem::path kRoot = TD_SOURCE_DIR;
const std::filesystem::path kTests = kRoot / "tests/unit/engine";

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Its words with one blank between them.
std::string one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) {
    line += (line.empty() ? "" : " ") + word;
  }
  return line;
}

/// Whether nothing but blanks, a bullet and a section's title stands between two rules.
bool is_between_rules(std::string text) {
  if (const std::size_t title = text.find("## "); title != std::string::npos) {
    text.erase(title, text.find(" - ", title) - title);
  }
  return text.find_first_not_of(" -") == std::string::npos;
}

/// The words of a scenario's line that say what is expected; "reason=X" and "A:X" are two.
std::vector<std::string> expected_words(std::string line) {
  line.resize(std::min(line.find('#'), line.size()));
  if (!line.starts_with("expect ")) {
    return {};
  }
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '=' || c == ':'; }, ' ');
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
}

bool has_test(const std::string& file, const std::string& name) {
  return file.ends_with(".txt")
             ? slurp(kTests / "scenarios" / file).find("\nscenario " + name + "\n") != std::string::npos
             : slurp(kRoot / file).find(name) != std::string::npos;
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

// Every reason is what some scenario expects, in a file that is run.
BOOST_AUTO_TEST_CASE(every_reason_has_its_scenario) {
  const std::string cases = slurp(kTests / "scenarios_test.cpp");
  std::set<std::string> expected;
  for (const auto& entry : std::filesystem::directory_iterator(kTests / "scenarios")) {
    if (entry.path().extension() != ".txt") {
      continue;
    }
    const std::string file = entry.path().filename();
    BOOST_TEST(cases.find("run_scenarios(\"" + file + "\")") != std::string::npos, file << " is not run");
    std::istringstream lines(slurp(entry.path()));
    for (std::string line; std::getline(lines, line);) {
      const std::vector<std::string> words = expected_words(line);
      expected.insert(words.begin(), words.end());
    }
  }
  for (int i = 1; i <= static_cast<int>(Reason::invalid_amount); ++i) {
    const std::string reason{code(static_cast<Reason>(i))};
    BOOST_TEST(expected.count(reason) == 1, reason);
  }
}

// The index has a test for every word of the semantics, and each of them is there.
BOOST_AUTO_TEST_CASE(every_rule_has_its_test) {
  std::string rules = one_line(slurp(kRoot / "daemon/engine/semantics.md"));
  rules.erase(0, rules.find(" ## "));
  std::size_t at = 0;  // the pieces come in the page's own order
  std::istringstream index(slurp(kTests / "scenarios/INDEX.md"));
  for (std::string line; std::getline(index, line);) {
    const std::size_t file = line.rfind(" | `");
    const std::size_t name = line.find("`: ", file);
    if (!line.starts_with("| ") || file == std::string::npos || name == std::string::npos) {
      continue;
    }
    std::string rule = line.substr(2, file - 2);
    std::erase(rule, '\\');
    const std::string test = line.substr(file + 4, name - file - 4);
    const std::string wanted = line.substr(name + 3, line.rfind(" |") - name - 3);
    BOOST_TEST(has_test(test, wanted), test << ": " << wanted);
    const std::size_t found = rules.find(rule, at);
    BOOST_TEST_REQUIRE(found != std::string::npos, rule);
    BOOST_TEST(is_between_rules(rules.substr(at, found - at)), "no test for: " << rules.substr(at, found - at));
    at = found + rule.size();
  }
  BOOST_TEST(is_between_rules(rules.substr(at)), "no test for: " << rules.substr(at));
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
