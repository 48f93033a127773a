#include "daemon/reads.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

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
    ReadCommand{"run.list", ListName::runs, Scope::one_user},
    ReadCommand{"run.show", RowName::run, Scope::one_run},
    ReadCommand{"order.list", ListName::orders, Scope::one_run},
    ReadCommand{"trade.list", ListName::trades, Scope::one_run},
    ReadCommand{"position.list", ListName::positions, Scope::one_run},
    ReadCommand{"event.list", ListName::events, Scope::one_run},
    ReadCommand{"cash.list", ListName::cash, Scope::one_run},
    ReadCommand{"equity.list", ListName::equity, Scope::one_run},
};

const ReadCommand* find(std::string_view method) {
  const auto* found = std::find_if(kReadCommands.begin(), kReadCommands.end(),
                                   [&](const ReadCommand& command) { return command.method == method; });
  return found == kReadCommands.end() ? nullptr : found;
}

/// The user's RUNNING run; nullopt: there is none.
store::StoreResult<std::optional<std::string>> running_run(store::ReadPool& pool, const std::string& user_id) {
  const auto page = pool.list(ListName::runs, {{"user_id", user_id}, {"status", "RUNNING"}}, {});
  if (!page) {
    return page.error();
  }
  if (page->rows.empty()) {
    return std::optional<std::string>();
  }
  const auto column = std::find(page->columns.begin(), page->columns.end(), "run_id") - page->columns.begin();
  return std::optional(page->rows.front().at(static_cast<std::size_t>(column)).dump());
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

}  // namespace

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
  if (arguments.contains("status")) {
    filters["status"] = arguments.at("status").get<std::string>();
  }
  switch (command.scope) {
    case Scope::all:
      break;
    case Scope::named:
      filters["name"] = arguments.at("name").get<std::string>();
      what += " \"" + filters["name"] + "\"; see: tradectl " + noun + " list";
      break;
    case Scope::one_user:
      if (!(request.admin && arguments.value("all", false))) {
        filters["user_id"] = std::to_string(request.user->id.value);
      }
      break;
    case Scope::one_run: {
      filters["user_id"] = std::to_string(request.user->id.value);
      if (arguments.contains("run")) {
        filters["run_id"] = std::to_string(arguments.at("run").get<std::int64_t>());
      } else {
        const auto running = running_run(pool, filters["user_id"]);
        if (!running) {
          return failure(running.error());
        }
        if (!running->has_value()) {
          return failure(ErrorCode::not_found, request.user->name +
                                                   " has no RUNNING run; name a run (tradectl run list "
                                                   "shows them), or start one: tradectl run start");
        }
        filters["run_id"] = **running;
      }
      what = "run " + filters["run_id"] + " of " + request.user->name + "; see: tradectl run list";
      break;
    }
  }
  if (const auto* row = std::get_if<RowName>(&command.query)) {
    return answer_row(pool, *row, filters, what);
  }
  return answer_list(pool, std::get<ListName>(command.query), filters, arguments);
}

}  // namespace tradingd
