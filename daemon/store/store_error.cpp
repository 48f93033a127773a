#include "daemon/store/store_error.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/store/connection.h"

namespace tradingd::store {

namespace {

struct ConstraintText {
  std::string_view constraint;  // as PostgreSQL names it in its message
  StoreErrorKind kind;
  std::string_view text;
};

constexpr std::array kConstraints{
    ConstraintText{"app_user_name_key", StoreErrorKind::conflict, "a user with this name exists already"},
    ConstraintText{"app_user_uid_key", StoreErrorKind::conflict, "another user has this uid already"},
    ConstraintText{"app_user_name_check", StoreErrorKind::refused,
                   "a user's name has 1 to 64 letters, digits, '-', '_' and '.'"},
    ConstraintText{"app_user_uid_check", StoreErrorKind::refused, "a uid is a whole number from 0 on"},
    ConstraintText{"app_user_role_check", StoreErrorKind::refused, "a role is user, operator or admin"},
    ConstraintText{"market_feed_name_key", StoreErrorKind::conflict, "a feed with this name exists already"},
    ConstraintText{"market_feed_name_check", StoreErrorKind::refused,
                   "a feed's name has 1 to 64 letters, digits, '-', '_' and '.'"},
    ConstraintText{"command_log_pkey", StoreErrorKind::conflict,
                   "a command with this request id is just being carried out: ask again for its answer"},
};

constexpr std::string_view kUniqueViolation = "23505";

// Beginnings of SQLSTATEs that tell of the server's state and not of the request, which may succeed later.
constexpr std::array<std::string_view, 8> kServerTrouble{
    "08",     // connection trouble
    "25006",  // read only: what had been the primary is a standby now
    "40",     // rolled back: deadlock, serialisation
    "53",     // out of disk, memory or connections
    "55P03",  // a lock wasn't available in time
    "57",     // an operator intervened: cancelled, going down, starting up
    "58",     // an I/O error
    "XX",     // internal: damaged data or a bug
};

}  // namespace

StoreError to_store_error(const DatabaseError& error) {
  const std::string_view said = error.what();
  if (error.unavailable()) {
    return {StoreErrorKind::unavailable, std::string(said)};
  }
  const bool server_trouble = std::any_of(kServerTrouble.begin(), kServerTrouble.end(),
                                          [&](std::string_view start) { return error.sqlstate().starts_with(start); });
  const auto* known = std::find_if(kConstraints.begin(), kConstraints.end(), [&](const ConstraintText& entry) {
    return !server_trouble && said.find('"' + std::string(entry.constraint) + '"') != std::string_view::npos;
  });
  if (known != kConstraints.end()) {
    return {known->kind, std::string(known->text)};
  }
  std::string message(said.substr(0, said.find('\n')));
  if (message.starts_with("ERROR:")) {
    message.erase(0, message.find_first_not_of(' ', 6));
  }
  if (server_trouble) {
    return {StoreErrorKind::unavailable, message};
  }
  return {error.sqlstate() == kUniqueViolation ? StoreErrorKind::conflict : StoreErrorKind::refused, message};
}

}  // namespace tradingd::store
