#include "daemon/engine/fills.h"

#include <algorithm>
#include <numeric>

namespace tradingd::engine {

namespace {

constexpr Ratio kOne{kScale};

bool is_one_price(const Bar& bar) { return bar.open == bar.close && bar.high == bar.low && bar.open == bar.high; }

}  // namespace

Money fee_of(const FeeModel& fee, Money notional) {
  switch (fee.kind) {
    case FeeKind::none:
      return {};
    case FeeKind::fixed:
      return fee.fixed;
    case FeeKind::basis_points:
      return notional * fee.rate;
  }
  TD_ASSERT(false);
}

Money without_fee(const FeeModel& fee, Money budget) {
  switch (fee.kind) {
    case FeeKind::none:
      return budget;
    case FeeKind::fixed:
      return budget - fee.fixed;
    case FeeKind::basis_points: {
      // Rounded down: with n = floor(b / (1 + r)), b - n is a whole number of units that is not below
      // n × r, hence not below n × r rounded either, so that n with its fee never exceeds b.
      if (!budget.is_positive()) {
        return {};
      }
      Int128 scaled = 0;
      TD_ASSERT(!__builtin_mul_overflow(budget.units, static_cast<Int128>(kScale), &scaled));
      return {scaled / (kScale + static_cast<Int128>(fee.rate.units))};
    }
  }
  TD_ASSERT(false);
}

Price with_slippage(const SlippageModel& slippage, Side side, Price price) {
  if (slippage.kind == SlippageKind::none) {
    return price;
  }
  const Price moved = price * (side == Side::buy ? kOne + slippage.rate : kOne - slippage.rate);
  return std::max(moved, Price{1});
}

std::optional<Fill> fill_at_last(const RunConfig& config, const Terms& terms, Price last) {
  if (terms.type == OrderType::market) {
    return Fill{last, with_slippage(config.slippage, terms.side, last)};
  }
  if (terms.type != OrderType::limit || !terms.limit_price) {
    return std::nullopt;
  }
  const bool allowed = terms.side == Side::buy ? last <= *terms.limit_price : last >= *terms.limit_price;
  return allowed ? std::optional(Fill{last, last}) : std::nullopt;
}

std::optional<Fill> fill_on_bar(const RunConfig& config, const Terms& terms, const Bar& bar) {
  if (terms.type == OrderType::market || is_one_price(bar)) {
    return fill_at_last(config, terms, bar.open);
  }
  if (terms.type != OrderType::limit || !terms.limit_price) {
    return std::nullopt;
  }
  const Price limit = *terms.limit_price;
  if (terms.side == Side::buy) {
    const Price price = std::min(bar.open, limit);
    return bar.low < limit ? std::optional(Fill{price, price}) : std::nullopt;
  }
  const Price price = std::max(bar.open, limit);
  return bar.high > limit ? std::optional(Fill{price, price}) : std::nullopt;
}

Price reservation_price(const RunConfig& config, const Terms& terms, Price last) {
  return terms.limit_price ? *terms.limit_price : last * (kOne + config.market_buffer);
}

Money cost_of(const RunConfig& config, Price price, Quantity quantity) {
  const Money notional = price * quantity;
  return notional + fee_of(config.fee, notional);
}

Quantity affordable_with_fee(const RunConfig& config, Money amount, Price price, Quantity step) {
  return affordable(without_fee(config.fee, amount), price, step);
}

Quantity quantity_step(const RunConfig& config, const Instrument& instrument) {
  const std::int64_t run_step = config.quantity_step.units;
  const std::int64_t own_step = instrument.quantity_step.units;
  const Int128 common = static_cast<Int128>(run_step / std::gcd(run_step, own_step)) * own_step;
  return {static_cast<std::int64_t>(std::min<Int128>(common, kQuantityMax.units))};
}

}  // namespace tradingd::engine
