#pragma once
// The only place that decides who may call what. What the command table doesn't allow is refused.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/admin/backend.h"

namespace tradingd::admin {

/// Loop thread only.
class Dispatcher {
 public:
  /// `backend` outlives it. Members of `admin_groups`, gids, are admins, as are users with the role "admin";
  /// root is one only if it is among them.
  Dispatcher(Backend& backend, std::vector<std::int64_t> admin_groups);

  void set_admin_groups(std::vector<std::int64_t> admin_groups) { admin_groups_ = std::move(admin_groups); }

  /// Checks the call and hands it to the backend. `reply` is called once, now or later, from any thread;
  /// an exception of the backend's becomes an answer INTERNAL.
  void dispatch(const Peer& peer, std::string_view method, nlohmann::json arguments, ReplyFunction reply,
                std::shared_ptr<Subscriber> subscriber = nullptr);

  /// The command that the backend would get, or why there is none. `arguments` is an object.
  [[nodiscard]] std::variant<Request, Failure> authorise(const Peer& peer, std::string_view method,
                                                         nlohmann::json arguments) const;

 private:
  struct Caller;
  [[nodiscard]] Caller identify(const Peer& peer) const;
  /// Sets whom the request is for, from the caller and the argument `user`, which it removes.
  [[nodiscard]] std::optional<Failure> choose_user(const Caller& caller, Request& request) const;

  Backend& backend_;
  std::vector<std::int64_t> admin_groups_;
};

}  // namespace tradingd::admin
