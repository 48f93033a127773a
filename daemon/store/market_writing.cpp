#include "daemon/store/market_writing.h"

#include <array>
#include <string>
#include <utility>

#include "daemon/base/digest.h"
#include "daemon/store/values.h"

namespace tradingd::store {

namespace {

// Rows of one INSERT; keeps a statement's text within some megabytes.
constexpr std::size_t kBarsPerStatement = 20'000;

constexpr Statement kInsertInstruments{
    "catalog_insert_instruments",
    "INSERT INTO market_instrument (feed_id, instrument_id, symbol, tick_size, quantity_step, lot, min_quantity,"
    " max_quantity, min_notional, max_notional, currency, calendar, listed, shortable)"
    " SELECT $1, n.i, n.s, n.t, n.q, n.l, nullif(n.a, 0), nullif(n.b, 0), nullif(n.c, 0), nullif(n.d, 0), n.e, n.f, "
    "n.g, n.h"
    " FROM unnest($2::integer[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[],"
    " $9::numeric[], $10::numeric[], $11::text[], $12::text[], $13::boolean[],"
    " $14::boolean[]) n (i, s, t, q, l, a, b, c, d, e, f, g, h)"
    " ON CONFLICT (feed_id, instrument_id) DO NOTHING"};
constexpr Statement kInsertAction{
    "catalog_insert_action",
    "INSERT INTO market_action (feed_id, action_id, ex_date, symbol, kind, numerator, denominator, amount, new_symbol)"
    " SELECT $1::bigint, 1 + coalesce(max(a.action_id), 0), $2::date, $3, $4, $5::bigint, $6::bigint, $7::numeric, $8"
    " FROM market_action a WHERE a.feed_id = $1 RETURNING action_id"};
constexpr Statement kSetActionEffective{
    "catalog_set_action_effective",
    "UPDATE market_action SET logical_time = $3, instrument_id = $4, new_instrument_id = $5"
    " WHERE feed_id = $1 AND action_id = $2"};
constexpr Statement kInsertTicks{
    "catalog_insert_ticks",
    "INSERT INTO market_tick (feed_id, logical_time, session_date, market_open, utc_offset_s, session_closes, rows)"
    " SELECT $1, n.t, n.d, n.o, n.u, nullif(n.c, 'infinity'), n.r"
    " FROM unnest($2::timestamptz[], $3::date[], $4::boolean[], $5::integer[], $6::timestamptz[], $7::integer[])"
    " n (t, d, o, u, c, r)"};
constexpr Statement kInsertBars{
    "catalog_insert_bars",
    "INSERT INTO market_bar (feed_id, logical_time, instrument_id, symbol, open, high, low, close, volume)"
    " SELECT $1, n.t, n.i, m.symbol, n.o, n.h, n.l, n.c, n.v"
    " FROM unnest($2::timestamptz[], $3::integer[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],"
    " $8::numeric[]) n (t, i, o, h, l, c, v)"
    " JOIN market_instrument m ON m.feed_id = $1 AND m.instrument_id = n.i"};
constexpr Statement kInsertCalendar{"catalog_insert_calendar",
                                    "INSERT INTO trading_calendar (calendar_hash, name, sessions) VALUES ($1, $2, $3)"
                                    " ON CONFLICT (calendar_hash) DO NOTHING"};
constexpr Statement kInsertFeedCalendar{
    "catalog_insert_feed_calendar",
    "INSERT INTO feed_calendar (feed_id, logical_time, calendar_hash) VALUES ($1, $2, $3)"};

struct BarColumns {
  ArrayText times, instruments, opens, highs, lows, closes, volumes;
  std::size_t count = 0;

  void add(const std::string& time, const engine::Bar& bar) {
    times.add(time);
    instruments.add(id_text(bar.instrument));
    opens.add(to_string(bar.open));
    highs.add(to_string(bar.high));
    lows.add(to_string(bar.low));
    closes.add(to_string(bar.close));
    volumes.add(to_string(bar.volume));
    ++count;
  }
};

void set_actions_effective(Connection& connection, FeedId feed, std::span<const engine::Tick> ticks) {
  for (const engine::Tick& tick : ticks) {
    for (const engine::CorporateAction& action : tick.actions) {
      const bool moves = action.kind == engine::ActionKind::symbol_change;
      connection.exec(kSetActionEffective,
                      {id_text(feed), std::to_string(action.id), format_time(tick.time), id_text(action.instrument),
                       moves ? std::optional(id_text(action.successor)) : std::nullopt});
    }
  }
}

void insert_bars(Connection& connection, FeedId feed, BarColumns bars) {
  const auto count = static_cast<std::int64_t>(bars.count);
  const Rows rows = connection.exec(
      kInsertBars, {id_text(feed), std::move(bars.times).finish(), std::move(bars.instruments).finish(),
                    std::move(bars.opens).finish(), std::move(bars.highs).finish(), std::move(bars.lows).finish(),
                    std::move(bars.closes).finish(), std::move(bars.volumes).finish()});
  TD_ASSERT(rows.affected() == count);  // fewer: a row of an instrument that was never registered
}

}  // namespace

void insert_instruments(Connection& connection, FeedId feed, std::span<const engine::Instrument> added) {
  if (added.empty()) {
    return;
  }
  constexpr std::size_t kColumns = 13;
  std::array<ArrayText, kColumns> columns;
  const auto bound = [](const auto& value) { return value ? to_string(*value) : std::string("0"); };
  for (const engine::Instrument& one : added) {
    const std::array<std::string, kColumns> values{id_text(one.id),
                                                   one.symbol,
                                                   to_string(one.tick_size),
                                                   to_string(one.quantity_step),
                                                   to_string(one.lot),
                                                   bound(one.min_quantity),
                                                   bound(one.max_quantity),
                                                   bound(one.min_notional),
                                                   bound(one.max_notional),
                                                   one.currency,
                                                   one.calendar,
                                                   one.listed ? "t" : "f",
                                                   one.shortable ? "t" : "f"};
    for (std::size_t i = 0; i < kColumns; ++i) {
      columns.at(i).add(values.at(i));
    }
  }
  Params params{id_text(feed)};
  for (ArrayText& column : columns) {
    params.emplace_back(std::move(column).finish());
  }
  connection.exec(kInsertInstruments, params);
}

std::int64_t insert_action(Connection& connection, FeedId feed, const engine::AnnouncedAction& announced) {
  const engine::CorporateAction& action = announced.action;
  const auto only_of = [&](engine::ActionKind kind, const std::string& value) {
    return action.kind == kind ? std::optional(value) : std::nullopt;
  };
  const Rows rows =
      connection.exec(kInsertAction, {id_text(feed), format_date(announced.ex_date), announced.symbol,
                                      std::string(to_text(action.kind)),
                                      only_of(engine::ActionKind::split, std::to_string(action.numerator)),
                                      only_of(engine::ActionKind::split, std::to_string(action.denominator)),
                                      only_of(engine::ActionKind::dividend, to_string(action.amount)),
                                      only_of(engine::ActionKind::symbol_change, announced.new_symbol)});
  return rows.integer(0, 0);
}

void insert_ticks(Connection& connection, FeedId feed, std::span<const engine::Tick> ticks) {
  ArrayText times, dates, opens, offsets, closes, counts;
  for (const engine::Tick& tick : ticks) {
    times.add(format_time(tick.time));
    dates.add(format_date(tick.session.date));
    opens.add(tick.session.open ? "t" : "f");
    offsets.add(std::to_string(tick.session.utc_offset_s));
    closes.add(tick.session.closes ? format_time(*tick.session.closes) : "infinity");
    counts.add(std::to_string(tick.bars.size()));
  }
  connection.exec(kInsertTicks,
                  {id_text(feed), std::move(times).finish(), std::move(dates).finish(), std::move(opens).finish(),
                   std::move(offsets).finish(), std::move(closes).finish(), std::move(counts).finish()});
  for (const engine::Tick& tick : ticks) {
    if (tick.sessions != nullptr) {
      const std::string hash = "\\x" + to_hex(tick.sessions->digest());
      connection.exec(kInsertCalendar, {hash, tick.sessions->name(), tick.sessions->text()});
      connection.exec(kInsertFeedCalendar, {id_text(feed), format_time(tick.time), hash});
    }
  }
  BarColumns bars;
  for (const engine::Tick& tick : ticks) {
    const std::string time = format_time(tick.time);
    for (const engine::Bar& bar : tick.bars) {
      bars.add(time, bar);
      if (bars.count == kBarsPerStatement) {
        insert_bars(connection, feed, std::exchange(bars, {}));
      }
    }
  }
  if (bars.count > 0) {
    insert_bars(connection, feed, std::move(bars));
  }
  set_actions_effective(connection, feed, ticks);
}

}  // namespace tradingd::store
