#include "daemon/admin/dispatcher.h"

#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/base/assert.h"
#include "daemon/base/failpoint.h"
#include "daemon/base/log_fields.h"
#include "daemon/protocol/suggest.h"
#include "daemon/protocol/validate.h"

namespace tradingd::admin {

namespace {

using nlohmann::json;
using protocol::ErrorCode;
using protocol::Role;

/// Of inputs that the daemon makes by itself (sequencer/standing.h).
constexpr std::string_view kOwnRequestIds = "tradingd:";

/// Stopping must always be possible.
constexpr std::string_view kNeverHeldUp = "halt";
/// Refusals of one Unix user that the audit trail takes; the others are only answered.
constexpr Rate kRefusalRecords{1, 10};
constexpr std::size_t kRecordedArgumentsMax = 4096;

/// What the audit trail has of a command that may be refused.
std::string text_for_record(std::string_view method, const json& arguments) {
  const protocol::CommandSpec* command = protocol::find_command(method);
  return command != nullptr && command->mutating ? arguments.dump(-1, ' ', false, json::error_handler_t::replace)
                                                 : "{}";
}

Rate rate_of(std::int64_t per_second) { return {per_second, 2 * per_second}; }

/// An id for a client that sent none: 128 random bits, so that it can't be another call's.
std::string make_request_id() {
  std::array<unsigned char, 16> bytes{};
  TD_ASSERT(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  std::string id = "server-";
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte >> 4U];
    id += "0123456789abcdef"[byte & 15U];
  }
  return id;
}

Failure unknown_method(std::string_view method) {
  std::vector<std::string_view> methods;
  for (const auto& command : protocol::commands()) methods.push_back(command.method);
  return Failure{
      ErrorCode::unknown_method,
      "there is no method '" + std::string(method.substr(0, 64)) + "'" + protocol::did_you_mean(method, methods),
      json::object()};
}

Failure starting() {
  return Failure{ErrorCode::unavailable, "the daemon is starting and doesn't know its users yet; try again in a moment",
                 json::object()};
}

std::string take_text(json& arguments, const char* key) {
  const auto found = arguments.find(key);
  if (found == arguments.end()) return {};
  std::string text = found->get<std::string>();
  arguments.erase(found);
  return text;
}

/// The first argument given that only admins may use; empty if there is none. A false flag asks for nothing.
std::string_view admin_argument(const protocol::CommandSpec& command, json& arguments) {
  for (const auto& spec : command.arguments) {
    if (!spec.admin_only) continue;
    const auto found = arguments.find(spec.name);
    if (found != arguments.end() && *found != false) return spec.name;
  }
  return {};
}

/// Whether it can be about all users at once.
bool takes_all(const protocol::CommandSpec& command) {
  return std::any_of(command.arguments.begin(), command.arguments.end(),
                     [](const protocol::ArgumentSpec& spec) { return spec.name == "all"; });
}

}  // namespace

/// A peer as the daemon knows him.
struct Dispatcher::Caller {
  std::optional<User> user;
  bool admin = false;

  [[nodiscard]] bool is_staff() const { return admin || (user && user->role == "operator"); }
  /// Whether he may do it for others. An operator halts anyone and reads everything; he can't trade.
  [[nodiscard]] bool acts_for_others(const protocol::CommandSpec& command) const {
    const bool operators = command.role == Role::operators || (command.role == Role::user && !command.mutating);
    return admin || (operators && user && user->role == "operator");
  }
};

Dispatcher::Dispatcher(Backend& backend, std::vector<std::int64_t> admin_groups,
                       std::function<RateLimiter::Clock::time_point()> now)
    : backend_(backend),
      admin_groups_(std::move(admin_groups)),
      now_(std::move(now)),
      limiter_(rate_of(rates_.commands_per_second), rate_of(rates_.changes_per_second)),
      refusals_(kRefusalRecords, kRefusalRecords) {}

void Dispatcher::set_rates(std::int64_t commands_per_second, std::int64_t changes_per_second) {
  rates_.commands_per_second = commands_per_second;
  rates_.changes_per_second = changes_per_second;
  limiter_.set(rate_of(commands_per_second), rate_of(changes_per_second));
}

std::optional<Failure> Dispatcher::hold_up(const Request& request) {
  const bool changes = request.command->mutating;
  if (request.command->method == kNeverHeldUp || limiter_.admit(request.uid, changes, now_())) {
    return std::nullopt;
  }
  return Failure{ErrorCode::busy,
                 "RATE_LIMIT_EXCEEDED: the Unix user " + std::to_string(request.uid) + " may give " +
                     std::to_string(rates_.commands_per_second) + " commands a second, " +
                     std::to_string(rates_.changes_per_second) +
                     " of them changes; try again in a moment, or ask an admin for more ([socket] changes_per_second)",
                 json::object()};
}

void Dispatcher::record_refusal(const Peer& peer, std::string_view method, const std::string& arguments,
                                const Failure& failure) {
  const protocol::CommandSpec* command = protocol::find_command(method);
  const bool ours = failure.code == ErrorCode::not_permitted || failure.code == ErrorCode::busy;
  if (command == nullptr || !command->mutating || !ours || !refusals_.admit(peer.uid, true, now_())) {
    return;
  }
  const auto user = backend_.find_user(peer.uid);
  backend_.record_refusal({peer.uid, user ? user->id : UserId{0}, std::string(method),
                           arguments.size() <= kRecordedArgumentsMax ? arguments : "{}", make_request_id(),
                           std::string(to_text(failure.code)), failure.message});
}

Dispatcher::Caller Dispatcher::identify(const Peer& peer) const {
  Caller caller{backend_.find_user(peer.uid), false};
  const auto is_admin_group = [&](std::int64_t gid) {
    return std::find(admin_groups_.begin(), admin_groups_.end(), gid) != admin_groups_.end();
  };
  caller.admin = (caller.user && caller.user->role == "admin") || is_admin_group(peer.gid) ||
                 std::any_of(peer.groups.begin(), peer.groups.end(), is_admin_group);
  return caller;
}

std::variant<Request, Failure> Dispatcher::authorise(const Peer& peer, std::string_view method, json arguments) const {
  const Caller caller = identify(peer);
  if (!caller.user && !caller.admin && !backend_.knows_users()) return starting();
  if (!caller.user && !caller.admin) {
    const std::string uid = std::to_string(peer.uid);
    return Failure{
        ErrorCode::not_permitted,
        "the Unix user " + uid + " is not a user of this daemon; ask an admin for: tradectl user add NAME --uid " + uid,
        json{{"uid", peer.uid}}};
  }
  const protocol::CommandSpec* command = protocol::find_command(method);
  if (command == nullptr) return unknown_method(method);
  if (command->role == Role::admin && !caller.admin) {
    return Failure{
        ErrorCode::not_permitted,
        std::string(method) + " is for admins; ask one, or to become one: members of the daemon's admin group are",
        json::object()};
  }
  if (command->role == Role::staff && !caller.is_staff()) {
    return Failure{ErrorCode::not_permitted, std::string(method) + " is for operators and admins; ask one",
                   json::object()};
  }
  if (const auto errors = protocol::check_arguments(*command, arguments); !errors.empty()) {
    return Failure{ErrorCode::invalid_argument, protocol::join_errors(errors), json{{"errors", errors}}};
  }
  Request request{.command = command,
                  .arguments = std::move(arguments),
                  .user = caller.user,
                  .admin = caller.admin,
                  .uid = peer.uid,
                  .request_id = {},
                  .subscriber = nullptr};
  if (auto failure = choose_user(caller, request)) return *std::move(failure);
  if (command->mutating) {
    request.request_id = take_text(request.arguments, "request_id");
    if (request.request_id.empty()) request.request_id = make_request_id();
    if (request.request_id.starts_with(kOwnRequestIds)) {
      return Failure{ErrorCode::invalid_argument,
                     "request_id: those that begin with '" + std::string(kOwnRequestIds) + "' are the daemon's own",
                     json::object()};
    }
  }
  return request;
}

std::optional<Failure> Dispatcher::choose_user(const Caller& caller, Request& request) const {
  const std::string_view reserved = admin_argument(*request.command, request.arguments);
  const bool acts_for_others = caller.acts_for_others(*request.command);
  if (!reserved.empty() && !acts_for_others) {
    return Failure{ErrorCode::not_permitted,
                   "'" + std::string(reserved) + "' is for admins" +
                       (request.command->role == Role::user && request.command->mutating ? "" : " and operators") +
                       "; leave it out",
                   json::object()};
  }
  const std::string name = take_text(request.arguments, "user");
  request.names_user = !name.empty();
  if (!name.empty() && !(caller.user && caller.user->name == name)) {
    // Whether the name exists is none of a user's business.
    if (!acts_for_others) {
      return Failure{ErrorCode::not_permitted,
                     "only admins may act for '" + name + "'; leave 'user' out to act for yourself", json::object()};
    }
    request.user = backend_.find_user(name);
    if (!request.user && !backend_.knows_users()) return starting();
    if (!request.user) {
      return Failure{ErrorCode::not_found, "there is no user '" + name + "'; tradectl user list shows them",
                     json::object()};
    }
  }
  const bool needs_user = request.command->role == Role::user || request.command->role == Role::operators;
  if (needs_user && !request.user && reserved.empty()) {
    const bool knows_all = takes_all(*request.command);
    // Whoever trades nothing himself and asks for a list can only mean everybody's.
    if (knows_all && !request.command->mutating) {
      request.arguments["all"] = true;
      return std::nullopt;
    }
    return Failure{
        ErrorCode::invalid_argument,
        "you are no trading user here; say for whom: --user NAME" + std::string(knows_all ? ", or --all" : ""),
        json::object()};
  }
  return std::nullopt;
}

void Dispatcher::dispatch(const Peer& peer, std::string_view method, json arguments, ReplyFunction reply,
                          std::shared_ptr<Subscriber> subscriber) {
  try {
    const std::string asked = text_for_record(method, arguments);
    auto decision = authorise(peer, method, std::move(arguments));
    if (const auto* request = std::get_if<Request>(&decision)) {
      if (auto held_up = hold_up(*request)) decision = *std::move(held_up);
    }
    if (auto* failure = std::get_if<Failure>(&decision)) {
      record_refusal(peer, method, asked, *failure);
      reply(Reply{nullptr, std::move(*failure)});
      return;
    }
    FAILPOINT("command.identity_checked");
    auto request = std::get<Request>(std::move(decision));
    request.subscriber = std::move(subscriber);
    backend_.handle(std::move(request), reply);
  } catch (const std::exception& error) {
    const LogScope scope{{"METHOD", std::string(method)}, {"CALLER_UID", std::to_string(peer.uid)}};
    spdlog::error("{} of uid {} failed: {}", method, peer.uid, error.what());
    reply(Reply{nullptr, Failure{ErrorCode::internal, "the daemon failed at this; its log says why", json::object()}});
  }
}

}  // namespace tradingd::admin
