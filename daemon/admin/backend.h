#pragma once
// What the socket's room needs from the rest of the daemon: who a caller is, and someone to carry out
// a command. The wiring implements both.

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/protocol/commands.h"

namespace tradingd::admin {

struct User {
  UserId id;
  std::string name;
  std::optional<std::int64_t> uid;  // Unix uid that he calls from
  std::string role;
};

/// The kernel's word on who is at the other end, read at accept. -1: unknown, which is refused.
struct Peer {
  std::int64_t uid = -1;
  std::int64_t gid = -1;
  std::int64_t pid = -1;             // for the log only
  std::vector<std::int64_t> groups;  // supplementary
};

/// A connection that has subscribed to something. Any thread.
class Subscriber {
 public:
  Subscriber() = default;
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  virtual ~Subscriber() = default;

  /// Called once: true when the notification has been read by the kernel, false when the connection is gone. In the
  /// loop's thread; must not block.
  using Done = std::function<void(bool)>;

  /// Sends a notification. Send the next one when `done` was called: then memory is bounded however slowly the
  /// client reads, and one who doesn't read at all is dropped. `last`: the subscription ends with it.
  virtual void notify(std::string_view method, const nlohmann::json& arguments, bool last, Done done) = 0;
  /// False once the connection is gone.
  [[nodiscard]] virtual bool alive() const = 0;
};

/// A validated and authorised command.
struct Request {
  const protocol::CommandSpec* command = nullptr;
  nlohmann::json arguments;  // an object; only keys of the table, types checked, decimals as strings, no nils;
                             // without user and request_id
  std::optional<User> user;  // whom it is for; set for every command of Role::user, unless an admin gave an
                             // argument that only admins have (run.list with all)
  bool admin = false;        // whether the caller is one
  bool names_user = false;   // whether the caller has named the user
  std::int64_t uid = -1;     // of the caller
  std::string request_id;    // of a mutating command; made by the server if the client sent none
  std::shared_ptr<Subscriber> subscriber;  // of a stream: who hears of it. A failed answer ends it.
};

struct Failure {
  protocol::ErrorCode code = protocol::ErrorCode::internal;
  std::string message;
  nlohmann::json details = nlohmann::json::object();
};

/// Exactly one of the two.
struct Reply {
  nlohmann::json result;
  std::optional<Failure> failure;
};

/// May be called from any thread, once.
using ReplyFunction = std::function<void(Reply)>;

/// A command that would have changed something and was not let through; for the audit trail.
struct Refusal {
  std::int64_t uid = -1;
  UserId user;  // the caller's; 0: he is none
  std::string method;
  std::string arguments;   // JSON, as they came
  std::string request_id;  // made for the record: the client's own may still be used
  std::string code;        // "NOT_PERMITTED"
  std::string message;
};

class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// Loop thread. In-memory look-ups: no I/O.
  [[nodiscard]] virtual std::optional<User> find_user(std::int64_t uid) const = 0;
  [[nodiscard]] virtual std::optional<User> find_user(std::string_view name) const = 0;

  /// False while it has not learnt yet who its users are. Loop thread.
  [[nodiscard]] virtual bool knows_users() const { return true; }

  /// Loop thread; must not block.
  virtual void record_refusal(Refusal refusal) = 0;
  /// Loop thread; must not block. `reply` is called exactly once, now or later.
  virtual void handle(Request request, ReplyFunction reply) = 0;
};

}  // namespace tradingd::admin
