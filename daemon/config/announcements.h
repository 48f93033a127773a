#pragma once
// Corporate actions as people announce them: a CSV (or TOML, [[action]]) file beside a feed, or one pushed.

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/engine/market.h"

namespace tradingd::config {

/// Reads a whole file: ex_date, symbol, kind, and what the kind needs: ratio ("4:1", new for old; "1:10" is a reverse
/// split), amount (of a dividend, for each), new_symbol. On failure the error has one line for each problem, with its
/// place. The actions are numbered from 1 in the order of their ex-dates, the file's order within one.
[[nodiscard]] Result<std::vector<engine::AnnouncedAction>> parse_actions(std::string_view text, std::string_view name);
/// One action, its keys as in a file's; other keys are not looked at.
[[nodiscard]] Result<engine::AnnouncedAction> action_of(const nlohmann::json& arguments);

}  // namespace tradingd::config
