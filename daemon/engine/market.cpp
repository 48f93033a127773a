#include "daemon/engine/market.h"

#include <algorithm>

#include "daemon/base/assert.h"
#include "daemon/engine/texts.h"

namespace tradingd::engine {

namespace {

constexpr std::array<std::string_view, 3> kActionKinds{"split", "dividend", "symbol_change"};

}  // namespace

std::string_view to_text(ActionKind kind) { return text_at(kActionKinds, kind); }
std::optional<ActionKind> action_kind_from_text(std::string_view text) {
  return value_of<ActionKind>(kActionKinds, text);
}

Price split_price(Price price, const CorporateAction& split) {
  const Int128 units = divide_half_even(Int128{price.units} * split.denominator, split.numerator);
  return {static_cast<std::int64_t>(std::clamp<Int128>(units, 1, kPriceMax.units))};
}

void Market::add_instrument(Instrument instrument) {
  TD_ASSERT(instrument.id.value == static_cast<std::int32_t>(instruments_.size()));
  TD_ASSERT(instrument.tick_size.is_positive() && instrument.quantity_step.is_positive());
  const auto place = std::lower_bound(
      by_symbol_.begin(), by_symbol_.end(), instrument.symbol,
      [this](InstrumentId id, const std::string& symbol) { return this->instrument(id).symbol < symbol; });
  TD_ASSERT(place == by_symbol_.end() || this->instrument(*place).symbol != instrument.symbol);
  by_symbol_.insert(place, instrument.id);
  instruments_.push_back(std::move(instrument));
  quotes_.emplace_back();
  successors_.emplace_back();
}

void Market::apply(const Tick& tick) {
  TD_ASSERT(tick.time > time_);
  for (const CorporateAction& action : tick.actions) {
    restore(action, tick.time);
  }
  for (const Bar& bar : tick.bars) {
    restore({bar, tick.time});
  }
  restore_time(tick.time, tick.session);
  if (tick.sessions != nullptr) {
    restore_sessions(tick.sessions);
  }
}

const Instrument& Market::instrument(InstrumentId id) const {
  const auto index = static_cast<std::size_t>(id.value);
  TD_ASSERT(id.value >= 0 && index < instruments_.size());
  return instruments_[index];
}

const Instrument* Market::find(std::string_view symbol) const {
  const auto found =
      std::lower_bound(by_symbol_.begin(), by_symbol_.end(), symbol,
                       [this](InstrumentId id, std::string_view wanted) { return instrument(id).symbol < wanted; });
  if (found == by_symbol_.end() || instrument(*found).symbol != symbol) {
    return nullptr;
  }
  InstrumentId id = *found;
  bool listed = instrument(id).listed;  // under whichever name
  for (std::optional<InstrumentId> next; (next = successors_[static_cast<std::size_t>(id.value)]);) {
    id = *next;
    listed = listed || instrument(id).listed;
  }
  return listed || quote(id) != nullptr ? &instrument(id) : nullptr;
}

const Market::Quote* Market::quote(InstrumentId id) const {
  const auto index = static_cast<std::size_t>(id.value);
  TD_ASSERT(id.value >= 0 && index < quotes_.size());
  return quotes_[index] ? &*quotes_[index] : nullptr;
}

void Market::restore(const Quote& quote) {
  const auto index = static_cast<std::size_t>(quote.bar.instrument.value);
  TD_ASSERT(quote.bar.instrument.value >= 0 && index < quotes_.size());
  TD_ASSERT(quote.bar.low.is_positive());
  quotes_[index] = quote;
}

void Market::restore(const CorporateAction& action, Time time) {
  const auto index = static_cast<std::size_t>(action.instrument.value);
  TD_ASSERT(action.instrument.value >= 0 && index < quotes_.size());
  std::optional<Quote>& known = quotes_[index];
  if (action.kind == ActionKind::split && known && known->time < time) {
    for (Price* price : {&known->bar.open, &known->bar.high, &known->bar.low, &known->bar.close}) {
      *price = split_price(*price, action);
    }
    known->bar.volume = {};  // of the old shares
  } else if (action.kind == ActionKind::symbol_change) {
    const auto successor = static_cast<std::size_t>(action.successor.value);
    TD_ASSERT(action.successor.value >= 0 && successor < quotes_.size() && successor != index);
    successors_[index] = action.successor;
    if (known && !quotes_[successor]) {
      quotes_[successor] = known;
      quotes_[successor]->bar.instrument = action.successor;
    }
  }
}

void Market::restore_time(Time time, const Session& session) {
  time_ = time;
  session_ = session;
}

}  // namespace tradingd::engine
