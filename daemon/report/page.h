#pragma once
// A run's report as one HTML file that needs nothing else: works offline, prints, follows the reader's light or dark
// theme, and is read by keyboard and screen reader (real headings and tables; every chart has its figures in words).

#include <string>
#include <utility>
#include <vector>

#include "daemon/report/chart.h"
#include "daemon/report/performance.h"

namespace tradingd::report {

struct Table {
  std::string caption;
  std::vector<std::string> columns;
  std::vector<bool> numeric;                   // by column: right-aligned
  std::vector<std::vector<std::string>> rows;  // as they are shown
  std::string empty;                           // said when there are no rows
};

/// A symbol's prices with what was traded on them.
struct PriceChart {
  std::string symbol;
  std::vector<Point> prices;
  std::vector<Mark> marks;
};

struct Document {
  std::string title;                                       // "Run 3: momentum"
  std::string subtitle;                                    // whose it is, and its feed and strategy
  std::vector<std::pair<std::string, std::string>> facts;  // name and text, such as the run's status
  History history;
  Performance performance;
  std::vector<PriceChart> prices;
  std::vector<Table> tables;
  std::string verdict;         // "bit_exact", "diverged", "non_replayable"; empty: not asked for
  std::string verdict_detail;  // why, where it isn't the first
  std::string digest;          // of the run's effects, hexadecimal
  std::string config_hash;
};

[[nodiscard]] std::string render_page(const Document& document);

/// The charts of equity, drawdown and allocation; those that have points.
[[nodiscard]] std::vector<Chart> charts_of(const Document& document);

/// The statistics in the order in which they are shown: name, text, and why where there is none.
struct Statistic {
  std::string key;  // JSON: "max_drawdown"
  std::string name;
  std::string text;  // "12.34 %"; empty: undefined
  std::string why;
  std::optional<double> value;
};
[[nodiscard]] std::vector<Statistic> statistics_of(const Performance& performance);

}  // namespace tradingd::report
