#include "daemon/market/feed_book.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "daemon/base/nearest.h"

namespace tradingd::market {

namespace {

bool same_values(const engine::Bar& a, const engine::Bar& b) {
  return a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close && a.volume == b.volume;
}

RejectedRow reject(const RawRow& row, std::string_view column, Rejection rejection, std::string reason) {
  return {row.line, std::string(column), rejection, std::move(reason)};
}

}  // namespace

std::int64_t FeedCounters::rejected_total() const {
  return std::accumulate(rejected.begin(), rejected.end(), std::int64_t{0});
}

FeedBook::FeedBook(Calendar calendar, FeedRules rules) : calendar_(std::move(calendar)), rules_(rules) {}

void FeedBook::restore(const engine::Market& market) {
  TD_ASSERT(last_.empty() && !building_);
  for (const engine::Instrument& instrument : market.instruments()) {
    ids_.emplace(instrument.symbol, instrument.id);
    const engine::Market::Quote* const quote = market.quote(instrument.id);
    last_.push_back(quote != nullptr ? Last{quote->time, quote->bar} : Last{});
    instruments_.push_back(instrument);
  }
  last_time_ = market.time();
  if (last_time_ != kTimeMin) {
    last_session_ = market.session().date;
  }
  if (market.sessions() != nullptr) {
    known_sessions_ = market.sessions()->digest();
  }
}

Result<bool> FeedBook::announce(engine::AnnouncedAction action) {
  const std::optional<Date> reached = building_ ? std::optional(building_->tick.session.date) : last_session_;
  if (reached && action.ex_date <= *reached) {
    return Error{"ex_date " + format_date(action.ex_date) + " is past: the feed has reached " + format_date(*reached)};
  }
  const Last* const successor = find(action.new_symbol);
  if (!action.new_symbol.empty() && successor != nullptr && successor->bar) {
    return Error{"new_symbol " + action.new_symbol + " has rows of its own already"};
  }
  announced_.push_back(std::move(action));
  return true;
}

Offer FeedBook::offer(const RawRow& row) {
  Offer offer;
  const std::optional<ValidRow> valid = parse_row(row, calendar_, offer.rejected);
  if (!valid) {
    offer.status = Offer::Status::rejected;
  } else if (const auto decided = check_time(row, *valid, offer.rejected)) {
    offer.status = *decided;
  } else if (!check_new_symbol(row, offer.rejected) || !check_jump(row, *valid, offer.rejected)) {
    offer.status = Offer::Status::rejected;
  }
  switch (offer.status) {
    case Offer::Status::accepted:
      if (building_ && valid->when.time > building_->tick.time) {
        offer.closed = flush();
      }
      accept(row, *valid);
      break;
    case Offer::Status::duplicate:
      ++counters_.duplicates;
      break;
    case Offer::Status::rejected:
      count(offer.rejected);
      break;
  }
  return offer;
}

void FeedBook::count(const RejectedRow& rejected) {
  ++counters_.rejected.at(static_cast<std::size_t>(rejected.rejection));
}

std::optional<ClosedTick> FeedBook::flush() {
  if (!building_) {
    return std::nullopt;
  }
  std::sort(building_->tick.bars.begin(), building_->tick.bars.end(),
            [](const engine::Bar& a, const engine::Bar& b) { return a.instrument < b.instrument; });
  last_time_ = building_->tick.time;
  market_said_.reset();
  ++counters_.ticks;
  return std::exchange(building_, std::nullopt);
}

const FeedBook::Last* FeedBook::find(std::string_view symbol) const {
  const auto found = ids_.find(std::string(symbol));
  return found == ids_.end() ? nullptr : &last_[static_cast<std::size_t>(found->second.value)];
}

std::optional<Offer::Status> FeedBook::check_time(const RawRow& row, const ValidRow& valid,
                                                  RejectedRow& rejected) const {
  const Time time = valid.when.time;
  const Last* const last = find(row.symbol);
  if (last != nullptr && last->bar && last->time == time) {
    if (same_values(*last->bar, valid.bar)) {
      return Offer::Status::duplicate;
    }
    rejected = reject(row, "time", Rejection::quarantined,
                      row.symbol + " has a row with other values at " + format_time(time) + "; the first one stays");
    return Offer::Status::rejected;
  }
  const Time reached = building_ ? building_->tick.time : last_time_;
  if (time < reached || (time == reached && !building_)) {
    rejected = reject(row, "time", Rejection::time_not_advancing,
                      format_time(time) + " is not after the feed's last tick, " + format_time(reached));
    return Offer::Status::rejected;
  }
  const bool same_tick = building_ && time == reached;
  if (same_tick && valid.when.open && market_said_ && *valid.when.open != *market_said_) {
    rejected = reject(row, "market", Rejection::malformed, "contradicts another row of the same time");
    return Offer::Status::rejected;
  }
  return std::nullopt;
}

bool FeedBook::check_new_symbol(const RawRow& row, RejectedRow& rejected) const {
  if (find(row.symbol) != nullptr || is_announced(row.symbol)) {
    return true;
  }
  if (!rules_.takes_new_symbols) {
    rejected = reject(row, "symbol", Rejection::unknown_symbol,
                      row.symbol + " is unknown and the feed takes no new symbols" + suggestion(row.symbol));
    return false;
  }
  if (last_.size() >= static_cast<std::size_t>(rules_.instruments_max)) {
    rejected = reject(
        row, "symbol", Rejection::unknown_symbol,
        row.symbol + " would be one symbol too many; a feed has at most " + std::to_string(rules_.instruments_max));
    return false;
  }
  return true;
}

std::string FeedBook::suggestion(const std::string& symbol) const {
  std::vector<std::string_view> known;
  known.reserve(ids_.size());
  for (const auto& [name, unused] : ids_) {
    known.push_back(name);
  }
  std::sort(known.begin(), known.end());  // the map's own order is nobody's
  const std::string_view near = nearest(symbol, known);
  return near.empty() ? "" : "; did you mean " + std::string(near) + "?";
}

bool FeedBook::check_jump(const RawRow& row, const ValidRow& valid, RejectedRow& rejected) const {
  const Last* const last = find(row.symbol);
  if (rules_.price_jump_max.is_zero() || last == nullptr || !last->bar) {
    return true;
  }
  const Price before = close_before(row.symbol, *last, valid.when.time);
  const Int128 ratio = rules_.price_jump_max.units;
  const auto too_far = [&](Price from, Price to) { return Int128{to.units} * kScale > Int128{from.units} * ratio; };
  const bool up = too_far(before, valid.bar.high);
  if (!up && !too_far(valid.bar.low, before)) {
    return true;
  }
  rejected = reject(row, row.open.empty() ? (row.price.empty() ? "close" : "price") : (up ? "high" : "low"),
                    Rejection::price_jump,
                    to_string(up ? valid.bar.high : valid.bar.low) + " is a jump from " + to_string(before) +
                        " beyond feeds.price_jump_max = " + to_string(rules_.price_jump_max) +
                        "; raise the setting (0: any) if the price is right");
  return false;
}

void FeedBook::open_tick(const RowTime& when) {
  building_.emplace();
  building_->tick.time = when.time;
  building_->tick.session = calendar_.session_at(when.time);
  last_session_ = building_->tick.session.date;
  take_due_actions();
  building_->tick.sessions = changed_sessions();
}

std::shared_ptr<const engine::SessionTable> FeedBook::changed_sessions() {
  // A calendar whose table can't be made is refused when it is loaded.
  std::shared_ptr<const engine::SessionTable> sessions = calendar_.sessions().value();
  if (sessions == nullptr || sessions->digest() == known_sessions_) {
    return nullptr;
  }
  known_sessions_ = sessions->digest();
  return sessions;
}

InstrumentId FeedBook::add_instrument(engine::Instrument instrument) {
  instrument.id = InstrumentId{static_cast<std::int32_t>(last_.size())};
  ids_[instrument.symbol] = instrument.id;
  last_.emplace_back();
  instruments_.push_back(instrument);
  building_->added.push_back(std::move(instrument));
  return instruments_.back().id;
}

bool FeedBook::is_announced(const std::string& symbol) const {
  return std::any_of(announced_.begin(), announced_.end(),
                     [&](const engine::AnnouncedAction& one) { return one.new_symbol == symbol; });
}

Price FeedBook::close_before(const std::string& symbol, const Last& last, Time time) const {
  Price close = last.bar->close;
  const Date session = calendar_.session_at(time).date;
  for (const engine::AnnouncedAction& one : announced_) {
    if (one.symbol == symbol && one.action.kind == engine::ActionKind::split && one.ex_date <= session) {
      close = engine::split_price(close, one.action);
    }
  }
  return close;
}

void FeedBook::take_due_actions() {
  engine::Tick& tick = building_->tick;
  const auto due = std::stable_partition(announced_.begin(), announced_.end(), [&](const engine::AnnouncedAction& one) {
    return one.ex_date > tick.session.date;
  });
  for (auto one = due; one != announced_.end(); ++one) {
    const auto found = ids_.find(one->symbol);
    if (found == ids_.end()) {
      continue;
    }
    engine::CorporateAction action = one->action;
    action.instrument = found->second;
    const auto old = static_cast<std::size_t>(action.instrument.value);
    if (action.kind == engine::ActionKind::symbol_change) {
      const auto known = ids_.find(one->new_symbol);
      engine::Instrument successor = instruments_[old];
      successor.symbol = one->new_symbol;
      action.successor = known == ids_.end() ? add_instrument(std::move(successor)) : known->second;
      last_[static_cast<std::size_t>(action.successor.value)].bar = last_[old].bar;
    } else if (action.kind == engine::ActionKind::split && last_[old].bar) {
      last_[old].bar->close = engine::split_price(last_[old].bar->close, action);
    }
    tick.actions.push_back(action);
  }
  announced_.erase(due, announced_.end());
}

void FeedBook::accept(const RawRow& row, const ValidRow& valid) {
  if (!building_) {
    open_tick(valid.when);
  }
  const auto [entry, is_new] = ids_.try_emplace(row.symbol, InstrumentId{static_cast<std::int32_t>(last_.size())});
  if (is_new) {
    engine::Instrument instrument;
    instrument.symbol = row.symbol;
    add_instrument(std::move(instrument));
  }
  if (valid.when.open) {
    market_said_ = valid.when.open;
    building_->tick.session.open = *valid.when.open;
  }
  engine::Bar bar = valid.bar;
  bar.instrument = entry->second;
  building_->tick.bars.push_back(bar);
  last_[static_cast<std::size_t>(bar.instrument.value)] = {valid.when.time, bar};
  ++counters_.accepted;
}

}  // namespace tradingd::market
