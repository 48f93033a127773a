#pragma once
// What a run can know of its market: the feed's instruments, the tick that has just arrived and the
// last price of each instrument. All runs of a feed share one view.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/ids.h"
#include "daemon/base/time.h"
#include "daemon/engine/sessions.h"

namespace tradingd::engine {

struct Instrument {
  InstrumentId id;
  std::string symbol;
  Price tick_size{1};         // limit prices are multiples of it
  Quantity quantity_step{1};  // order quantities are multiples of it
  /// Known by the feed's definition. Any other one is known from its first row on; so a replay, which may
  /// have the whole table, sees what the run saw.
  bool listed = false;
  bool shortable = true;
  Quantity lot{1};                                      // and of it
  std::optional<Quantity> min_quantity = std::nullopt;  // of an order, as are the next three
  std::optional<Quantity> max_quantity = std::nullopt;
  std::optional<Money> min_notional = std::nullopt;
  std::optional<Money> max_notional = std::nullopt;
  std::string currency = {};  // "USD"; empty: not told. All of a feed have the same
  std::string calendar = {};  // the feed's; empty: not told
};

enum class ActionKind : std::uint8_t { split, dividend, symbol_change };
/// "split" …
[[nodiscard]] std::string_view to_text(ActionKind kind);
[[nodiscard]] std::optional<ActionKind> action_kind_from_text(std::string_view text);

/// Something that a company did to its shares.
struct CorporateAction {
  std::int64_t id = 0;  // among the feed's
  InstrumentId instrument;
  ActionKind kind = ActionKind::split;
  std::int64_t numerator = 1;  // of a split: so many new ones for `denominator` old ones
  std::int64_t denominator = 1;
  Price amount;            // of a dividend, for each
  InstrumentId successor;  // of a change of symbol
};
inline constexpr std::int64_t kSplitRatioMax = 10'000;
/// An action as it was announced: effective with the first tick whose session is at or after `ex_date`.
struct AnnouncedAction {
  CorporateAction action;  // its instruments are found when it becomes effective
  Date ex_date;
  std::string symbol;
  std::string new_symbol;
};
/// What a price is after the split, half-even, at least one unit of 1e-8.
[[nodiscard]] Price split_price(Price price, const CorporateAction& split);

/// One row of a feed. A one-price row has open = high = low = close.
struct Bar {
  InstrumentId instrument;
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;
};

/// Where in the exchange's day a tick falls.
struct Session {
  Date date;                      // the exchange's own calendar day
  bool open = true;               // whether the market is open at the tick
  std::int32_t utc_offset_s = 0;  // exchange time − UTC
  std::optional<Time> closes;     // the session's end, where the calendar knows it

  friend bool operator==(const Session&, const Session&) = default;
};

/// All rows of a feed at one logical time.
struct Tick {
  Time time;
  Session session;
  std::vector<Bar> bars;                      // by instrument, ascending; may be empty (a session event)
  std::vector<CorporateAction> actions = {};  // effective from here on, before the bars; in order of their ids
  /// The exchange's sessions as they are known from this tick on; nullptr: as before it.
  std::shared_ptr<const SessionTable> sessions = nullptr;
};

/// The last known state of a feed.
class Market {
 public:
  struct Quote {
    Bar bar;
    Time time;
  };

  /// Adds the next instrument; its id must be the number of those before it.
  void add_instrument(Instrument instrument);
  /// Takes a tick whose time is after `time()`.
  void apply(const Tick& tick);

  /// Time of the last tick; kTimeMin before the first.
  [[nodiscard]] Time time() const { return time_; }
  /// Of the last tick; closed before the first.
  [[nodiscard]] const Session& session() const { return session_; }
  /// nullptr: every day may be a session.
  [[nodiscard]] const SessionTable* sessions() const { return sessions_.get(); }
  [[nodiscard]] std::span<const Instrument> instruments() const { return instruments_; }
  [[nodiscard]] const Instrument& instrument(InstrumentId id) const;
  /// nullptr for a symbol that isn't known by now. A symbol that was changed finds the new one.
  [[nodiscard]] const Instrument* find(std::string_view symbol) const;
  /// nullptr before the instrument's first row.
  [[nodiscard]] const Quote* quote(InstrumentId id) const;
  /// Restores a quote when the view is rebuilt from the ledger.
  void restore(const Quote& quote);
  /// Adjusts what was known before `time`: prices for a split; a new symbol goes on where the old one was.
  void restore(const CorporateAction& action, Time time);
  void restore_time(Time time, const Session& session);
  void restore_sessions(std::shared_ptr<const SessionTable> sessions) { sessions_ = std::move(sessions); }

 private:
  std::vector<Instrument> instruments_;
  std::vector<InstrumentId> by_symbol_;
  std::vector<std::optional<Quote>> quotes_;
  std::vector<std::optional<InstrumentId>> successors_;  // of those whose symbol was changed
  std::shared_ptr<const SessionTable> sessions_;
  Time time_ = kTimeMin;
  Session session_{{}, false, 0, std::nullopt};  // closed before the first tick
};

}  // namespace tradingd::engine
