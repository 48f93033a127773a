#include "daemon/report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace tradingd::report {

namespace {

constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
/// The return whose colour is the fullest in the heat map.
constexpr double kFullColor = 0.10;

constexpr const char* kPageStyles = R"(
*{box-sizing:border-box}body{margin:0 auto;max-width:960px;padding:24px 20px 60px;background:var(--paper);
color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:34px 0 10px;border-bottom:1px solid var(--line)}
.quiet{color:var(--quiet)}figure{margin:0 0 10px;background:var(--panel);border-radius:8px;padding:12px}
figcaption{color:var(--quiet);font-size:13px;margin-top:6px}
a{color:var(--equity)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--equity)}
.skip{position:absolute;left:-999px}.skip:focus{position:static}
dl.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:10px;margin:14px 0}
dl.grid div{background:var(--panel);border-radius:8px;padding:10px 12px}
dt{color:var(--quiet);font-size:13px}dd{margin:0;font-size:18px;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:12px;color:var(--quiet)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--quiet);padding:4px 0}
th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
th.n,td.n{text-align:right}.heat td{text-align:center;border:1px solid var(--paper)}
.gain{color:var(--gain)}.loss{color:var(--loss)}code{font-size:12px;overflow-wrap:anywhere}
.legend span{margin-right:16px}.legend i{display:inline-block;width:12px;height:12px;margin-right:5px;border-radius:2px}
@media print{body{max-width:none;padding:0}figure,tr,dl.grid div{break-inside:avoid}details{display:block}
.scroll{overflow:visible}.skip,nav{display:none}}
)";

std::string element(const char* tag, std::string_view text) {
  return fmt::format("<{}>{}</{}>", tag, escaped(text), tag);
}

std::string facts(const Document& document) {
  std::string html = "<dl class=\"grid\">";
  for (const auto& [name, text] : document.facts) {
    html += "<div>" + element("dt", name) + element("dd", text) + "</div>";
  }
  return html + "</dl>\n";
}

std::string statistics(const Performance& performance) {
  std::string html = "<dl class=\"grid\">";
  for (const Statistic& one : statistics_of(performance)) {
    const bool signed_figure = one.key == "profit" || one.key == "twr" || one.key == "xirr" || one.key == "cagr";
    const char* const color = !signed_figure || !one.value ? ""
                              : *one.value > 0             ? " class=\"gain\""
                              : *one.value < 0             ? " class=\"loss\""
                                                           : "";
    html += "<div>" + element("dt", one.name);
    html += one.value ? fmt::format("<dd{}>{}</dd>", color, escaped(one.text))
                      : "<dd>undefined" + element("small", one.why) + "</dd>";
    html += "</div>";
  }
  return html + "</dl>\n";
}

std::string figure(const Chart& chart, const std::string& legend = {}) {
  const std::string svg = render_chart(chart);
  if (svg.empty()) {
    return {};
  }
  return "<figure>" + svg + legend + element("figcaption", chart.description) + "</figure>\n";
}

std::string heat_map(const std::vector<MonthlyReturn>& months) {
  std::map<int, std::map<int, double>> years;
  for (const MonthlyReturn& one : months) {
    years[one.year][one.month] = one.value;
  }
  std::string html =
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Monthly returns\"><table class=\"heat\">"
      "<caption>Time-weighted returns in percent, by calendar month (UTC)</caption><thead><tr><th "
      "scope=\"col\">Year</th>";
  for (const char* month : kMonths) {
    html += fmt::format("<th scope=\"col\">{}</th>", month);
  }
  html += "<th scope=\"col\">Year</th></tr></thead><tbody>";
  for (const auto& [year, returns] : years) {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", year);
    double growth = 1;
    for (int month = 1; month <= 12; ++month) {
      const auto found = returns.find(month);
      if (found == returns.end()) {
        html += "<td></td>";
        continue;
      }
      growth *= 1 + found->second;
      const int strength = static_cast<int>(std::lround(std::min(1.0, std::abs(found->second) / kFullColor) * 55));
      html += fmt::format("<td style=\"background:color-mix(in srgb,var(--{}) {}%,var(--paper))\">{}</td>",
                          found->second < 0 ? "loss" : "gain", strength, escaped(amount_text(found->second * 100)));
    }
    html += fmt::format("<td><strong>{}</strong></td></tr>", escaped(amount_text((growth - 1) * 100)));
  }
  return html + "</tbody></table></div>\n";
}

std::string table(const Table& content) {
  std::string html = "<h2>" + escaped(content.caption) + "</h2>";
  if (content.rows.empty()) {
    return html + "<p class=\"quiet\">" + escaped(content.empty) + "</p>\n";
  }
  html += fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table><thead><tr>",
                      escaped(content.caption));
  const auto cell_class = [&](std::size_t column) { return content.numeric.at(column) ? " class=\"n\"" : ""; };
  for (std::size_t i = 0; i < content.columns.size(); ++i) {
    html += fmt::format("<th scope=\"col\"{}>{}</th>", cell_class(i), escaped(content.columns[i]));
  }
  html += "</tr></thead><tbody>\n";
  for (const std::vector<std::string>& row : content.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += fmt::format("<td{}>{}</td>", cell_class(i), escaped(row[i]));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

Table drawdown_table(const Performance& performance) {
  Table content{
      "Drawdowns", {"Depth", "From", "Lowest", "Recovered"}, {true, false, false, false}, {}, "There was none."};
  for (const Drawdown& one : performance.drawdowns) {
    content.rows.push_back({share_text(one.depth), format_time(one.peak).substr(0, 10),
                            format_time(one.trough).substr(0, 10),
                            one.recovered ? format_time(*one.recovered).substr(0, 10) : "not yet"});
  }
  return content;
}

std::string price_charts(const Document& document) {
  std::string html;
  int number = 0;
  for (const PriceChart& one : document.prices) {
    const auto buys = std::count_if(one.marks.begin(), one.marks.end(), [](const Mark& mark) { return mark.buy; });
    Chart chart{fmt::format("price-{}", ++number),
                one.symbol,
                fmt::format("{}: its price with the last {} buys (triangles up) and {} sales (triangles down).",
                            one.symbol, buys, static_cast<std::ptrdiff_t>(one.marks.size()) - buys),
                Unit::amount,
                {{one.symbol, "price", one.prices, false}},
                one.marks,
                220};
    html += figure(chart);
  }
  return html;
}

std::string verdict(const Document& document) {
  std::string html = "<h2>Proof</h2><p>";
  if (document.verdict.empty()) {
    html += "The run was not executed again for this report.";
  } else if (document.verdict == "bit_exact") {
    html +=
        "<strong class=\"gain\">bit_exact</strong>: executed again from its recorded inputs, every row is the same.";
  } else {
    html += "<strong class=\"loss\">" + escaped(document.verdict) + "</strong>: " + escaped(document.verdict_detail);
  }
  return html + "</p><p class=\"quiet\">Digest of the run's effects: <code>" + escaped(document.digest) +
         "</code><br>Hash of its configuration: <code>" + escaped(document.config_hash) + "</code></p>\n";
}

Chart equity_chart(const Document& document) {
  const auto& equity = document.history.equity;
  Chart chart{"equity", "Equity", {}, Unit::amount, {{"equity", "equity", {}, false}}, {}, 300};
  const auto [low, high] = std::minmax_element(
      equity.begin(), equity.end(), [](const Observation& a, const Observation& b) { return a.equity < b.equity; });
  for (const Observation& point : equity) {
    chart.series.front().points.push_back({point.time, point.equity});
  }
  chart.description =
      fmt::format("Equity from {} on {} to {} on {}; lowest {}, highest {}.", amount_text(equity.front().equity),
                  format_time(equity.front().time).substr(0, 10), amount_text(equity.back().equity),
                  format_time(equity.back().time).substr(0, 10), amount_text(low->equity), amount_text(high->equity));
  return chart;
}

Chart drawdown_chart(const Document& document) {
  Chart chart{"drawdown", "Drawdown", {}, Unit::share, {{"drawdown", "drawdown", {}, true}}, {}, 180};
  double highest = 1;
  for (const IndexPoint& point : document.performance.index) {
    highest = std::max(highest, point.value);
    chart.series.front().points.push_back({point.time, point.value / highest - 1});
  }
  const Figure& deepest = document.performance.max_drawdown;
  chart.description = deepest.value
                          ? "How far the run was below its highest, money paid in or out left aside; at most " +
                                share_text(*deepest.value) + "."
                          : "Undefined: " + deepest.why + ".";
  return chart;
}

Chart allocation_chart(const Document& document) {
  Chart chart{"allocation", "Allocation", {}, Unit::share, {}, {}, 200};
  Series whole{"cash", "cash", {}, true};
  Series invested{"positions", "invested", {}, true};
  double last = 0;
  for (const Observation& point : document.history.equity) {
    if (point.equity <= 0) {
      continue;
    }
    last = point.market_value / point.equity;
    whole.points.push_back({point.time, 1});
    invested.points.push_back({point.time, last});
  }
  chart.description =
      "Share of equity in positions (below) and in cash (above); at the end " + share_text(last) + " in positions.";
  chart.series = {std::move(whole), std::move(invested)};
  return chart;
}

}  // namespace

std::vector<Statistic> statistics_of(const Performance& performance) {
  const auto as_share = [](double value) { return share_text(value); };
  const auto as_ratio = [](double value) { return amount_text(value); };
  using Show = std::string (*)(double);
  struct Row {
    const char* key;
    const char* name;
    const Figure& figure;
    Show show;
  };
  const std::array rows{
      Row{"profit", "Profit", performance.profit, as_ratio},
      Row{"twr", "Time-weighted return", performance.twr, as_share},
      Row{"xirr", "Money-weighted return a year (XIRR)", performance.xirr, as_share},
      Row{"cagr", "Growth a year (CAGR)", performance.cagr, as_share},
      Row{"volatility", "Volatility a year", performance.volatility, as_share},
      Row{"sharpe", "Sharpe ratio", performance.sharpe, as_ratio},
      Row{"sortino", "Sortino ratio", performance.sortino, as_ratio},
      Row{"max_drawdown", "Deepest drawdown", performance.max_drawdown, as_share},
      Row{"calmar", "Calmar ratio", performance.calmar, as_ratio},
      Row{"turnover", "Turnover", performance.turnover, as_share},
      Row{"exposure", "Exposure", performance.exposure, as_share},
      Row{"win_rate", "Win rate", performance.win_rate, as_share},
  };
  std::vector<Statistic> statistics;
  statistics.reserve(rows.size());
  for (const Row& row : rows) {
    statistics.push_back(
        {row.key, row.name, row.figure.value ? row.show(*row.figure.value) : "", row.figure.why, row.figure.value});
  }
  return statistics;
}

std::vector<Chart> charts_of(const Document& document) {
  if (document.history.equity.empty()) {
    return {};
  }
  std::vector<Chart> charts{equity_chart(document)};
  if (!document.performance.index.empty()) {
    charts.push_back(drawdown_chart(document));
  }
  charts.push_back(allocation_chart(document));
  return charts;
}

std::string render_page(const Document& document) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">" +
      element("title", document.title) + "<style>" + chart_styles() + kPageStyles + "</style></head>\n<body>" +
      "<a class=\"skip\" href=\"#statistics\">To the statistics</a><header>" + element("h1", document.title) +
      "<p class=\"quiet\">" + escaped(document.subtitle) + "</p></header>\n<main>";
  html += facts(document);
  html += "<h2 id=\"statistics\">Statistics</h2>" + statistics(document.performance);
  const std::string legend =
      "<p class=\"legend quiet\"><span><i style=\"background:var(--invested)\"></i>positions</span>"
      "<span><i style=\"background:var(--cash)\"></i>cash</span></p>";
  for (const Chart& chart : charts_of(document)) {
    html += element("h2", chart.title == "Allocation" ? "Allocation over time" : chart.title) +
            figure(chart, chart.title == "Allocation" ? legend : "");
  }
  html += table(drawdown_table(document.performance));
  if (!document.performance.months.empty()) {
    html += "<h2>Monthly returns</h2>" + heat_map(document.performance.months);
  }
  if (!document.prices.empty()) {
    html += "<h2>Trades on prices</h2>" + price_charts(document);
  }
  for (const Table& one : document.tables) {
    html += table(one);
  }
  return html + verdict(document) + "</main></body></html>\n";
}

}  // namespace tradingd::report
