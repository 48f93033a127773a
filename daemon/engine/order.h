#pragma once
// Orders, trades and positions as the ledger holds them. Texts are the ledger's and the wire's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/ids.h"
#include "daemon/base/time.h"
#include "daemon/engine/reason.h"

namespace tradingd::engine {

enum class Side : std::uint8_t { buy, sell };

enum class OrderType : std::uint8_t {
  market,
  limit,
  stop,
  stop_limit,
  trailing_stop,
  market_on_open,
  market_on_close,
};

enum class TimeInForce : std::uint8_t { day, gtc, gtd, ioc, fok, opg, cls };

/// `pending` is accepted and resting or queued. The last five are final.
enum class OrderStatus : std::uint8_t { pending, partially_filled, filled, canceled, expired, replaced, rejected };

/// The session's auction that an order takes part in, and trades nowhere else.
enum class Auction : std::uint8_t { none, open, close };

/// Who decided on the order.
enum class OrderSource : std::uint8_t { user, sip, rebalance, liquidation };

/// "buy", "market", "day", "PENDING", "user" …
[[nodiscard]] std::string_view to_text(Side side);
[[nodiscard]] std::string_view to_text(OrderType type);
[[nodiscard]] std::string_view to_text(TimeInForce tif);
[[nodiscard]] std::string_view to_text(OrderStatus status);
[[nodiscard]] std::string_view to_text(OrderSource source);
[[nodiscard]] std::optional<Side> side_from_text(std::string_view text);
[[nodiscard]] std::optional<OrderType> order_type_from_text(std::string_view text);
[[nodiscard]] std::optional<TimeInForce> time_in_force_from_text(std::string_view text);
[[nodiscard]] std::optional<OrderStatus> order_status_from_text(std::string_view text);
[[nodiscard]] std::optional<OrderSource> order_source_from_text(std::string_view text);

/// The one transition table: whether an order's row may go from `from` to `to`. An open order may stay
/// as it is (its row changes all the same); a final one never changes. The database's trigger holds the
/// same table; a test compares them pair by pair.
[[nodiscard]] bool may_become(OrderStatus from, OrderStatus to);
[[nodiscard]] bool is_final(OrderStatus status);

/// An order as it stands now; row of `paper_order`.
struct Order {
  OrderId id;
  std::string client_order_id;  // empty: none was given
  InstrumentId instrument;      // meaningful where `symbol` is empty
  std::string symbol;           // only for an order rejected for its unknown symbol
  Side side = Side::buy;
  OrderType type = OrderType::market;
  TimeInForce tif = TimeInForce::day;
  OrderSource source = OrderSource::user;
  OrderStatus status = OrderStatus::pending;
  Reason reason = Reason::none;  // of a rejection, cancellation or expiry
  std::string reason_detail;     // its figures: "needed=1200 available=1000"
  Quantity quantity;
  Quantity filled;
  std::optional<Price> limit_price;
  std::optional<Price> stop_price;     // of a trailing stop: where it stands now
  std::optional<Price> trail_amount;   // a trailing stop has one of the two
  std::optional<Ratio> trail_percent;  // 5 is five percent
  std::optional<Time> expires_at;      // of a gtd order: the last time at which it may trade
  std::optional<Money> notional;       // the amount that `quantity` was made of
  std::optional<Price> take_profit;    // of a bracket's entry, both: where its exits will be
  std::optional<Price> stop_loss;
  OrderId replaces;             // the order that it stands in for; 0: none
  OrderId group;                // one-cancels-other: the group's first order, or the bracket's entry; 0: none
  Money reserved;               // part of the run's reserved cash that this order holds
  std::optional<Date> session;  // the exchange's day that a DAY order ends with; absent until that day is known
  Time placed_at;
  Time updated_at;
  std::optional<Time> triggered_at;

  [[nodiscard]] Quantity open_quantity() const { return quantity - filled; }
};

/// Market-on-open and opg orders, market-on-close and cls orders.
[[nodiscard]] Auction auction_of(OrderType type, TimeInForce tif);
/// Rests until its stop price is reached.
[[nodiscard]] bool is_stop(OrderType type);

/// A part of a trade's fee: "stamp_duty".
struct FeePart {
  std::string name;
  Money amount;
};

/// A fill; row of `paper_trade`.
struct Trade {
  TradeId id;
  OrderId order;
  InstrumentId instrument;
  Side side = Side::buy;
  Quantity quantity;
  Price price;                     // after slippage
  Money notional;                  // price × quantity, positive
  Money fee;                       // the sum of its parts
  std::vector<FeePart> fee_parts;  // in the order of the schedule
  Money slippage;                  // what the slippage cost, positive
  Money realized_pnl;              // of the part that closed a position, before fees
  Time time;
};

/// What one trade has left of a position, with FIFO accounting.
struct Lot {
  TradeId trade;
  Time opened_at;
  Quantity quantity;  // signed, as the position's
  Money cost;

  friend bool operator==(const Lot&, const Lot&) = default;
};

/// A holding; row of `paper_position`. A short one has negative quantity and cost: what its sales have brought.
struct Position {
  InstrumentId instrument;
  Quantity quantity;
  Money cost;             // of the quantity held
  Money realized_pnl;     // over the run's life, before fees
  std::vector<Lot> lots;  // first in, first out; kept where the run accounts by them
  // How much the run has traded on the instrument's bar of that time; kept where the run has a volume cap.
  Time bar_time = kTimeMin;
  Quantity bar_traded;
};

}  // namespace tradingd::engine
