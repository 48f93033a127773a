#pragma once
// The only place that decides who may call what. What the command table doesn't allow is refused.

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/admin/backend.h"
#include "daemon/admin/limits.h"
#include "daemon/admin/rate_limiter.h"

namespace tradingd::admin {

/// Loop thread only.
class Dispatcher {
 public:
  /// `backend` outlives it. Members of `admin_groups`, gids, are admins, as are users with the role "admin";
  /// root is one only if it is among them.
  /// `now` is the rates' clock.
  Dispatcher(Backend& backend, std::vector<std::int64_t> admin_groups,
             std::function<RateLimiter::Clock::time_point()> now = RateLimiter::Clock::now);

  void set_rates(std::int64_t commands_per_second, std::int64_t changes_per_second);
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

  /// The request may pass; else why it is too much.
  [[nodiscard]] std::optional<Failure> hold_up(const Request& request);
  /// Leaves it in the audit trail, as far as it would have changed something.
  void record_refusal(const Peer& peer, std::string_view method, const std::string& request_arguments,
                      const Failure& failure);

  Backend& backend_;
  std::vector<std::int64_t> admin_groups_;
  std::function<RateLimiter::Clock::time_point()> now_;
  Limits rates_;
  RateLimiter limiter_;
  RateLimiter refusals_;
};

}  // namespace tradingd::admin
