#pragma once
// Answers that are lists, made at once.

#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/admin/backend.h"

namespace tradingd {

/// The page of `rows` that `after`, `limit` and `reverse` among the arguments ask for; its cursor is a row's number.
[[nodiscard]] admin::Reply page_of(nlohmann::json columns, std::vector<nlohmann::json> rows,
                                   const nlohmann::json& arguments);

}  // namespace tradingd
