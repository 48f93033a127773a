#include "daemon/store/catalog.h"

#include <fmt/format.h>

#include <utility>

#include "daemon/base/digest.h"
#include "daemon/store/catalog_parts.h"
#include "daemon/store/standing.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

constexpr Statement kFindCommand{"catalog_find_command",
                                 "SELECT result, method = $3 AND arguments_hash = $4::bytea FROM command_log"
                                 " WHERE user_id = $1 AND request_id = $2"};
constexpr Statement kRecordCommand{"catalog_record_command",
                                   "INSERT INTO command_log (user_id, request_id, uid, method, arguments, "
                                   "arguments_hash, run_id, logical_time, result)"
                                   " VALUES ($1, $2, $3, $4, $5::jsonb, $6::bytea, $7, $8, $9::jsonb)"};
constexpr Statement kRecordRefusal{"catalog_record_refusal",
                                   "INSERT INTO command_log (user_id, request_id, uid, method, arguments,"
                                   " arguments_hash, result, ok)"
                                   " VALUES ($1, $2, $3, $4, $5::jsonb, $6::bytea, $7::jsonb, false)"
                                   " ON CONFLICT DO NOTHING"};
constexpr Statement kInsertUser{"catalog_insert_user", "INSERT INTO app_user (name, uid, role) VALUES ($1, $2, $3)"};
constexpr Statement kLoadUsers{"catalog_load_users", "SELECT user_id, name, uid, role FROM app_user ORDER BY user_id"};
constexpr Statement kFindUser{"catalog_find_user", "SELECT user_id FROM app_user WHERE name = $1"};
constexpr Statement kFindOwner{"catalog_find_owner", "SELECT user_id FROM strategy_run WHERE run_id = $1"};
// A batch under way is a matter of milliseconds. Whatever holds its rows for longer hangs, and is told.
constexpr Statement kHaltLockWait{"catalog_halt_lock_wait", "SET lock_timeout = '5s'"};
constexpr Statement kDeleteRun{"catalog_delete_run", "SELECT run_delete($1, $2)"};

}  // namespace

Catalog::Catalog(ConnectionOptions options) : options_(std::move(options)) {}

Connection& Catalog::connection() {
  if (!connection_ || !connection_->usable()) {
    connection_.reset();
    connection_ = std::make_unique<Connection>(options_);
  }
  return *connection_;
}

Catalog::Answer Catalog::carry_out(UserId user, const engine::CommandRecord& command,
                                   std::optional<std::int64_t> run_id,
                                   const std::function<StoreResult<std::string>(Connection&)>& work) {
  return guarded([&]() -> Answer {
    Connection& database = connection();
    Transaction transaction(database);
    const std::string hash = "\\x" + to_hex(digest_of(command.arguments));
    const Rows earlier = database.exec(kFindCommand, {id_text(user), command.request_id, command.method, hash});
    if (!earlier.empty()) {
      if (!earlier.boolean(0, 1)) {
        return StoreError{StoreErrorKind::conflict,
                          fmt::format("request id {} was used before with another command or other arguments: give "
                                      "each request an id of its own",
                                      command.request_id)};
      }
      return CommandAnswer{nlohmann::json::parse(earlier.text(0, 0)).dump(), true};
    }
    auto result = work(database);
    if (!result) {
      return result.error();
    }
    database.exec(kRecordCommand,
                  {id_text(user), command.request_id, std::to_string(command.uid), command.method, command.arguments,
                   hash, run_id ? std::optional(std::to_string(*run_id)) : std::nullopt,
                   command.time > Time{} ? std::optional(format_time(command.time)) : std::nullopt, *result});
    transaction.commit();
    return CommandAnswer{*result, false};
  });
}

Catalog::Answer Catalog::create_user(const NewUser& user, const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) {
    database.exec(kInsertUser,
                  {user.name, user.uid ? std::optional(std::to_string(*user.uid)) : std::nullopt, user.role});
    if (user.limits != engine::Limits{}) {
      const Rows made = database.exec(kFindUser, {user.name});
      const auto changed = store::change_limits(
          database, UserId{made.integer(0, 0)},
          [&](const engine::Limits&) -> Result<engine::Limits> { return engine::Limits(user.limits); });
      TD_ASSERT(changed.ok());
    }
    return row_as_json(database, RowName::user, {{"name", user.name}});
  });
}

StoreResult<std::vector<StoredUser>> Catalog::load_users() {
  return guarded([&]() -> StoreResult<std::vector<StoredUser>> {
    const Rows rows = connection().exec(kLoadUsers, {});
    std::vector<StoredUser> users;
    users.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
      users.push_back({UserId{rows.integer(row, 0)}, std::string(rows.text(row, 1)),
                       rows.is_null(row, 2) ? std::nullopt : std::optional(rows.integer(row, 2)),
                       std::string(rows.text(row, 3))});
    }
    return users;
  });
}

Catalog::Answer Catalog::set_limits(const std::string& name,
                                    const std::function<Result<engine::Limits>(const engine::Limits&)>& change,
                                    const engine::CommandRecord& command) {
  return carry_out(UserId{0}, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    const Rows found = database.exec(kFindUser, {name});
    if (found.empty()) {
      return StoreError{StoreErrorKind::not_found,
                        fmt::format("there is no user \"{}\"; see: tradectl user list", name)};
    }
    const auto changed = store::change_limits(database, UserId{found.integer(0, 0)}, change);
    if (!changed) {
      return StoreError{StoreErrorKind::refused, changed.error().message};
    }
    return row_as_json(database, RowName::user, {{"name", name}});
  });
}

Catalog::Answer Catalog::set_trading_state(UserId user, RunId run, engine::TradingState state,
                                           const std::string& reason, const engine::CommandRecord& command) {
  return carry_out(user, command, std::nullopt, [&](Connection& database) -> StoreResult<std::string> {
    const std::int64_t revision = store::set_trading_control(database, user, run, state, reason, command.uid);
    const engine::Scope scope = user.value == 0  ? engine::Scope::daemon
                                : run.value == 0 ? engine::Scope::user
                                                 : engine::Scope::run;
    return nlohmann::json({{"scope", to_text(scope)},
                           {"user_id", user.value == 0 ? nlohmann::json() : nlohmann::json(user.value)},
                           {"run_id", run.value == 0 ? nlohmann::json() : nlohmann::json(run.value)},
                           {"trading_state", to_text(state)},
                           {"reason", reason},
                           {"revision", revision}})
        .dump();
  });
}

Catalog::Answer Catalog::halt_directly(const std::string& user, RunId run, engine::TradingState state,
                                       const std::string& reason, const engine::CommandRecord& command) {
  const auto whom = guarded([&]() -> StoreResult<UserId> {
    Connection& database = connection();
    database.exec(kHaltLockWait, {});
    if (user.empty() && run.value == 0) {
      return UserId{0};
    }
    const Rows rows = user.empty() ? database.exec(kFindOwner, {id_text(run)}) : database.exec(kFindUser, {user});
    if (rows.empty()) {
      return StoreError{StoreErrorKind::not_found, user.empty() ? fmt::format("there is no run {}", run.value)
                                                                : fmt::format("there is no user \"{}\"", user)};
    }
    return UserId{rows.integer(0, 0)};
  });
  if (!whom) {
    return whom.error();
  }
  return set_trading_state(*whom, run, state, reason, command);
}

StoreResult<bool> Catalog::record_refusal(UserId user, const engine::CommandRecord& command) {
  return guarded([&]() -> StoreResult<bool> {
    connection().exec(kRecordRefusal,
                      {id_text(user), command.request_id, std::to_string(command.uid), command.method,
                       command.arguments, "\\x" + to_hex(digest_of(command.arguments)), command.result});
    return true;
  });
}

StoreResult<std::int64_t> Catalog::lift_run_controls(UserId user, const std::string& reason, std::int64_t uid) {
  return guarded([&]() -> StoreResult<std::int64_t> {
    Connection& database = connection();
    Transaction transaction(database);
    const std::int64_t lifted = store::lift_run_controls(database, user, reason, uid);
    transaction.commit();
    return lifted;
  });
}

StoreResult<engine::StandingOrders> Catalog::load_standing_orders(std::int64_t after) {
  return guarded(
      [&]() -> StoreResult<engine::StandingOrders> { return store::load_standing_orders(connection(), after); });
}

Catalog::Answer Catalog::delete_run(RunKey run, const engine::CommandRecord& command) {
  return carry_out(run.user, command, run.run.value, [&](Connection& database) -> StoreResult<std::string> {
    if (!database.exec(kDeleteRun, {id_text(run.user), id_text(run.run)}).boolean(0, 0)) {
      return StoreError{StoreErrorKind::not_found, fmt::format("there is no run {}", run.run.value)};
    }
    return nlohmann::json({{"run_id", run.run.value}, {"deleted", true}}).dump();
  });
}

}  // namespace tradingd::store
