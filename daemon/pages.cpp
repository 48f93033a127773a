#include "daemon/pages.h"

#include <algorithm>

namespace tradingd {

using nlohmann::json;

admin::Reply page_of(json columns, std::vector<json> rows, const json& arguments) {
  if (arguments.value("reverse", false)) {
    std::reverse(rows.begin(), rows.end());
  }
  const json after = arguments.value("after", json());
  const std::int64_t count = static_cast<std::int64_t>(rows.size());
  const std::int64_t first =
      after.is_number_integer() ? std::clamp<std::int64_t>(after.get<std::int64_t>(), 0, count) : 0;
  const std::int64_t limit = std::clamp<std::int64_t>(arguments.value("limit", count), 0, count);
  const std::int64_t end = std::min(count, first + limit);
  json page = json::array();
  for (std::int64_t i = first; i < end; ++i) {
    page.push_back(std::move(rows[static_cast<std::size_t>(i)]));
  }
  return {{{"columns", std::move(columns)}, {"rows", std::move(page)}, {"next", end < count ? json(end) : json()}},
          std::nullopt};
}

}  // namespace tradingd
