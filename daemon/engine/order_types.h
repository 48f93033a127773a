#pragma once
// The order types: one table says of each its name, what goes with it and how it meets a bar. A new one is its row,
// and, where no function here fits, one of its own in a file of its own.

#include <string_view>

#include "daemon/engine/fills.h"

namespace tradingd::engine {

struct OrderKind {
  OrderType type;
  std::string_view text;            // the ledger's and the wire's
  std::string_view times_in_force;  // in the order of TimeInForce: 'x' for those that it goes with
  bool limit;                       // the prices that it needs, and takes no others
  bool stop;
  bool trail;
  Auction auction;  // that it takes part in by itself; opg and cls take limit orders there too
  /// A bar with four prices outside of auctions; what is left of a stop that was triggered before included.
  Meeting (*meet)(const RunConfig& config, const Terms& terms, const Bar& bar);
};

[[nodiscard]] const OrderKind& kind_of(OrderType type);

}  // namespace tradingd::engine
