#include "daemon/reads.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <variant>

#include "daemon/base/assert.h"
#include "daemon/protocol/moment.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;
using store::ListName;
using store::RowName;

/// What a query is narrowed down to besides its own arguments.
enum class Scope : std::uint8_t {
  all,       // nothing
  named,     // the argument `name`
  one_feed,  // the argument `feed`
  one_user,  // the user that the request is for; all users for an admin's --all
  one_run,   // the run named, or the user's RUNNING one
};

struct ReadCommand {
  std::string_view method;
  std::variant<ListName, RowName> query;
  Scope scope;
};

constexpr std::array kReadCommands{
    ReadCommand{"user.list", ListName::users, Scope::all},
    ReadCommand{"user.show", RowName::user, Scope::named},
    ReadCommand{"feed.list", ListName::feeds, Scope::all},
    ReadCommand{"feed.show", RowName::feed, Scope::named},
    ReadCommand{"action.list", ListName::actions, Scope::one_feed},
    ReadCommand{"instrument.list", ListName::instruments, Scope::one_feed},
    ReadCommand{"run.list", ListName::runs, Scope::one_user},
    ReadCommand{"run.show", RowName::run, Scope::one_run},
    ReadCommand{"order.list", ListName::orders, Scope::one_run},
    ReadCommand{"trade.list", ListName::trades, Scope::one_run},
    ReadCommand{"position.list", ListName::positions, Scope::one_run},
    ReadCommand{"event.list", ListName::events, Scope::one_run},
    ReadCommand{"cash.list", ListName::cash, Scope::one_run},
    ReadCommand{"equity.list", ListName::equity, Scope::one_run},
    ReadCommand{"bar.list", ListName::bars, Scope::one_run},
    ReadCommand{"audit.list", ListName::commands, Scope::one_user},
};

const ReadCommand* find(std::string_view method) {
  const auto* found = std::find_if(kReadCommands.begin(), kReadCommands.end(),
                                   [&](const ReadCommand& command) { return command.method == method; });
  return found == kReadCommands.end() ? nullptr : found;
}

/// The user's RUNNING run; nullopt: there is none.
store::StoreResult<std::optional<RunId>> running_run(store::ReadPool& pool, const std::string& user_id) {
  const auto page = pool.list(ListName::runs, {{"user_id", user_id}, {"status", "RUNNING"}}, {});
  if (!page) {
    return page.error();
  }
  if (page->rows.empty()) {
    return std::optional<RunId>();
  }
  const auto column = std::find(page->columns.begin(), page->columns.end(), "run_id") - page->columns.begin();
  return std::optional(RunId{page->rows.front().at(static_cast<std::size_t>(column)).get<std::int64_t>()});
}

admin::Reply answer_list(store::ReadPool& pool, ListName name, const store::Filters& filters, const json& arguments) {
  store::PageRequest page;
  page.after = arguments.value("after", json());
  page.limit = arguments.value("limit", store::kPageRowsDefault);
  page.reverse = arguments.value("reverse", false);
  auto rows = pool.list(name, filters, page);
  return rows ? admin::Reply{store::page_to_json(std::move(rows).value()), std::nullopt} : failure(rows.error());
}

admin::Reply answer_row(store::ReadPool& pool, RowName name, const store::Filters& filters, const std::string& what) {
  auto row = pool.row(name, filters);
  if (!row) {
    return failure(row.error());
  }
  if (!row->has_value()) {
    return failure(ErrorCode::not_found, "there is no " + what);
  }
  return {std::move(**row), std::nullopt};
}

/// Whether the feed or run is not there that a list is of; a database that fails at this has answered before.
bool is_missing(store::ReadPool& pool, Scope scope, const store::Filters& filters) {
  const auto absent = [&](RowName name, const store::Filters& key) {
    const auto row = pool.row(name, key);
    return row && !row->has_value();
  };
  if (scope == Scope::one_feed) {
    return absent(RowName::feed, {{"name", filters.at("feed")}});
  }
  return scope == Scope::one_run &&
         absent(RowName::run_status, {{"user_id", filters.at("user_id")}, {"run_id", filters.at("run_id")}});
}

/// Puts `since` and `until` among the filters. How long back is counted from a run's last tick, so that it means
/// something on the past too; where there is no run, from now.
std::optional<store::StoreError> limit_time(store::ReadPool& pool, const json& arguments, store::Filters& filters) {
  for (const char* name : {"since", "until"}) {
    if (!arguments.contains(name)) {
      continue;
    }
    const auto moment = protocol::parse_moment(arguments.at(name).get<std::string>());
    TD_ASSERT(moment.has_value());
    Time reference{
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count()};
    if (moment->back && filters.contains("run_id")) {
      const auto run =
          pool.row(RowName::run_status, {{"user_id", filters.at("user_id")}, {"run_id", filters.at("run_id")}});
      if (!run) {
        return run.error();
      }
      if (run->has_value() && (*run)->at("last_logical_time").is_string()) {
        reference = parse_time((*run)->at("last_logical_time").get<std::string>()).value();
      }
    }
    filters[name] = format_time(moment->at(reference));
  }
  return std::nullopt;
}

/// Where a number of points is given, makes the list that of so many, in one page; or the refusal.
std::optional<admin::Reply> thin_out(ListName& list, store::Filters& filters, json& paging) {
  if (!paging.contains("points")) {
    return std::nullopt;
  }
  if (const auto points = paging.at("points").get<std::int64_t>(); points < 1 || points > store::kPageRowsMax) {
    return failure(ErrorCode::invalid_argument, "points: write 1 to " + std::to_string(store::kPageRowsMax));
  }
  list = ListName::equity_points;
  filters["points"] = paging.at("points").dump();
  paging.emplace("limit", store::kPageRowsMax);
  return std::nullopt;
}

}  // namespace

std::variant<RunKey, admin::Reply> choose_run(store::ReadPool& pool, const admin::Request& request) {
  const UserId user = request.user->id;
  if (request.arguments.contains("run")) {
    return RunKey{user, RunId{request.arguments.at("run").get<std::int64_t>()}};
  }
  const auto running = running_run(pool, std::to_string(user.value));
  if (!running) {
    return failure(running.error());
  }
  if (!running->has_value()) {
    return failure(
        ErrorCode::not_found,
        request.user->name +
            " has no RUNNING run; name a run (tradectl run list shows them), or start one: tradectl run start");
  }
  return RunKey{user, **running};
}

bool is_read_command(std::string_view method) { return find(method) != nullptr; }

admin::Reply failure(const store::StoreError& error) {
  switch (error.kind) {
    case store::StoreErrorKind::unavailable:
    case store::StoreErrorKind::fenced:
      return failure(ErrorCode::unavailable, "the database can't be reached: " + error.message);
    case store::StoreErrorKind::not_found:
      return failure(ErrorCode::not_found, error.message);
    case store::StoreErrorKind::conflict:
      return failure(ErrorCode::conflict, error.message);
    case store::StoreErrorKind::refused:
      break;
  }
  return failure(ErrorCode::refused, error.message);
}

admin::Reply answer_read(store::ReadPool& pool, const admin::Request& request) {
  const ReadCommand& command = *find(request.command->method);
  const json& arguments = request.arguments;
  const std::string noun{request.command->noun()};
  store::Filters filters;
  std::string what = noun;
  for (const char* name : {"status", "symbol", "type", "method"}) {
    if (arguments.contains(name)) {
      filters[name] = arguments.at(name).get<std::string>();
    }
  }
  if (arguments.value("failed", false)) {
    filters["ok"] = "false";
  }
  switch (command.scope) {
    case Scope::all:
      break;
    case Scope::named:
      filters["name"] = arguments.at("name").get<std::string>();
      what += " \"" + filters["name"] + "\"; see: tradectl " + noun + " list";
      break;
    case Scope::one_feed:
      filters["feed"] = arguments.at("feed").get<std::string>();
      what = "feed \"" + filters["feed"] + "\"; see: tradectl feed list";
      break;
    case Scope::one_user:
      if (!arguments.value("all", false)) {
        filters["user_id"] = std::to_string(request.user->id.value);
      }
      break;
    case Scope::one_run: {
      auto run = choose_run(pool, request);
      if (auto* refusal = std::get_if<admin::Reply>(&run)) {
        return std::move(*refusal);
      }
      filters["user_id"] = std::to_string(std::get<RunKey>(run).user.value);
      filters["run_id"] = std::to_string(std::get<RunKey>(run).run.value);
      what = "run " + filters["run_id"] + " of " + request.user->name + "; see: tradectl run list";
      break;
    }
  }
  if (auto error = limit_time(pool, arguments, filters)) {
    return failure(*error);
  }
  if (const auto* row = std::get_if<RowName>(&command.query)) {
    return answer_row(pool, *row, filters, what);
  }
  auto list = std::get<ListName>(command.query);
  json paging = arguments;
  if (auto refusal = thin_out(list, filters, paging)) {
    return std::move(*refusal);
  }
  admin::Reply reply = answer_list(pool, list, filters, paging);
  const bool nothing = !reply.failure && reply.result.at("rows").empty();
  if (nothing && !arguments.contains("after") && is_missing(pool, command.scope, filters)) {
    return failure(ErrorCode::not_found, "there is no " + what);
  }
  return reply;
}

}  // namespace tradingd
