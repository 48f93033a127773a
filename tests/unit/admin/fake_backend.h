#pragma once
// A backend that knows a few users and does what a test told it to.

#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "daemon/admin/backend.h"

namespace tradingd::admin {

class FakeBackend final : public Backend {
 public:
  using Handler = std::function<void(Request, ReplyFunction)>;

  /// The numbers are the users' uids.
  std::map<std::int64_t, User> users;
  std::vector<Refusal> refusals;  // recorded
  /// What handle() does from now on, on the loop thread; at first it answers with the arguments.
  void set_handler(Handler handler) {
    const std::lock_guard lock(mutex_);
    handler_ = std::move(handler);
  }

  void add(std::int64_t uid, const std::string& name, const std::string& role = "user") {
    users[uid] = User{UserId{static_cast<std::int64_t>(users.size()) + 1}, name, uid, role};
  }

  std::optional<User> find_user(std::int64_t uid) const override {
    const auto found = users.find(uid);
    return found == users.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<User> find_user(std::string_view name) const override {
    for (const auto& [uid, user] : users) {
      if (user.name == name) return user;
    }
    return std::nullopt;
  }
  void record_refusal(Refusal refusal) override { refusals.push_back(std::move(refusal)); }
  void handle(Request request, ReplyFunction reply) override {
    std::unique_lock lock(mutex_);
    const Handler handler = handler_;
    lock.unlock();
    handler(std::move(request), std::move(reply));
  }

 private:
  std::mutex mutex_;
  Handler handler_ = [](const Request& request, const ReplyFunction& reply) { reply(Reply{request.arguments, {}}); };
};

/// Keeps replies back until a test lets them go. Thread-safe.
class HeldReplies {
 public:
  void hold(ReplyFunction reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return replies_.size();
  }
  [[nodiscard]] ReplyFunction take_last() {
    const std::lock_guard lock(mutex_);
    ReplyFunction last = std::move(replies_.back());
    replies_.pop_back();
    return last;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ReplyFunction> replies_;
};

}  // namespace tradingd::admin
