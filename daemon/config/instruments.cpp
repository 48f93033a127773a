#include "daemon/config/instruments.h"

#include <algorithm>
#include <sstream>

#include "daemon/config/reader.h"
#include "daemon/engine/symbol.h"

namespace tradingd::config {

namespace {

constexpr std::size_t kInstrumentsMax = 10'000;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) {
    const std::size_t from = field.find_first_not_of(" \t\r\"");
    const std::size_t to = field.find_last_not_of(" \t\r\"");
    fields.push_back(from == std::string::npos ? "" : field.substr(from, to - from + 1));
  }
  return fields;
}

/// The document that the same instruments as TOML would be. An empty field is an absent key.
Document parse_csv(std::string_view text, std::vector<Problem>& problems) {
  Document document;
  nlohmann::json& rows = document.values["instrument"] = nlohmann::json::array();
  std::istringstream lines{std::string(text)};
  std::vector<std::string> header;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::vector<std::string> fields = split(line);
    if (fields.empty() || line.front() == '#') {
      continue;
    }
    if (header.empty()) {
      header = fields;
      continue;
    }
    if (fields.size() > header.size()) {
      problems.push_back({"", number, "has more fields than the first line has columns"});
      return document;
    }
    nlohmann::json row = nlohmann::json::object();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!fields[i].empty()) {
        row[header[i]] = fields[i];
      }
    }
    document.lines["instrument[" + std::to_string(rows.size()) + "]"] = number;
    rows.push_back(std::move(row));
  }
  return document;
}

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
  const Document document = name.ends_with(".csv") ? parse_csv(text, problems) : parse_toml(text, problems);
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
