#include "ctl/watched.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "ctl/names.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

/// Gives each subscription its place among "RUN/TOPIC=CURSOR,TOPIC=CURSOR", or the only one all of it. What is wrong.
std::optional<std::string> place(const std::string& after, std::vector<json>& wanted) {
  if (after.find('=') == std::string::npos) {
    if (wanted.size() != 1) return "after: say of what: 'TOPIC=CURSOR', or 'RUN/TOPIC=CURSOR', with commas between";
    wanted.front()["after"] = after;
    return std::nullopt;
  }
  std::string_view rest = after;
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const std::size_t equals = item.find('=');
    const std::string_view key = item.substr(0, equals);
    bool found = false;
    for (json& arguments : wanted) {
      const std::string topic = arguments.value("topic", "");
      const std::string run = arguments.contains("run") ? arguments.at("run").dump() : "";
      if (equals == std::string_view::npos || (key != topic && key != run + "/" + topic)) continue;
      if (arguments.contains("after")) return "after: '" + std::string(key) + "' is there twice, or of several runs";
      arguments["after"] = item.substr(equals + 1);
      found = true;
    }
    if (!found) return "after: '" + std::string(item) + "' is of nothing that is followed";
  }
  return std::nullopt;
}

}  // namespace

std::variant<std::vector<json>, CallFailure> watched(Client& client, const json& arguments, const json& options,
                                                     const std::vector<json>& runs,
                                                     const std::vector<std::string>& topics) {
  json common = arguments;
  common.erase("after");
  std::vector<json> of_runs;
  for (const json& run : runs) {
    json one = common;
    one["run"] = run;
    if (auto failure = resolve_names(client, one)) return *std::move(failure);
    of_runs.push_back(std::move(one));
  }
  if (options.value("all", false)) {
    json filter = {{"all", true}, {"status", "RUNNING"}, {"limit", kWatchedMax + 1}};
    const Answer answer = client.call("run.list", filter);
    if (const auto* failure = std::get_if<CallFailure>(&answer)) return *failure;
    const json& columns = std::get<json>(answer).at("columns");
    const auto cell = [&](const json& row, const char* name) {
      return row.at(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin()));
    };
    for (const json& row : std::get<json>(answer).at("rows")) {
      json one = common;
      one["run"] = cell(row, "run_id");
      one["user"] = cell(row, "user_name");
      of_runs.push_back(std::move(one));
    }
    if (of_runs.empty()) return CallFailure{kRefused, "no run is RUNNING; see: tradectl run list --all"};
  } else if (runs.empty()) {
    of_runs.push_back(common);
  }
  std::vector<json> wanted;
  std::set<std::pair<std::string, std::string>> seen;
  for (const json& one : of_runs) {
    for (const std::string& topic : topics) {
      if (!seen.emplace(one.value("run", json()).dump(), topic).second) continue;
      wanted.push_back(one);
      wanted.back()["topic"] = topic;
    }
  }
  if (wanted.size() > kWatchedMax) {
    return CallFailure{kUsage, "that is more than the " + std::to_string(kWatchedMax) +
                                   " topics of runs that can be followed at once; name the runs, or fewer topics"};
  }
  if (const auto after = arguments.find("after"); after != arguments.end()) {
    if (const auto fault = place(after->get<std::string>(), wanted)) return CallFailure{kUsage, *fault};
  }
  return wanted;
}

}  // namespace tradingd::ctl
