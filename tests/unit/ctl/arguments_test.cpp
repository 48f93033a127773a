// Command lines that people type, right and wrong.
#include "ctl/arguments.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "ctl/client.h"
#include "ctl/help.h"

using namespace tradingd::ctl;
using nlohmann::json;

namespace {

std::variant<Invocation, Ending> parse(const std::string& line) {
  std::istringstream input(line);
  std::vector<std::string> words{"tradectl"};
  for (std::string word; input >> word;) words.push_back(word);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  return parse_arguments(static_cast<int>(argv.size()), argv.data());
}

}  // namespace

BOOST_AUTO_TEST_CASE(arguments_right) {
  struct Case {
    const char* line;
    const char* method;
    json arguments;
  };
  const std::vector<Case> cases = {
      {"status", "status", json::object()},
      {"order place buy 10 AAPL", "order.place", {{"side", "buy"}, {"quantity", "10"}, {"symbol", "AAPL"}}},
      {"order place buy -5 AAPL", "order.place", {{"side", "buy"}, {"quantity", "-5"}, {"symbol", "AAPL"}}},
      {"order place sell 0.5 list --limit -2.5 --client-order-id x1 --run 3",
       "order.place",
       {{"side", "sell"},
        {"quantity", "0.5"},
        {"symbol", "list"},
        {"limit", "-2.5"},
        {"client_order_id", "x1"},
        {"run", 3}}},
      {"--user bob order list --status FILLED --reverse",
       "order.list",
       {{"user", "bob"}, {"status", "FILLED"}, {"reverse", true}}},
      {"order list --user bob", "order.list", {{"user", "bob"}}},
      {"run stop", "run.stop", json::object()},
      {"run stop 7", "run.stop", {{"run", 7}}},
      {"run stop --run 7", "run.stop", {{"run", 7}}},
      {"run show savings", "run.show", {{"run", "savings"}}},
      {"audit list --since 2d", "audit.list", {{"since", "2d"}}},
      {"equity --since 2020-01-01", "equity.list", {{"since", "2020-01-01"}}},
      {"run start --feed us --strategy /dev/null --initial-cash 100000",
       "run.start",
       {{"feed", "us"}, {"strategy", ""}, {"initial_cash", "100000"}}},
      {"cash deposit 5000 --request-id r1", "cash.deposit", {{"amount", "5000"}, {"request_id", "r1"}}},
      {"feed push live", "feed.push", {{"name", "live"}}},
      {"user add bob --uid 1000 --role user", "user.add", {{"name", "bob"}, {"uid", 1000}, {"role", "user"}}},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.line) {
      const auto parsed = parse(test.line);
      if (const auto* ending = std::get_if<Ending>(&parsed)) BOOST_ERROR(ending->message);
      if (const auto* invocation = std::get_if<Invocation>(&parsed)) {
        BOOST_TEST(invocation->command->method == test.method);
        BOOST_TEST(invocation->arguments == test.arguments);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(arguments_of_showing) {
  const auto list = parse("order list --limit 20000 --json --socket /s");
  BOOST_REQUIRE(std::holds_alternative<Invocation>(list));
  BOOST_TEST(std::get<Invocation>(list).limit.value() == 20'000);
  BOOST_TEST(std::get<Invocation>(list).json);
  BOOST_TEST(std::get<Invocation>(list).socket.value() == "/s");

  const auto equity = parse("equity 3 4 --plot --width 60");
  BOOST_REQUIRE(std::holds_alternative<Invocation>(equity));
  BOOST_TEST((std::get<Invocation>(equity).runs == std::vector<json>{3, 4}));
  BOOST_TEST(std::get<Invocation>(equity).options.value("plot", false));
  BOOST_TEST(std::get<Invocation>(equity).options.value("width", 0) == 60);
  for (const char* line : {"equity --run 3 --run 4", "equity list 3 4"}) {
    const auto other = parse(line);
    BOOST_REQUIRE(std::holds_alternative<Invocation>(other));
    BOOST_TEST((std::get<Invocation>(other).runs == std::vector<json>{3, 4}));
  }
}

BOOST_AUTO_TEST_CASE(orders_and_runs_may_be_named) {
  for (const char* line : {"order cancel my-id --run savings", "order replace my-id --limit 5",
                           "order place buy 1 AAPL --limit 1 --oco my-id"}) {
    const auto parsed = parse(line);
    BOOST_REQUIRE_MESSAGE(std::holds_alternative<Invocation>(parsed), line);
    const json& arguments = std::get<Invocation>(parsed).arguments;
    BOOST_TEST(arguments.value(arguments.contains("oco") ? "oco" : "order_id", json()) == "my-id");
  }
}

BOOST_AUTO_TEST_CASE(topics_and_runs_to_watch) {
  const auto parsed = parse("watch orders,trades equity --run 3 --run savings");
  BOOST_REQUIRE(std::holds_alternative<Invocation>(parsed));
  const auto& invocation = std::get<Invocation>(parsed);
  BOOST_TEST((invocation.topics == std::vector<std::string>{"orders", "trades", "equity"}));
  BOOST_TEST((invocation.runs == std::vector<json>{3, "savings"}));
  BOOST_TEST((std::get<Invocation>(parse("watch")).topics == std::vector<std::string>{"events"}));
}

BOOST_AUTO_TEST_CASE(arguments_wrong) {
  struct Case {
    const char* line;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"ordr list", "no command 'ordr'; did you mean 'order'?"},
      {"order plce buy 1 A", "no command 'order plce'; did you mean 'place'?"},
      {"order", "say what to do with 'order'"},
      {"feed pa", "no command 'feed pa'; did you mean 'pause'?"},
      {"order place", "missing argument 'side'"},
      {"order place buy ten AAPL", "quantity: 'ten' is not a decimal number"},
      {"order place byu 1 AAPL", "did you mean 'buy'?"},
      {"order place buy 1 AAPL MSFT", "one argument too many: 'MSFT'"},
      {"order place buy 1 AAPL --limt 5", "no option --limt; did you mean '--limit'?"},
      {"order place buy 1 AAPL --limit", "--limit"},
      {"order place buy 1 AAPL --limit 1 --limit 2", "--limit"},
      {"order list --limit 0", "limit: '0' is not a number of rows"},
      {"run schedule --next abc", "next: 'abc' is not a whole number"},
      {"watch trdaes", "did you mean 'trades'?"},
      {"order list --since yesterday", "how long back"},
      {"status --sort pid", "--sort is for lists"},
      {"run start --feed us --strategy /no/such/file", "No such file"},
      {"run start --feed us", "missing argument 'strategy'"},
      {"equity --width 3", "from 10 to 1000"},
      {"status --json --csv", "exclude each other"},
      {"status --color=red", "auto, always or never"},
      {"--bogus", "no option --bogus"},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.line) {
      const auto parsed = parse(test.line);
      const auto* ending = std::get_if<Ending>(&parsed);
      BOOST_REQUIRE(ending != nullptr);
      BOOST_TEST(ending->exit_status == kUsage);
      BOOST_TEST(ending->output == "");
      BOOST_TEST(ending->message.find(test.expected) != std::string::npos, ending->message);
    }
  }
}

BOOST_AUTO_TEST_CASE(arguments_help) {
  struct Case {
    const char* line;
    const char* expected;
  };
  for (const Case& test :
       {Case{"", "Examples:"}, Case{"--help", "Commands:"}, Case{"-h", "Exit status:"},
        Case{"order --help", "order place"}, Case{"order place --help", "QUANTITY"},
        Case{"order place buy -h", "QUANTITY"}, Case{"equity --help", "--plot"}, Case{"--version", "tradectl "}}) {
    BOOST_TEST_CONTEXT(test.line) {
      const auto parsed = parse(test.line);
      const auto* ending = std::get_if<Ending>(&parsed);
      BOOST_REQUIRE(ending != nullptr);
      BOOST_TEST(ending->exit_status == kDone);
      BOOST_TEST(ending->output.find(test.expected) != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(arguments_every_command_has_help_and_its_example_parses) {
  for (const auto& command : tradingd::protocol::commands()) {
    BOOST_TEST_CONTEXT(command.method) {
      BOOST_TEST(command_help(command).find(std::string(command.example)) != std::string::npos);
      std::string line(command.example.substr(command.example.find(' ') + 1));
      line = line.substr(0, line.find(" <"));
      if (const auto file = line.find("sip.toml"); file != std::string::npos) line.replace(file, 8, "/dev/null");
      const auto parsed = parse(line);
      BOOST_REQUIRE(std::holds_alternative<Invocation>(parsed));
      BOOST_TEST(std::get<Invocation>(parsed).command == &command);
    }
  }
}
