#include "daemon/engine/market.h"

#include <algorithm>

#include "daemon/base/assert.h"

namespace tradingd::engine {

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
}

void Market::apply(const Tick& tick) {
  TD_ASSERT(tick.time > time_);
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
  return instrument(*found).listed || quote(*found) != nullptr ? &instrument(*found) : nullptr;
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

void Market::restore_time(Time time, const Session& session) {
  time_ = time;
  session_ = session;
}

}  // namespace tradingd::engine
