#include "daemon/engine/order.h"

#include <array>

#include "daemon/engine/texts.h"

namespace tradingd::engine {

namespace {

using Texts2 = std::array<std::string_view, 2>;
using Texts4 = std::array<std::string_view, 4>;
using Texts7 = std::array<std::string_view, 7>;

constexpr Texts2 kSides{"buy", "sell"};
constexpr Texts7 kTimesInForce{"day", "gtc", "gtd", "ioc", "fok", "opg", "cls"};
constexpr Texts7 kStatuses{"PENDING", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED", "REPLACED", "REJECTED"};
constexpr Texts4 kSources{"user", "sip", "rebalance", "liquidation"};

constexpr std::size_t kStatusCount = kStatuses.size();

// Row: from; column: to.
constexpr std::array<std::array<bool, kStatusCount>, kStatusCount> kTransitions{{
    // PENDING PARTIALLY FILLED CANCELED EXPIRED REPLACED REJECTED
    {true, true, true, true, true, true, false},        // PENDING
    {false, true, true, true, true, true, false},       // PARTIALLY_FILLED
    {false, false, false, false, false, false, false},  // FILLED
    {false, false, false, false, false, false, false},  // CANCELED
    {false, false, false, false, false, false, false},  // EXPIRED
    {false, false, false, false, false, false, false},  // REPLACED
    {false, false, false, false, false, false, false},  // REJECTED
}};

}  // namespace

std::string_view to_text(Side side) { return text_at(kSides, side); }
std::string_view to_text(TimeInForce tif) { return text_at(kTimesInForce, tif); }
std::string_view to_text(OrderStatus status) { return text_at(kStatuses, status); }
std::string_view to_text(OrderSource source) { return text_at(kSources, source); }

std::optional<Side> side_from_text(std::string_view text) { return value_of<Side>(kSides, text); }
std::optional<TimeInForce> time_in_force_from_text(std::string_view text) {
  return value_of<TimeInForce>(kTimesInForce, text);
}
std::optional<OrderStatus> order_status_from_text(std::string_view text) {
  return value_of<OrderStatus>(kStatuses, text);
}
std::optional<OrderSource> order_source_from_text(std::string_view text) {
  return value_of<OrderSource>(kSources, text);
}

bool may_become(OrderStatus from, OrderStatus to) {
  return kTransitions.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

bool is_final(OrderStatus status) { return status != OrderStatus::pending && status != OrderStatus::partially_filled; }

}  // namespace tradingd::engine
