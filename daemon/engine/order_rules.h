#pragma once
// What an order may look like: its symbol, type, time in force, size and prices, and when it may come. What it does to
// cash and positions is risk.h's. Each check is for one or a few reasons and may rely on those before it in the order
// of Reason.

#include <string>

#include "daemon/engine/risk.h"

namespace tradingd::engine {

[[nodiscard]] Denial check_symbol(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_kind(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_quantity(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_price(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_size(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_quote(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_when(const Context& context, const Proposal& proposal);
[[nodiscard]] Denial check_group(const Context& context, const Proposal& proposal);

/// A trade that is worth nothing is none.
[[nodiscard]] Denial check_worth(Price price, Quantity quantity);

/// The price by which the order is judged before it has traded.
[[nodiscard]] std::optional<Price> judged_price(const Proposal& proposal);

/// "needed=1200 available=1000", and whose limit it is (Context::whose)
template <typename Needed, typename Available>
std::string figures(const char* first, Needed needed, const char* second, Available available,
                    std::string_view whose = {}) {
  return std::string(first) + "=" + to_string(needed) + " " + second + "=" + to_string(available) + std::string(whose);
}

}  // namespace tradingd::engine
