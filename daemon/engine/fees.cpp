#include "daemon/engine/fees.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tradingd::engine {

namespace {

using Amounts = std::array<Money, kFeeComponentsMax>;

/// nullptr: nothing is charged.
const FeeVersion* version_at(const FeeModel& fee, Date date) {
  if (fee.versions.empty()) {
    return nullptr;
  }
  const auto after = std::find_if(fee.versions.begin() + 1, fee.versions.end(),
                                  [date](const FeeVersion& version) { return version.from > date; });
  return &*std::prev(after);
}

Money tiers_of(const std::vector<FeeTier>& tiers, Money notional) {
  Money sum;
  Money below;
  for (const FeeTier& tier : tiers) {
    const Money top = std::min(tier.up_to.value_or(notional), notional);
    if (top > below) {
      sum += (top - below) * tier.rate;
      below = top;
    }
  }
  return sum;
}

/// `before` has the amounts of the components before this one.
Money amount_of(const FeeComponent& part, const Amounts& before, Side side, Money notional, Quantity quantity) {
  if ((part.sides == FeeSides::buys && side == Side::sell) || (part.sides == FeeSides::sells && side == Side::buy)) {
    return {};
  }
  Money base = notional;
  if (!part.of.empty()) {
    base = {};
    for (const std::size_t other : part.of) {
      base += before.at(other);
    }
  }
  const Money sum = part.amount + base * part.rate + tiers_of(part.tiers, notional) + part.per_share * quantity;
  return std::min(std::max(sum, part.minimum), part.maximum.value_or(kMoneyMax));
}

FeeModel commission(std::string kind, FeeComponent part) {
  part.name = "commission";
  return {std::move(kind), {{Date{}, {std::move(part)}}}};
}

}  // namespace

Money fee_of(const FeeModel& fee, Date date, Side side, Money notional, Quantity quantity) {
  const FeeVersion* version = version_at(fee, date);
  Amounts amounts;
  Money sum;
  for (std::size_t i = 0; version != nullptr && i < version->components.size(); ++i) {
    amounts.at(i) = amount_of(version->components[i], amounts, side, notional, quantity);
    sum += amounts.at(i);
  }
  return sum;
}

std::vector<FeePart> fee_parts(const FeeModel& fee, Date date, Side side, Money notional, Quantity quantity) {
  const FeeVersion* version = version_at(fee, date);
  Amounts amounts;
  std::vector<FeePart> parts;
  for (std::size_t i = 0; version != nullptr && i < version->components.size(); ++i) {
    amounts.at(i) = amount_of(version->components[i], amounts, side, notional, quantity);
    if (!amounts.at(i).is_zero()) {
      parts.push_back({version->components[i].name, amounts.at(i)});
    }
  }
  return parts;
}

FeeModel fixed_fee(Money amount) {
  FeeComponent part;
  part.amount = amount;
  return commission("fixed", std::move(part));
}

FeeModel rate_fee(Ratio rate, Money minimum) {
  FeeComponent part;
  part.rate = rate;
  part.minimum = minimum;
  return commission("bps", std::move(part));
}

FeeModel per_share_fee(Price per_share, Money minimum) {
  FeeComponent part;
  part.per_share = per_share;
  part.minimum = minimum;
  return commission("per_share", std::move(part));
}

FeeModel tiered_fee(std::vector<FeeTier> tiers, Money minimum) {
  FeeComponent part;
  part.tiers = std::move(tiers);
  part.minimum = minimum;
  return commission("tiered", std::move(part));
}

}  // namespace tradingd::engine
