#include "daemon/store/market_loading.h"

namespace tradingd::store {

namespace {

constexpr const char* kLastTick =
    "SELECT logical_time, session_date, market_open, utc_offset_s, session_closes FROM market_tick"
    " WHERE feed_id = $1 AND logical_time <= $2 ORDER BY logical_time DESC LIMIT 1";
constexpr const char* kQuotes =
    "SELECT b.logical_time, b.instrument_id, b.open, b.high, b.low, b.close, b.volume"
    " FROM market_instrument i CROSS JOIN LATERAL ("
    "   SELECT * FROM market_bar m WHERE m.feed_id = i.feed_id AND m.instrument_id = i.instrument_id"
    "     AND m.logical_time <= $2 ORDER BY m.logical_time DESC LIMIT 1) b"
    " WHERE i.feed_id = $1";
constexpr const char* kTicks =
    "SELECT logical_time, session_date, market_open, utc_offset_s, session_closes FROM market_tick"
    " WHERE feed_id = $1 AND logical_time > $2 ORDER BY logical_time LIMIT $3";
constexpr const char* kBars =
    "SELECT logical_time, instrument_id, open, high, low, close, volume FROM market_bar"
    " WHERE feed_id = $1 AND logical_time > $2 AND logical_time <= $3 ORDER BY logical_time, instrument_id";
constexpr const char* kSessions =
    "SELECT c.calendar_hash, c.sessions, f.logical_time FROM feed_calendar f JOIN trading_calendar c USING "
    "(calendar_hash)"
    " WHERE f.feed_id = $1 AND f.logical_time <= $2 ORDER BY f.logical_time DESC LIMIT 1";
constexpr const char* kSessionChanges =
    "SELECT c.calendar_hash, c.sessions, f.logical_time FROM feed_calendar f JOIN trading_calendar c USING "
    "(calendar_hash)"
    " WHERE f.feed_id = $1 AND f.logical_time > $2 AND f.logical_time <= $3 ORDER BY f.logical_time";

std::string select_actions() {
  return std::string("SELECT logical_time, ") + kActionColumns +
         " FROM market_action WHERE feed_id = $1 AND logical_time > $2 AND logical_time <= $3"
         " ORDER BY logical_time, action_id";
}

std::string text(Time time) { return time == kTimeMin ? "-infinity" : format_time(time); }

engine::Session read_session(Fields& row) {
  engine::Session session;
  session.date = row.date();
  session.open = row.boolean();
  session.utc_offset_s = static_cast<std::int32_t>(row.integer());
  session.closes = row.optional_time();
  return session;
}

engine::Bar read_bar(Fields& row) {
  engine::Bar bar;
  bar.instrument = InstrumentId{static_cast<std::int32_t>(row.integer())};
  bar.open = row.decimal<Price>();
  bar.high = row.decimal<Price>();
  bar.low = row.decimal<Price>();
  bar.close = row.decimal<Price>();
  bar.volume = row.decimal<Quantity>();
  return bar;
}

std::shared_ptr<const engine::SessionTable> read_sessions(Fields& row) {
  const Digest recorded = row.digest();
  Result<engine::SessionTable> sessions = engine::SessionTable::parse(row.text());
  if (!sessions || sessions->digest() != recorded) {
    throw UnreadableField("the feed's recorded calendar " + to_hex(recorded) + " is not what was recorded");
  }
  return std::make_shared<const engine::SessionTable>(std::move(sessions).value());
}

}  // namespace

engine::Instrument read_instrument(Fields& row) {
  engine::Instrument instrument;
  instrument.id = InstrumentId{static_cast<std::int32_t>(row.integer())};
  instrument.symbol = row.text();
  instrument.tick_size = row.decimal<Price>();
  instrument.quantity_step = row.decimal<Quantity>();
  instrument.lot = row.decimal<Quantity>();
  instrument.min_quantity = row.optional_decimal<Quantity>();
  instrument.max_quantity = row.optional_decimal<Quantity>();
  instrument.min_notional = row.optional_decimal<Money>();
  instrument.max_notional = row.optional_decimal<Money>();
  instrument.currency = row.text();
  instrument.calendar = row.text();
  instrument.listed = row.boolean();
  instrument.shortable = row.boolean();
  return instrument;
}

engine::AnnouncedAction read_action(Fields& row) {
  engine::AnnouncedAction read;
  read.action.id = row.integer();
  read.ex_date = row.date();
  read.symbol = row.text();
  read.action.kind = row.word(engine::action_kind_from_text);
  read.action.numerator = row.integer();
  read.action.denominator = row.integer();
  read.action.amount = row.decimal<Price>();
  read.new_symbol = row.text();
  read.action.instrument = InstrumentId{static_cast<std::int32_t>(row.integer())};
  read.action.successor = InstrumentId{static_cast<std::int32_t>(row.integer())};
  return read;
}

engine::Market load_market(Connection& connection, FeedId feed, Time time) {
  Transaction transaction(connection, Transaction::Kind::snapshot);
  engine::Market market;
  const std::string id = std::to_string(feed.value);
  const Rows instruments = connection.exec(
      std::string("SELECT ") + kInstrumentColumns + " FROM market_instrument WHERE feed_id = $1 ORDER BY instrument_id",
      {id});
  for (int row = 0; row < instruments.size(); ++row) {
    Fields fields(instruments, row);
    market.add_instrument(read_instrument(fields));
  }
  const Rows tick = connection.exec(kLastTick, {id, text(time)});
  if (!tick.empty()) {
    Fields fields(tick, 0);
    const Time tick_time = fields.time();
    market.restore_time(tick_time, read_session(fields));
  }
  market.restore_sessions(load_sessions(connection, feed, time));
  const Rows quotes = connection.exec(kQuotes, {id, text(time)});
  for (int row = 0; row < quotes.size(); ++row) {
    Fields fields(quotes, row);
    const Time quote_time = fields.time();
    market.restore({read_bar(fields), quote_time});
  }
  const Rows actions = connection.exec(select_actions(), {id, "-infinity", text(time)});
  for (int row = 0; row < actions.size(); ++row) {
    Fields fields(actions, row);
    const Time effective = fields.time();
    market.restore(read_action(fields).action, effective);
  }
  transaction.commit();
  return market;
}

std::shared_ptr<const engine::SessionTable> load_sessions(Connection& connection, FeedId feed, Time time) {
  const Rows rows = connection.exec(kSessions, {std::to_string(feed.value), text(time)});
  if (rows.empty()) {
    return nullptr;
  }
  Fields row(rows, 0);
  return read_sessions(row);
}

std::vector<engine::Tick> load_ticks(Connection& connection, FeedId feed, Time after, int limit) {
  Transaction transaction(connection, Transaction::Kind::snapshot);
  const std::string id = std::to_string(feed.value);
  std::vector<engine::Tick> ticks;
  const Rows rows = connection.exec(kTicks, {id, text(after), std::to_string(limit)});
  for (int row = 0; row < rows.size(); ++row) {
    Fields fields(rows, row);
    engine::Tick tick;
    tick.time = fields.time();
    tick.session = read_session(fields);
    ticks.push_back(std::move(tick));
  }
  if (!ticks.empty()) {
    const Rows bars = connection.exec(kBars, {id, text(after), text(ticks.back().time)});
    std::size_t at = 0;
    for (int row = 0; row < bars.size(); ++row) {
      Fields fields(bars, row);
      const Time bar_time = fields.time();
      while (ticks.at(at).time < bar_time) ++at;
      ticks[at].bars.push_back(read_bar(fields));
    }
    const Rows actions = connection.exec(select_actions(), {id, text(after), text(ticks.back().time)});
    at = 0;
    for (int row = 0; row < actions.size(); ++row) {
      Fields fields(actions, row);
      const Time effective = fields.time();
      while (ticks.at(at).time < effective) ++at;
      ticks[at].actions.push_back(read_action(fields).action);
    }
    const Rows changes = connection.exec(kSessionChanges, {id, text(after), text(ticks.back().time)});
    at = 0;
    for (int row = 0; row < changes.size(); ++row) {
      Fields fields(changes, row);
      std::shared_ptr<const engine::SessionTable> sessions = read_sessions(fields);
      const Time from = fields.time();
      while (ticks.at(at).time < from) ++at;
      ticks[at].sessions = std::move(sessions);
    }
  }
  transaction.commit();
  return ticks;
}

}  // namespace tradingd::store
