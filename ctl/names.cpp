#include "ctl/names.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "ctl/cells.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t kNamedMax = 5;  // candidates in a message
constexpr std::int64_t kPageRows = 1'000;

std::size_t place_of(const json& columns, std::string_view name) {
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
}

}  // namespace

const NameKind& run_names() {
  static const NameKind kind{"run",
                             "run.list",
                             "run_id",
                             "name",
                             "give a run's number, its name or the beginning of it: tradectl run list",
                             {"RUNNING"}};
  return kind;
}

const NameKind& order_names() {
  static const NameKind kind{"order",
                             "order.list",
                             "order_id",
                             "client_order_id",
                             "give its number, your own id of it or the beginning of that: tradectl order list",
                             {"PENDING", "PARTIALLY_FILLED"}};
  return kind;
}

const NameKind& feed_names() {
  static const NameKind kind{"feed", "feed.list", "name", "name", "see: tradectl feed list", {}};
  return kind;
}

const NameKind& user_names() {
  static const NameKind kind{"user", "user.list", "name", "name", "see: tradectl user list", {}};
  return kind;
}

void NameSearch::add(const json& columns, const json& rows) {
  const std::size_t id = place_of(columns, kind_.id);
  const std::size_t name = place_of(columns, kind_.name);
  const std::size_t status = place_of(columns, "status");
  const auto is_preferred = [&](const json& row) {
    return status < row.size() && std::find(kind_.preferred_statuses.begin(), kind_.preferred_statuses.end(),
                                            row.at(status)) != kind_.preferred_statuses.end();
  };
  for (const json& row : rows) {
    if (!row.at(name).is_string() || !row.at(name).get_ref<const std::string&>().starts_with(wanted_)) continue;
    candidates_.push_back({row.at(id), row.at(name).get<std::string>(), is_preferred(row)});
  }
}

Result<json> NameSearch::choose() const {
  if (candidates_.empty()) {
    return Error{"there is no " + std::string(kind_.noun) + " '" + wanted_ + "'; " + std::string(kind_.hint)};
  }
  std::vector<Candidate> left = candidates_;
  const auto keep = [&](auto&& good) {
    if (std::any_of(left.begin(), left.end(), good))
      std::erase_if(left, [&](const Candidate& one) { return !good(one); });
  };
  keep([&](const Candidate& one) { return one.name == wanted_; });
  keep([](const Candidate& one) { return one.preferred; });
  if (left.size() == 1) return left.front().id;
  const bool numbered = left.front().id.is_number();
  std::string list;
  for (std::size_t i = 0; i < std::min(left.size(), kNamedMax); ++i) {
    list += (i == 0 ? "" : ", ") + (numbered ? plain_text(left[i].id) + " (" + left[i].name + ")" : left[i].name);
  }
  return Error{"'" + wanted_ + "' can be " + std::to_string(left.size()) + " " + std::string(kind_.noun) + "s: " +
               list + (left.size() > kNamedMax ? " …" : "") + (numbered ? "; give the number" : "; give more of it")};
}

std::optional<CallFailure> resolve_name(Client& client, const NameKind& kind, json filter, json& value) {
  NameSearch search(kind, value.get<std::string>());
  filter["limit"] = kPageRows;
  for (;;) {
    Answer answer = client.call(kind.method, filter);
    if (auto* failure = std::get_if<CallFailure>(&answer)) return std::move(*failure);
    const json& list = std::get<json>(answer);
    search.add(list.at("columns"), list.at("rows"));
    json next = list.value("next", json());
    if (next.is_null()) break;
    filter["after"] = std::move(next);
  }
  Result<json> id = search.choose();
  if (!id) return CallFailure{kRefused, id.error().message};
  value = std::move(id).value();
  return std::nullopt;
}

std::optional<CallFailure> resolve_names(Client& client, json& arguments) {
  const auto filter_of = [&](std::initializer_list<const char*> keys) {
    json filter = json::object();
    for (const char* key : keys) {
      if (arguments.contains(key)) filter[key] = arguments.at(key);
    }
    return filter;
  };
  const auto resolve = [&](const char* key, const NameKind& kind, const json& filter) -> std::optional<CallFailure> {
    const auto value = arguments.find(key);
    if (value == arguments.end() || !value->is_string()) return std::nullopt;
    return resolve_name(client, kind, filter, *value);
  };
  if (auto failure = resolve("run", run_names(), filter_of({"user"}))) return failure;
  for (const char* key : {"order_id", "oco"}) {
    if (auto failure = resolve(key, order_names(), filter_of({"user", "run"}))) return failure;
  }
  return std::nullopt;
}

void accept_short_names(Client& client) {
  // What was typed, to what is meant; once found out, a name is right for all calls.
  const auto known = std::make_shared<std::map<std::pair<const NameKind*, std::string>, std::string>>();
  client.set_correction([&client, known](std::string_view method, json& arguments) -> std::optional<CallFailure> {
    const bool of_feed = method.starts_with("feed.") && method != "feed.add";
    const bool of_user = method.starts_with("user.") && method != "user.add";
    const std::pair<const char*, const NameKind*> places[] = {
        {"user", &user_names()},
        {"feed", &feed_names()},
        {of_feed || of_user ? "name" : "", of_feed ? &feed_names() : &user_names()}};
    for (const auto& [key, kind] : places) {
      const auto value = arguments.find(key);
      if (value == arguments.end() || !value->is_string()) continue;
      const auto typed = std::pair(kind, value->get<std::string>());
      if (const auto found = known->find(typed); found != known->end()) {
        *value = found->second;
      } else if (auto failure = resolve_name(client, *kind, json::object(), *value)) {
        return failure;
      }
      known->emplace(typed, value->get<std::string>());
    }
    return std::nullopt;
  });
}

}  // namespace tradingd::ctl
