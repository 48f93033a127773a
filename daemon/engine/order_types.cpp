#include "daemon/engine/order_types.h"

#include <algorithm>
#include <array>

#include "daemon/base/assert.h"

namespace tradingd::engine {

namespace {

// In the order of OrderType.
constexpr std::array kKinds{
    // the times in force are day gtc gtd ioc fok opg cls; then: limit, stop, trail
    OrderKind{OrderType::market, "market", "xxxxxxx", false, false, false, Auction::none, meet_open},
    OrderKind{OrderType::limit, "limit", "xxxxxxx", true, false, false, Auction::none, meet_limit},
    OrderKind{OrderType::stop, "stop", "xxx....", false, true, false, Auction::none, meet_stop},
    OrderKind{OrderType::stop_limit, "stop_limit", "xxx....", true, true, false, Auction::none, meet_stop},
    OrderKind{OrderType::trailing_stop, "trailing_stop", "xxx....", false, false, true, Auction::none, meet_stop},
    OrderKind{OrderType::market_on_open, "market_on_open", "x....x.", false, false, false, Auction::open, meet_open},
    OrderKind{OrderType::market_on_close, "market_on_close", "x.....x", false, false, false, Auction::close, meet_open},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<std::size_t>(kKinds[i].type) != i) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "the table follows the enum");

}  // namespace

const OrderKind& kind_of(OrderType type) {
  const auto index = static_cast<std::size_t>(type);
  TD_ASSERT(index < kKinds.size());
  return kKinds[index];
}

std::string_view to_text(OrderType type) { return kind_of(type).text; }

std::optional<OrderType> order_type_from_text(std::string_view text) {
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [text](const OrderKind& kind) { return kind.text == text; });
  return found == kKinds.end() ? std::nullopt : std::optional(found->type);
}

Auction auction_of(OrderType type, TimeInForce tif) {
  const Auction own = kind_of(type).auction;
  if (own != Auction::none) {
    return own;
  }
  return tif == TimeInForce::opg ? Auction::open : tif == TimeInForce::cls ? Auction::close : Auction::none;
}

bool is_stop(OrderType type) { return kind_of(type).stop || kind_of(type).trail; }

}  // namespace tradingd::engine
