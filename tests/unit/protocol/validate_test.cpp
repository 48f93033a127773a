// Arguments against the command table, and the table against itself.
#include "daemon/protocol/validate.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "daemon/protocol/suggest.h"

using namespace tradingd::protocol;
using nlohmann::json;

namespace {

std::string complaint(std::string_view method, json arguments) {
  return join_errors(check_arguments(*find_command(method), arguments));
}

json order(const char* key = nullptr, const json& value = nullptr) {
  json arguments = {{"side", "buy"}, {"quantity", "10"}, {"symbol", "AAPL"}};
  if (key != nullptr) arguments[key] = value;
  return arguments;
}

}  // namespace

BOOST_AUTO_TEST_CASE(validate_table) {
  struct Case {
    const char* method;
    json arguments;
    const char* expected;  // part of the complaint; empty: none
  };
  const std::vector<Case> cases = {
      {"order.place", order(), ""},
      {"order.place", order("quantity", 10), ""},
      {"order.place", order("quantity", "-5"), ""},
      {"order.place", order("limit", nullptr), ""},
      {"order.place", order("request_id", "a1"), ""},
      {"order.place", order("user", "bob"), ""},
      {"order.place", order("quantitiy", "5"), "unknown argument 'quantitiy'; did you mean 'quantity'?"},
      {"order.place", order("side", "byu"), "side: 'byu' is not one of buy, sell; did you mean 'buy'?"},
      {"order.place", order("side", 1), "side: 1 is not text"},
      {"order.place", order("symbol", ""), "symbol: is empty"},
      {"order.place", order("symbol", "A\nB"), "symbol: 'A?B' has a control character"},
      {"order.place", order("symbol", std::string(1025, 'A')), "symbol: is longer than 1024 bytes"},
      {"order.place", order("request_id", std::string(129, 'A')), "request_id: is longer than 128 bytes"},
      {"order.place", order("quantity", "1e3"), "quantity: '1e3' is not a decimal number"},
      {"order.place", order("quantity", "0.123456789"), "at most 8 decimals"},
      {"order.place", order("quantity", true), "quantity: true is not a decimal number"},
      {"order.place", order("quantity", json::array()), "quantity: an array is not a decimal number"},
      {"order.place", order("run", "3"), "run: '3' is not a whole number"},
      {"order.place", order("after", "3"), "unknown argument 'after'"},
      {"order.place", json::object(), "missing argument 'side': buy or sell; missing argument 'quantity'"},
      {"order.list", {{"limit", 10'000}, {"reverse", true}, {"after", "x"}}, ""},
      {"order.list", {{"after", 12}}, ""},
      {"order.list", {{"limit", 0}}, "limit: 0 is not between 1 and 10000"},
      {"order.list", {{"limit", 10'001}}, "limit: 10001 is not between"},
      {"order.list", {{"reverse", 1}}, "reverse: 1 is neither true nor false"},
      {"order.list", {{"request_id", "a"}}, "unknown argument 'request_id'"},
      {"feed.push", {{"name", "us"}, {"rows", json::array({json{{"symbol", "A"}, {"price", 1}}})}}, ""},
      {"feed.push", {{"name", "us"}, {"rows", 1}}, "rows: 1 is not an array of maps"},
      {"feed.push",
       {{"name", "us"}, {"rows", json::array({json::object(), 1, json{{"a", json::array()}}})}},
       "rows: row 1, 2 (from 0)"},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.method << " " << test.arguments.dump()) {
      const std::string actual = complaint(test.method, test.arguments);
      if (std::string_view(test.expected).empty()) {
        BOOST_TEST(actual == "");
      } else {
        BOOST_TEST(actual.find(test.expected) != std::string::npos, "got: " << actual);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(validate_reports_all_errors_at_once) {
  json arguments = {{"side", "hold"}, {"quantity", "many"}, {"sybmol", "AAPL"}};
  const auto errors = check_arguments(*find_command("order.place"), arguments);
  BOOST_TEST(errors.size() == 4U);
}

BOOST_AUTO_TEST_CASE(validate_normalises) {
  json arguments = order("quantity", 10);
  arguments["limit"] = nullptr;
  BOOST_TEST(check_arguments(*find_command("order.place"), arguments).empty());
  BOOST_TEST(arguments == order());
}

BOOST_AUTO_TEST_CASE(validate_long_values_are_cut_between_characters) {
  const std::string text = complaint("order.place", order("side", std::string(39, 'x') + "üüü"));
  BOOST_TEST(text.find(std::string(39, 'x') + "…'") != std::string::npos, "got: " << text);
}

BOOST_AUTO_TEST_CASE(suggest_table) {
  const std::vector<std::string_view> words = {"order", "run", "feed", "user", "status"};
  BOOST_TEST(did_you_mean("fed", words) == "; did you mean 'feed'?");
}

BOOST_AUTO_TEST_CASE(commands_table_is_sound) {
  std::set<std::string_view> methods;
  for (const CommandSpec& command : commands()) {
    BOOST_TEST_CONTEXT(command.method) {
      BOOST_TEST(methods.insert(command.method).second);
      BOOST_TEST(find_command(command.method) == &command);
      BOOST_TEST(!command.help.empty());
      BOOST_TEST(command.example.starts_with("tradectl " + std::string(command.noun())));
      std::set<std::string_view> names;
      bool optional_seen = false;
      for (const ArgumentSpec& argument : command.arguments) {
        BOOST_TEST(names.insert(argument.name).second);
        if (!argument.positional) continue;
        BOOST_TEST(!(optional_seen && argument.required), "a required positional argument after an optional one");
        optional_seen = optional_seen || !argument.required;
      }
      for (const ArgumentSpec& shared : shared_arguments(command)) BOOST_TEST(names.insert(shared.name).second);
    }
  }
  BOOST_TEST(find_command("order") == nullptr);
  BOOST_TEST(find_command("") == nullptr);
}

BOOST_AUTO_TEST_CASE(commands_exit_statuses) {
  BOOST_TEST(exit_status("INVALID_ARGUMENT") == 2);
  BOOST_TEST(exit_status("NOT_PERMITTED") == 4);
  BOOST_TEST(exit_status("UNAVAILABLE") == 3);
  BOOST_TEST(exit_status("REFUSED") == 1);
  BOOST_TEST(exit_status("SOMETHING_NEW") == 1);
  BOOST_TEST(to_text(ErrorCode::internal) == "INTERNAL");
}
