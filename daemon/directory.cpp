#include "daemon/directory.h"

#include <algorithm>
#include <utility>

namespace tradingd {

namespace {

bool before(const admin::User& a, const admin::User& b) { return a.name < b.name; }

}  // namespace

void Directory::replace(std::vector<admin::User> users) {
  std::sort(users.begin(), users.end(), before);
  const std::lock_guard lock(mutex_);
  by_name_ = std::move(users);
  loaded_ = true;
}

bool Directory::loaded() const {
  const std::lock_guard lock(mutex_);
  return loaded_;
}

void Directory::add(admin::User user) {
  const std::lock_guard lock(mutex_);
  const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), user, before);
  if (at != by_name_.end() && at->name == user.name) {
    *at = std::move(user);
  } else {
    by_name_.insert(at, std::move(user));
  }
}

std::optional<admin::User> Directory::find(std::int64_t uid) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(by_name_.begin(), by_name_.end(), [&](const admin::User& user) { return user.uid == uid; });
  return found == by_name_.end() ? std::nullopt : std::optional(*found);
}

std::optional<admin::User> Directory::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                                   [](const admin::User& user, std::string_view wanted) { return user.name < wanted; });
  return at == by_name_.end() || at->name != name ? std::nullopt : std::optional(*at);
}

}  // namespace tradingd
