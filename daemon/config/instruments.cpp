#include "daemon/config/instruments.h"

#include <algorithm>
#include <array>

#include "daemon/config/reader.h"
#include "daemon/engine/symbol.h"

namespace tradingd::config {

namespace {

constexpr std::array<Choice<bool>, 2> kYesNo{{{"yes", true}, {"no", false}}};
constexpr std::size_t kInstrumentsMax = 10'000;

engine::Instrument read_one(TableReader& table) {
  engine::Instrument instrument;
  instrument.listed = true;
  table.require("symbol", "write the instrument's symbol");
  instrument.symbol = table.text("symbol").value_or("");
  if (table.has("symbol") && !engine::is_symbol(instrument.symbol)) {
    table.problem("symbol", "is not a symbol; it needs " + std::string(engine::kSymbolRule));
  }
  instrument.tick_size = table.decimal("tick_size", Price{1}, kPriceMax).value_or(Price{1});
  instrument.quantity_step = table.decimal("quantity_step", Quantity{1}, kQuantityMax).value_or(Quantity{1});
  instrument.lot = table.decimal("lot", Quantity{1}, kQuantityMax).value_or(Quantity{1});
  instrument.shortable = table.choice<bool>("shortable", kYesNo).value_or(true);
  instrument.min_quantity = table.decimal("min_quantity", Quantity{1}, kQuantityMax);
  instrument.max_quantity = table.decimal("max_quantity", Quantity{1}, kQuantityMax);
  instrument.min_notional = table.decimal("min_notional", Money{1}, kMoneyMax);
  instrument.max_notional = table.decimal("max_notional", Money{1}, kMoneyMax);
  if (instrument.min_quantity && instrument.max_quantity && *instrument.max_quantity < *instrument.min_quantity) {
    table.problem("max_quantity", "must not be below min_quantity");
  }
  if (instrument.min_notional && instrument.max_notional && *instrument.max_notional < *instrument.min_notional) {
    table.problem("max_notional", "must not be below min_notional");
  }
  return instrument;
}

/// Currency and calendar, which all instruments of a feed have in common.
void read_common(TableReader& table, engine::Instrument& instrument, std::string_view calendar,
                 const std::vector<engine::Instrument>& before) {
  instrument.currency = table.text("currency").value_or("");
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (table.has("currency") && (instrument.currency.size() != 3 ||
                                !std::all_of(instrument.currency.begin(), instrument.currency.end(), is_letter))) {
    table.problem("currency", show(instrument.currency) + " must be three capital letters, such as \"USD\"");
  } else if (!before.empty() && before.front().currency != instrument.currency) {
    table.problem("currency", show(instrument.currency) + " differs from " + show(before.front().currency) +
                                  ": the instruments of a feed have one currency; make a feed for each");
  }
  instrument.calendar = table.text("calendar").value_or(std::string(calendar));
  if (instrument.calendar != calendar) {
    table.problem("calendar", show(instrument.calendar) + " is not the feed's, " + show(calendar) +
                                  ": make a feed for each calendar");
  }
}

}  // namespace

Result<std::vector<engine::Instrument>> parse_instruments(std::string_view text, std::string_view name,
                                                          std::string_view calendar) {
  std::vector<Problem> problems;
  const Document document =
      name.ends_with(".csv") ? parse_csv(text, "instrument", problems) : parse_toml(text, problems);
  std::vector<engine::Instrument> instruments;
  if (problems.empty()) {
    TableReader root(document, problems);
    std::vector<TableReader> tables = root.tables("instrument");
    if (tables.empty() || tables.size() > kInstrumentsMax) {
      root.problem("instrument",
                   "must be 1 to " + std::to_string(kInstrumentsMax) + " instruments: write [[instrument]]");
    }
    for (TableReader& table : tables) {
      engine::Instrument instrument = read_one(table);
      read_common(table, instrument, calendar, instruments);
      const bool twice = std::any_of(instruments.begin(), instruments.end(), [&](const engine::Instrument& other) {
        return other.symbol == instrument.symbol;
      });
      if (twice) {
        table.problem("symbol", show(instrument.symbol) + " is there twice");
      }
      instrument.id = InstrumentId{static_cast<std::int32_t>(instruments.size())};
      instruments.push_back(std::move(instrument));
      table.finish();
    }
    root.finish();
  }
  if (!problems.empty()) {
    return Error{describe(problems, name)};
  }
  return instruments;
}

}  // namespace tradingd::config
