// Who may call what: every command, every kind of caller, every target; against a list that was not
// made from the command table.
#include "daemon/admin/dispatcher.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "tests/unit/admin/fake_backend.h"

using namespace tradingd::admin;
using namespace tradingd::protocol;
using nlohmann::json;

namespace {

constexpr std::int64_t kAdminGroup = 700;

/// Written by hand. A command that is missing here fails the test: decide who may call it.
const std::map<std::string_view, Role> kExpectedRoles = {
    {"status", Role::any_user},
    {"reload", Role::admin},
    {"user.add", Role::admin},
    {"user.list", Role::admin},
    {"user.show", Role::admin},
    {"feed.add", Role::admin},
    {"feed.list", Role::any_user},
    {"feed.show", Role::any_user},
    {"feed.push", Role::admin},
    {"feed.pause", Role::admin},
    {"feed.resume", Role::admin},
    {"run.start", Role::user},
    {"run.stop", Role::user},
    {"run.list", Role::user},
    {"run.show", Role::user},
    {"run.delete", Role::user},
    {"run.verify", Role::user},
    {"ledger.verify", Role::admin},
    {"ledger.archive", Role::staff},
    {"order.place", Role::user},
    {"order.cancel", Role::user},
    {"order.replace", Role::user},
    {"halt", Role::operators},
    {"resume", Role::user},
    {"order.list", Role::user},
    {"trade.list", Role::user},
    {"position.list", Role::user},
    {"event.list", Role::user},
    {"cash.list", Role::user},
    {"cash.deposit", Role::user},
    {"cash.withdraw", Role::user},
    {"equity.list", Role::user},
    {"audit.list", Role::user},
    {"metrics", Role::any_user},
    {"watch", Role::user},
    {"doctor", Role::any_user},
    {"calendar.list", Role::any_user},
    {"calendar.show", Role::any_user},
    {"calendar.is_open", Role::any_user},
    {"run.schedule", Role::user},
    {"user.set-limits", Role::admin},
    {"bar.list", Role::user},
    {"instrument.list", Role::any_user},
    {"action.list", Role::any_user},
    {"feed.action", Role::admin},
};

/// What an operator may read of others, written by hand too.
const std::set<std::string_view> kReads = {"run.list",   "run.show",      "run.verify",  "order.list",  "trade.list",
                                           "event.list", "position.list", "cash.list",   "equity.list", "audit.list",
                                           "bar.list",   "watch",         "run.schedule"};

/// What means everybody when an admin who trades nothing himself asks.
const std::set<std::string_view> kEverybodys = {"run.list", "run.verify", "audit.list"};

struct CallerKind {
  const char* name;
  Peer peer;
  bool known;
  bool admin;
  const char* user;  // name of the caller; nullptr: not a trading user
};

std::vector<CallerKind> callers() {
  return {
      {"stranger", Peer{.uid = 5, .gid = 5, .pid = 1, .groups = {5}}, false, false, nullptr},
      {"root, no member of anything", Peer{.uid = 0, .gid = 0, .pid = 1, .groups = {0}}, false, false, nullptr},
      {"user", Peer{.uid = 1000, .gid = 1000, .pid = 1, .groups = {4, 24}}, true, false, "alice"},
      {"operator", Peer{.uid = 1002, .gid = 1002, .pid = 1, .groups = {}}, true, false, "olga"},
      {"admin by role", Peer{.uid = 1003, .gid = 1003, .pid = 1, .groups = {}}, true, true, "ada"},
      {"admin by primary group", Peer{.uid = 6, .gid = kAdminGroup, .pid = 1, .groups = {}}, true, true, nullptr},
      {"admin by other group", Peer{.uid = 1000, .gid = 1000, .pid = 1, .groups = {4, kAdminGroup}}, true, true,
       "alice"},
  };
}

void fill(FakeBackend& backend) {
  backend.add(1000, "alice");
  backend.add(1001, "bob");
  backend.add(1002, "olga", "operator");
  backend.add(1003, "ada", "admin");
}

/// The least that a command takes.
json required_arguments(const CommandSpec& command) {
  json arguments = json::object();
  for (const ArgumentSpec& spec : command.arguments) {
    if (!spec.required) continue;
    const bool choice = !spec.choices.empty();
    const std::string key(spec.name);
    switch (spec.type) {
      case ArgumentType::integer:
        arguments[key] = 1;
        break;
      case ArgumentType::boolean:
        arguments[key] = true;
        break;
      case ArgumentType::rows:
        arguments[key] = json::array();
        break;
      case ArgumentType::time:
        arguments[key] = "2020-01-01T00:00:00Z";
        break;
      case ArgumentType::moment:
        arguments[key] = "90d";
        break;
      case ArgumentType::decimal:
        arguments[key] = "1";
        break;
      default:
        arguments[key] = choice ? std::string(spec.choices.substr(0, spec.choices.find('|'))) : "x";
    }
  }
  return arguments;
}

/// What the rules of the design say; nothing: the call is allowed.
std::optional<ErrorCode> expected_failure(const CallerKind& caller, std::string_view method, Role role,
                                          std::string_view target) {
  const bool is_operator = caller.user != nullptr && std::string_view(caller.user) == "olga";
  const bool for_others = caller.admin || (is_operator && (role == Role::operators || kReads.contains(method)));
  if (!caller.known) return ErrorCode::not_permitted;
  if (role == Role::admin && !caller.admin) return ErrorCode::not_permitted;
  if (role == Role::staff && !caller.admin && !is_operator) return ErrorCode::not_permitted;
  const bool own = target.empty() || (caller.user != nullptr && target == caller.user);
  // To resume a user as a whole is an admin's, whoever it is.
  if (method == "resume" && !target.empty() && !caller.admin) return ErrorCode::not_permitted;
  if (!own && !for_others) return ErrorCode::not_permitted;
  if (!own && target == "nobody") return ErrorCode::not_found;
  if ((role == Role::user || role == Role::operators) && own && caller.user == nullptr && !kEverybodys.contains(method))
    return ErrorCode::invalid_argument;
  return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_CASE(dispatcher_expected_list_is_complete) {
  std::set<std::string_view> listed;
  for (const auto& [method, role] : kExpectedRoles) listed.insert(method);
  std::set<std::string_view> real;
  for (const CommandSpec& command : commands()) real.insert(command.method);
  BOOST_TEST((listed == real));
}

BOOST_AUTO_TEST_CASE(dispatcher_every_cell) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {kAdminGroup});
  std::size_t cells = 0;
  for (const CommandSpec& command : commands()) {
    const auto listed = kExpectedRoles.find(command.method);
    BOOST_REQUIRE(listed != kExpectedRoles.end());
    for (const CallerKind& caller : callers()) {
      for (const std::string target : {"", "alice", "bob", "nobody"}) {
        BOOST_TEST_CONTEXT(command.method << " by " << caller.name << " for '" << target << "'") {
          json arguments = required_arguments(command);
          if (!target.empty()) arguments["user"] = target;
          const auto decision = dispatcher.authorise(caller.peer, command.method, arguments);
          const auto expected = expected_failure(caller, command.method, listed->second, target);
          const auto* failure = std::get_if<Failure>(&decision);
          BOOST_TEST((failure != nullptr) == expected.has_value());
          if (failure != nullptr && expected) {
            BOOST_TEST(to_text(failure->code) == to_text(*expected));
          } else if (failure == nullptr) {
            const auto& request = std::get<Request>(decision);
            const std::string name = target.empty() ? (caller.user == nullptr ? "" : caller.user) : target;
            BOOST_TEST((request.user ? request.user->name : "") == name);
            BOOST_TEST(request.admin == caller.admin);
            const bool everybodys = name.empty() && kEverybodys.contains(command.method);
            BOOST_TEST(request.arguments.value("all", false) == everybodys);
            BOOST_TEST(request.uid == caller.peer.uid);
            BOOST_TEST(!request.arguments.contains("user"));
          }
          ++cells;
        }
      }
    }
  }
  BOOST_TEST(cells == kExpectedRoles.size() * 7 * 4);
}

BOOST_AUTO_TEST_CASE(dispatcher_no_admin_group_by_default) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {});
  const auto decision =
      dispatcher.authorise(Peer{.uid = 6, .gid = 0, .pid = 1, .groups = {0, kAdminGroup}}, "user.list", json::object());
  BOOST_REQUIRE(std::holds_alternative<Failure>(decision));
  const auto& failure = std::get<Failure>(decision);
  BOOST_TEST(to_text(failure.code) == "NOT_PERMITTED");
  BOOST_TEST(failure.message.find("tradectl user add NAME --uid 6") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(dispatcher_all_runs_are_for_admins) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {kAdminGroup});
  for (const CallerKind& caller : callers()) {
    if (!caller.known) continue;
    BOOST_TEST_CONTEXT(caller.name) {
      const auto all = dispatcher.authorise(caller.peer, "run.list", {{"all", true}});
      const bool is_operator = caller.user != nullptr && std::string_view(caller.user) == "olga";
      BOOST_TEST(std::holds_alternative<Request>(all) == (caller.admin || is_operator));
      if (caller.user == nullptr) continue;
      BOOST_TEST(std::holds_alternative<Request>(dispatcher.authorise(caller.peer, "run.list", {{"all", false}})));
    }
  }
}

BOOST_AUTO_TEST_CASE(dispatcher_everybody_is_halted_by_operators_and_resumed_by_admins) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {kAdminGroup});
  for (const CallerKind& caller : callers()) {
    BOOST_TEST_CONTEXT(caller.name) {
      const bool is_operator = caller.user != nullptr && std::string_view(caller.user) == "olga";
      const auto halted = dispatcher.authorise(caller.peer, "halt", {{"all", true}});
      BOOST_TEST(std::holds_alternative<Request>(halted) == (caller.admin || is_operator));
      const auto resumed = dispatcher.authorise(caller.peer, "resume", {{"all", true}, {"reason", "over"}});
      BOOST_TEST(std::holds_alternative<Request>(resumed) == caller.admin);
    }
  }
}

BOOST_AUTO_TEST_CASE(dispatcher_keeps_the_daemons_own_request_ids) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {});
  const auto decision = dispatcher.authorise(Peer{.uid = 1000, .gid = 1, .pid = 1, .groups = {}}, "run.stop",
                                             {{"request_id", "tradingd:user-1-1"}});
  BOOST_REQUIRE(std::holds_alternative<Failure>(decision));
  BOOST_TEST(to_text(std::get<Failure>(decision).code) == "INVALID_ARGUMENT");
}

BOOST_AUTO_TEST_CASE(dispatcher_removed_user_loses_his_rights_at_once) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {});
  const Peer alice{.uid = 1000, .gid = 1000, .pid = 1, .groups = {}};
  BOOST_TEST(std::holds_alternative<Request>(dispatcher.authorise(alice, "run.list", json::object())));
  backend.users.erase(1000);
  BOOST_TEST(std::holds_alternative<Failure>(dispatcher.authorise(alice, "run.list", json::object())));
}

BOOST_AUTO_TEST_CASE(dispatcher_request_ids) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {});
  const Peer alice{.uid = 1000, .gid = 1000, .pid = 1, .groups = {}};
  const json order = {{"side", "buy"}, {"quantity", 1}, {"symbol", "AAPL"}};
  const auto id_of = [&](const json& arguments) {
    const auto decision = dispatcher.authorise(alice, "order.place", arguments);
    BOOST_REQUIRE(std::holds_alternative<Request>(decision));
    BOOST_TEST(!std::get<Request>(decision).arguments.contains("request_id"));
    return std::get<Request>(decision).request_id;
  };
  json with_id = order;
  with_id["request_id"] = "mine";
  BOOST_TEST(id_of(with_id) == "mine");
  BOOST_TEST(id_of(order).size() == 39U);
  BOOST_TEST(id_of(order) != id_of(order));
}

BOOST_AUTO_TEST_CASE(dispatcher_unknown_method) {
  FakeBackend backend;
  fill(backend);
  const Dispatcher dispatcher(backend, {});
  const auto decision =
      dispatcher.authorise(Peer{.uid = 1000, .gid = 1, .pid = 1, .groups = {}}, "order.plaec", json::object());
  BOOST_REQUIRE(std::holds_alternative<Failure>(decision));
  BOOST_TEST(std::get<Failure>(decision).message == "there is no method 'order.plaec'; did you mean 'order.place'?");
}

BOOST_AUTO_TEST_CASE(dispatcher_holds_up_who_is_too_fast_and_records_it) {
  FakeBackend backend;
  fill(backend);
  RateLimiter::Clock::time_point now;
  Dispatcher dispatcher(backend, {}, [&] { return now; });
  dispatcher.set_rates(50, 10);
  const Peer alice{.uid = 1000, .gid = 1, .pid = 1, .groups = {}};
  int held_up = 0;
  const auto call = [&](const char* method, const json& arguments) {
    held_up = 0;
    dispatcher.dispatch(alice, method, arguments, [&](Reply reply) {
      held_up += reply.failure && to_text(reply.failure->code) == "BUSY" ? 1 : 0;
    });
    return held_up;
  };
  const json order = {{"side", "buy"}, {"quantity", 1}, {"symbol", "AAPL"}};
  for (int i = 0; i < 20; ++i) BOOST_TEST(call("order.place", order) == 0);
  BOOST_TEST(call("order.place", order) == 1);
  BOOST_TEST(call("order.list", json::object()) == 0);
  BOOST_TEST(call("halt", json::object()) == 0);
  BOOST_REQUIRE(backend.refusals.size() == 1U);
  BOOST_TEST(backend.refusals[0].method == "order.place");
  BOOST_TEST(backend.refusals[0].code == "BUSY");
  BOOST_TEST(backend.refusals[0].message.starts_with("RATE_LIMIT_EXCEEDED"));
  now += std::chrono::milliseconds(100);
  BOOST_TEST(call("order.place", order) == 0);
  BOOST_TEST(call("order.place", order) == 1);
}

BOOST_AUTO_TEST_CASE(dispatcher_records_what_was_not_permitted_some_of_it) {
  FakeBackend backend;
  fill(backend);
  RateLimiter::Clock::time_point now;
  Dispatcher dispatcher(backend, {}, [&] { return now; });
  const Peer alice{.uid = 1000, .gid = 1, .pid = 1, .groups = {}};
  const auto ignore = [](const Reply&) {};
  for (int i = 0; i < 100; ++i) dispatcher.dispatch(alice, "user.add", {{"name", "mallory"}}, ignore);
  dispatcher.dispatch(alice, "user.list", json::object(), ignore);  // changes nothing
  BOOST_TEST(backend.refusals.size() == 10U);
  BOOST_TEST(backend.refusals[0].code == "NOT_PERMITTED");
  BOOST_TEST(backend.refusals[0].arguments == R"({"name":"mallory"})");
}

BOOST_AUTO_TEST_CASE(dispatcher_backend_exception_is_internal) {
  FakeBackend backend;
  fill(backend);
  backend.set_handler([](const Request&, const ReplyFunction&) { throw std::runtime_error("secret"); });
  Dispatcher dispatcher(backend, {});
  std::vector<Reply> replies;
  dispatcher.dispatch(Peer{.uid = 1000, .gid = 1, .pid = 1, .groups = {}}, "status", json::object(),
                      [&](Reply reply) { replies.push_back(std::move(reply)); });
  BOOST_REQUIRE(replies.size() == 1U);
  BOOST_TEST(to_text(replies.at(0).failure->code) == "INTERNAL");
  BOOST_TEST(replies.at(0).failure->message.find("secret") == std::string::npos);
}
