#include "ctl/run_names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tradingd::ctl {

namespace {

constexpr std::size_t kNamedMax = 5;  // candidates in a message

std::size_t place_of(const nlohmann::json& columns, const char* name) {
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
}

}  // namespace

void RunNames::add(const nlohmann::json& columns, const nlohmann::json& rows) {
  const std::size_t run = place_of(columns, "run_id");
  const std::size_t name = place_of(columns, "name");
  const std::size_t status = place_of(columns, "status");
  for (const nlohmann::json& row : rows) {
    if (!row.at(name).is_string() || !row.at(name).get_ref<const std::string&>().starts_with(wanted_)) continue;
    candidates_.push_back(
        {row.at(run).get<std::int64_t>(), row.at(name).get<std::string>(), row.at(status) == "RUNNING"});
  }
}

Result<std::int64_t> RunNames::choose() const {
  if (candidates_.empty()) {
    return Error{"there is no run '" + wanted_ +
                 "'; give a run's number, its name or the beginning of it: tradectl run list"};
  }
  std::vector<Candidate> left = candidates_;
  const auto keep = [&](auto&& good) {
    if (std::any_of(left.begin(), left.end(), good))
      std::erase_if(left, [&](const Candidate& one) { return !good(one); });
  };
  keep([&](const Candidate& one) { return one.name == wanted_; });
  keep([](const Candidate& one) { return one.running; });
  if (left.size() == 1) return left.front().run;
  std::string list;
  for (std::size_t i = 0; i < std::min(left.size(), kNamedMax); ++i) {
    list += (i == 0 ? "" : ", ") + std::to_string(left[i].run) + " (" + left[i].name + ")";
  }
  return Error{"'" + wanted_ + "' can be " + std::to_string(left.size()) + " runs: " + list +
               (left.size() > kNamedMax ? " …" : "") + "; give the number"};
}

}  // namespace tradingd::ctl
