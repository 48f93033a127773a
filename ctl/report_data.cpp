#include "ctl/report_data.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "ctl/cells.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;
using report::Table;

constexpr std::int64_t kPageRows = 1'000;
/// Symbols whose prices are drawn: those with the most trades.
constexpr std::size_t kPriceChartsMax = 12;
/// Trades drawn on a symbol's price: the last ones. All are in the figures.
constexpr std::size_t kMarksMax = 1'000;
/// Rows of a table in a page; what is left out is said.
constexpr std::size_t kTableRowsMax = 2'000;

/// Rows by the names of their columns.
class Row {
 public:
  Row(const json& columns, const json& values) : columns_(columns), values_(values) {}

  [[nodiscard]] const json& at(std::string_view name) const {
    static const json nothing;
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    return found == columns_.end() ? nothing : values_.at(static_cast<std::size_t>(found - columns_.begin()));
  }
  [[nodiscard]] std::string text(std::string_view name) const { return plain_text(at(name)); }
  [[nodiscard]] double number(std::string_view name) const {
    const std::string digits = text(name);
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  [[nodiscard]] Time time(std::string_view name) const {
    const auto parsed = parse_time(text(name));
    return parsed ? *parsed : Time{};
  }

 private:
  const json& columns_;
  const json& values_;
};

/// Numbers grouped as people read them, all else as it is.
std::string shown(const Row& row, std::string_view column) {
  const std::string text = row.text(column);
  return is_amount(column) && is_decimal(text) ? grouped(text) : text;
}

class Reader {
 public:
  Reader(const ReportSource& source, json arguments, ReportData& data)
      : source_(source), arguments_(std::move(arguments)), data_(data) {}

  std::optional<CallFailure> read(bool whole) {
    Answer answer = source_("run.show", arguments_);
    if (auto* failure = std::get_if<CallFailure>(&answer)) return std::move(*failure);
    data_.run = std::move(std::get<json>(answer));
    arguments_["run"] = data_.run.at("run_id");
    describe();
    if (auto failure = read_history()) return failure;
    data_.document.performance = report::measure(data_.document.history);
    if (const auto& equity = data_.document.history.equity; !equity.empty()) {
      data_.document.facts.emplace_back("from", format_time(equity.front().time).substr(0, 10));
      data_.document.facts.emplace_back("to", format_time(equity.back().time).substr(0, 10));
    }
    if (!whole) return std::nullopt;
    if (auto failure = read_prices()) return failure;
    if (auto failure = read_tables()) return failure;
    return read_verdict();
  }

 private:
  std::optional<CallFailure> each(const char* method, const std::function<void(const Row&)>& take,
                                  const json& more = json::object()) {
    json arguments = arguments_;
    arguments.update(more);
    arguments["limit"] = kPageRows;
    for (;;) {
      const Answer answer = source_(method, arguments);
      if (const auto* failure = std::get_if<CallFailure>(&answer)) return *failure;
      const json& page = std::get<json>(answer);
      for (const json& values : page.at("rows")) take(Row(page.at("columns"), values));
      if (page.at("next").is_null()) return std::nullopt;
      arguments["after"] = page.at("next");
    }
  }

  void describe() {
    const auto text = [&](const char* name) { return plain_text(data_.run.value(name, json())); };
    report::Document& document = data_.document;
    const bool offline = text("run_id").empty();
    document.title = offline ? "Backtest" : "Run " + text("run_id") + (text("name").empty() ? "" : ": " + text("name"));
    document.subtitle = (offline ? "" : "of " + text("user_name") + ", ") + "strategy " + text("strategy") +
                        (offline ? ", on the file " : ", on the feed ") + text("feed");
    for (const char* name :
         {"status", "trading_state", "initial_cash", "net_deposits", "equity", "cash", "market_value", "fees"}) {
      std::string label = name;
      std::replace(label.begin(), label.end(), '_', ' ');
      const std::string value = text(name);
      if (value.empty()) continue;  // a backtest has no status
      document.facts.emplace_back(std::move(label), is_decimal(value) ? grouped(value) : value);
    }
    document.digest = text("digest");
    document.config_hash = text("config_hash");
  }

  std::optional<CallFailure> read_history() {
    report::History& history = data_.document.history;
    if (auto failure = each("equity.list", [&](const Row& row) {
          history.equity.push_back({row.time("logical_time"), row.number("equity"), row.number("mtm")});
        })) {
      return failure;
    }
    if (auto failure = each("cash.list", [&](const Row& row) {
          const std::string kind = row.text("kind");
          if (kind == "initial" || kind == "deposit" || kind == "withdrawal") {
            history.flows.push_back({row.time("logical_time"), row.number("amount")});
          }
        })) {
      return failure;
    }
    return each("trade.list", [&](const Row& row) {
      const bool buy = row.text("side") == "buy";
      history.fills.push_back(
          {row.time("logical_time"), buy, row.number("notional"), row.number("realized_pnl"), row.number("fee")});
      const std::string price = row.text("price");
      marks_[row.text("symbol")].push_back({row.time("logical_time"), row.number("price"), buy,
                                            row.text("side") + " " + row.text("quantity") + " at " + price + ", " +
                                                row.text("logical_time").substr(0, 16)});
    });
  }

  std::optional<CallFailure> read_prices() {
    std::vector<std::pair<std::size_t, std::string>> busiest;
    for (const auto& [symbol, marks] : marks_) busiest.emplace_back(marks.size(), symbol);
    std::stable_sort(busiest.begin(), busiest.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    busiest.resize(std::min(busiest.size(), kPriceChartsMax));
    for (const auto& [trades, symbol] : busiest) {
      const auto& marks = marks_.at(symbol);
      const auto skipped = static_cast<std::ptrdiff_t>(marks.size() - std::min(marks.size(), kMarksMax));
      report::PriceChart chart{symbol, {}, {marks.begin() + skipped, marks.end()}};
      const auto failure = each("bar.list",
                                [&](const Row& row) {
                                  chart.prices.push_back({row.time("logical_time"), row.number("close")});
                                },
                                {{"symbol", symbol}});
      if (failure) return failure;
      data_.document.prices.push_back(std::move(chart));
    }
    return std::nullopt;
  }

  struct Wanted {
    const char* method;
    const char* caption;
    std::vector<const char*> columns;
    const char* empty;
    const char* only_status;  // null: all
  };

  static std::vector<Wanted> wanted_tables() {
    return {
        {"position.list",
         "Positions",
         {"symbol", "quantity", "average_cost", "last_price", "market_value", "unrealized_pnl", "realized_pnl"},
         "It never held anything.",
         nullptr},
        {"cash.list",
         "Cash flows",
         {"logical_time", "kind", "amount", "balance", "note"},
         "No cash has moved.",
         nullptr},
        {"order.list",
         "Orders",
         {"order_id", "placed_at", "side", "quantity", "symbol", "type", "limit_price", "status", "filled", "reason"},
         "No order was placed.",
         nullptr},
        {"order.list",
         "Rejected orders",
         {"order_id", "placed_at", "side", "quantity", "symbol", "reason", "reason_detail"},
         "No order was rejected.",
         "REJECTED"},
    };
  }

  std::optional<CallFailure> read_tables() {
    for (const Wanted& one : wanted_tables()) {
      Table table;
      table.caption = one.caption;
      table.empty = one.empty;
      for (const char* column : one.columns) {
        std::string title = column;
        std::replace(title.begin(), title.end(), '_', ' ');
        table.columns.push_back(std::move(title));
        table.numeric.push_back(true);
      }
      std::size_t left_out = 0;
      const json filter = one.only_status == nullptr ? json::object() : json{{"status", one.only_status}};
      const auto failure = each(
          one.method,
          [&](const Row& row) {
            // The flows are from outside; what trades moved is in their table.
            const std::string kind = row.text("kind");
            if (kind == "trade" || kind == "fee") return;
            if (table.rows.size() == kTableRowsMax) {
              ++left_out;
              return;
            }
            std::vector<std::string> cells;
            cells.reserve(one.columns.size());
            for (const char* column : one.columns) {
              const std::string text = row.text(column);
              // A column of numbers and nothing else is aligned as such.
              if (!text.empty() && !is_decimal(text)) table.numeric.at(cells.size()) = false;
              cells.push_back(shown(row, column));
            }
            table.rows.push_back(std::move(cells));
          },
          filter);
      if (failure) return failure;
      if (left_out > 0)
        table.caption += " (the first " + std::to_string(kTableRowsMax) + "; " + std::to_string(left_out) + " more)";
      data_.document.tables.push_back(std::move(table));
    }
    return std::nullopt;
  }

  std::optional<CallFailure> read_verdict() {
    return each("run.verify", [&](const Row& row) {
      data_.document.verdict = row.text("verdict");
      data_.document.verdict_detail = row.text("detail");
    });
  }

  const ReportSource& source_;
  json arguments_;
  ReportData& data_;
  std::map<std::string, std::vector<report::Mark>> marks_;  // by symbol
};

}  // namespace

std::optional<CallFailure> read_report(const ReportSource& source, json arguments, bool whole, ReportData& data) {
  return Reader(source, std::move(arguments), data).read(whole);
}

}  // namespace tradingd::ctl
