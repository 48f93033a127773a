#include "ctl/report.h"

#include <fmt/format.h>

#include "ctl/child.h"
#include "ctl/replace_file.h"
#include "ctl/report_data.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::size_t kNameWidth = 38;

std::string date_of(Time time) { return format_time(time).substr(0, 10); }

std::string equity_svg(const ReportData& data) {
  const auto charts = charts_of(data.document);
  return charts.empty() ? std::string() : report::render_chart(charts.front(), true);
}

/// Lets rsvg-convert draw it. nullopt: done.
std::optional<std::string> draw_bitmap(const std::string& svg, const std::string& file) {
  const Result<ChildResult> drawn = run_child({"rsvg-convert", "--zoom", "2", "--output", file}, {svg, {}});
  if (!drawn) return drawn.error().message + "; apt-get install librsvg2-bin, or take --svg";
  if (drawn->status == 0) return std::nullopt;
  return "rsvg-convert could not write " + file + ": " + printable(drawn->errors);
}

}  // namespace

std::string figures_as_text(const ReportData& data, const Terminal& terminal) {
  const report::Document& document = data.document;
  std::string text =
      paint(terminal, Color::bold, printable(document.title)) + ", " + printable(document.subtitle) + "\n";
  if (!document.history.equity.empty()) {
    text += fmt::format("{} to {}, {} observations\n", date_of(document.history.equity.front().time),
                        date_of(document.history.equity.back().time), document.history.equity.size());
  }
  text += "\n";
  for (const report::Statistic& one : statistics_of(document.performance)) {
    const bool of_gain = one.key == "profit" || one.key == "twr" || one.key == "xirr" || one.key == "cagr";
    const Color color = !of_gain || !one.value || *one.value == 0 ? Color::none
                        : *one.value > 0                          ? Color::green
                                                                  : Color::red;
    text += one.name + std::string(kNameWidth - one.name.size(), ' ') +
            (one.value ? paint(terminal, color, fmt::format("{:>16}", one.text))
                       : paint(terminal, Color::dim, "       undefined: " + one.why)) +
            "\n";
  }
  if (!document.performance.drawdowns.empty()) text += "\nDrawdowns\n";
  for (const report::Drawdown& one : document.performance.drawdowns) {
    text += fmt::format("{:>10}  from {} to {}, {}\n", report::share_text(one.depth), date_of(one.peak),
                        date_of(one.trough), one.recovered ? "recovered " + date_of(*one.recovered) : "not recovered");
  }
  return text;
}

/// Figures by their names, undefined ones as null with the reason beside.
json figures_as_json(const ReportData& data) {
  const report::Performance& performance = data.document.performance;
  json figures = json::object();
  json undefined = json::object();
  for (const report::Statistic& one : statistics_of(performance)) {
    figures[one.key] = one.value ? json(*one.value) : json();
    if (!one.value) undefined[one.key] = one.why;
  }
  json drawdowns = json::array();
  for (const report::Drawdown& one : performance.drawdowns) {
    drawdowns.push_back({{"depth", one.depth},
                         {"peak", format_time(one.peak)},
                         {"trough", format_time(one.trough)},
                         {"recovered", one.recovered ? json(format_time(*one.recovered)) : json()}});
  }
  json months = json::array();
  for (const report::MonthlyReturn& one : performance.months) {
    months.push_back({{"year", one.year}, {"month", one.month}, {"return", one.value}});
  }
  return {{"run_id", data.run.value("run_id", json())},
          {"figures", std::move(figures)},
          {"undefined", std::move(undefined)},
          {"drawdowns", std::move(drawdowns)},
          {"months", std::move(months)},
          {"days", performance.days},
          {"periods_per_year", performance.periods_per_year}};
}

std::optional<CallFailure> write_report_files(const ReportData& data, const json& options) {
  for (const char* kind : {"html", "svg", "png"}) {
    if (!options.contains(kind)) continue;
    const auto file = options.at(kind).get<std::string>();
    const std::string text = *kind == 'h' ? render_page(data.document) : equity_svg(data);
    if (text.empty()) {
      return CallFailure{kRefused, "there is nothing to draw: no tick has come since the run was started", {}};
    }
    if (*kind == 'p') {
      if (const auto trouble = draw_bitmap(text, file)) return CallFailure{kRefused, *trouble, {}};
    } else if (const auto error = replace_file(file, text)) {
      return CallFailure{kRefused, error->message, {}};
    }
  }
  return std::nullopt;
}

std::optional<CallFailure> report(const ReportSource& source, const json& arguments, const json& options, Format format,
                                  const Terminal& terminal, Sink& output) {
  ReportData data;
  if (auto failure = read_report(source, arguments, options.contains("html"), data)) return failure;
  if (auto failure = write_report_files(data, options)) return failure;
  if (format == Format::json) {
    output.write(figures_as_json(data).dump(2) + "\n");
  } else if (options.empty()) {
    output.write(figures_as_text(data, terminal));
  }
  return std::nullopt;
}

}  // namespace tradingd::ctl
