#include "ctl/run.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "ctl/backtest.h"
#include "ctl/cells.h"
#include "ctl/client.h"
#include "ctl/direct.h"
#include "ctl/export.h"
#include "ctl/names.h"
#include "ctl/output.h"
#include "ctl/plot.h"
#include "ctl/push.h"
#include "ctl/replace_file.h"
#include "ctl/report.h"
#include "ctl/sorted_rows.h"
#include "ctl/terminal.h"
#include "ctl/top.h"
#include "ctl/watch.h"
#include "ctl/watched.h"
#include "daemon/base/assert.h"
#include "daemon/base/time.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;

constexpr std::int64_t kPageRows = 1'000;
constexpr int kNotProven = 2;
constexpr int kPlotWidth = 80;  // without a terminal
constexpr int kPlotPoints = 4000;
constexpr int kPlotHeight = 20;

/// One run of the tool.
struct Session {
  const Invocation& invocation;
  Client client;
  Terminal terminal;
  Format format;
  StandardOutput output;
};

int fail(const CallFailure& failure) {
  std::fprintf(stderr, "tradectl: %s\n", failure.message.c_str());
  return failure.exit_status;
}

/// 128 random bits, so that no other call has the same.
std::string make_request_id() {
  std::array<unsigned char, 16> bytes{};
  TD_ASSERT(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  std::string id;
  for (const unsigned char byte : bytes) {
    id += "0123456789abcdef"[byte >> 4U];
    id += "0123456789abcdef"[byte & 15U];
  }
  return id;
}

/// Hears a page of a list: its columns and rows. False: enough.
using PageFunction = std::function<bool(const json& columns, const json& rows)>;

/// Calls a list page by page, up to `limit` rows.
std::optional<CallFailure> for_each_page(Session& session, json arguments, std::optional<std::int64_t> left,
                                         const PageFunction& page) {
  if (auto failure = resolve_names(session.client, arguments)) return failure;
  // Of a few rows no more are wanted than are shown.
  arguments["limit"] = kPageRows;
  for (;;) {
    if (left) arguments["limit"] = std::min(*left, kPageRows);
    Answer answer = session.client.call(session.invocation.command->method, arguments);
    if (auto* failure = std::get_if<CallFailure>(&answer)) return std::move(*failure);
    const json& list = std::get<json>(answer);
    if (!list.is_object() || !list.contains("columns") || !list.contains("rows")) {
      return CallFailure{kRefused, "the daemon's answer is no list; are tradectl and tradingd of one version?"};
    }
    if (!page(list.at("columns"), list.at("rows"))) return std::nullopt;
    if (left) *left -= static_cast<std::int64_t>(list.at("rows").size());
    const json next = list.value("next", json());
    if (next.is_null() || (left && *left <= 0)) return std::nullopt;
    arguments["after"] = next;
  }
}

/// The same in the order of --sort, if there is one.
std::optional<CallFailure> for_each_row_page(Session& session, const json& arguments, const PageFunction& page) {
  const Invocation& invocation = session.invocation;
  if (invocation.sort.empty()) return for_each_page(session, arguments, invocation.limit, page);
  SortedRows sorted(invocation.sort);
  std::optional<std::string> fault;
  const auto failure = for_each_page(session, arguments, std::nullopt, [&](const json& columns, const json& rows) {
    fault = sorted.add(columns, rows);
    return !fault;
  });
  if (failure) return failure;
  if (fault) return CallFailure{kUsage, *fault};
  json rows = sorted.take(invocation.limit);
  page(sorted.columns(), rows);
  return std::nullopt;
}

/// The arguments of each call to make: one for each run named, or one.
std::vector<json> calls_of(const Invocation& invocation) {
  if (invocation.runs.empty()) return {invocation.arguments};
  std::vector<json> calls;
  for (const json& run : invocation.runs) {
    json arguments = invocation.arguments;
    arguments["run"] = run;
    calls.push_back(std::move(arguments));
  }
  return calls;
}

/// A verification's exit status: 0 all proven, 1 something is wrong, 2 something can't be proven any more.
int verdict_status(const json& columns, const json& rows) {
  const auto found = std::find(columns.begin(), columns.end(), "verdict");
  if (found == columns.end()) return kDone;
  const auto index = static_cast<std::size_t>(found - columns.begin());
  int status = kDone;
  for (const json& row : rows) {
    const json& verdict = row.at(index);
    if (verdict == "diverged" || verdict == "broken" || verdict == "failure") return kRefused;
    if (verdict == "non_replayable") status = kNotProven;
  }
  return status;
}

int show_list(Session& session) {
  const auto printer = make_list_printer(session.format, session.invocation.command->method, session.invocation.wide,
                                         session.terminal, session.output);
  bool any = false;
  int status = kDone;
  for (const json& arguments : calls_of(session.invocation)) {
    const auto failure = for_each_row_page(session, arguments, [&](const json& columns, const json& rows) {
      any = any || !rows.empty();
      if (status != kRefused) status = std::max(status, verdict_status(columns, rows));
      // People get a sentence instead of a lonely header.
      if (!any && session.format == Format::people) return true;
      return printer->page(columns, rows);
    });
    if (failure) return fail(*failure);
  }
  printer->finish();
  if (!any && session.format == Format::people) std::fprintf(stderr, "There are none.\n");
  return status;
}

std::size_t index_of(const json& columns, std::string_view name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  return static_cast<std::size_t>(found - columns.begin());
}

/// Adds a page of equity rows to the curve; false if its columns are not those of an equity curve.
bool add_points(Curve& curve, const json& columns, const json& rows) {
  const std::size_t time_index = std::min(index_of(columns, "logical_time"), index_of(columns, "time"));
  const std::size_t equity_index = index_of(columns, "equity");
  if (time_index >= columns.size() || equity_index >= columns.size()) return false;
  for (const json& row : rows) {
    const auto time = parse_time(row.at(time_index).get<std::string>());
    const std::string equity =
        row.at(equity_index).is_string() ? row.at(equity_index).get<std::string>() : row.at(equity_index).dump();
    double value = 0;
    std::from_chars(equity.data(), equity.data() + equity.size(), value);
    if (!time) return false;
    curve.add({time->us, value});
  }
  return true;
}

int show_plot(Session& session) {
  std::vector<Curve> curves;
  for (json arguments : calls_of(session.invocation)) {
    if (!session.invocation.limit) arguments.emplace("points", kPlotPoints);
    Curve& curve = curves.emplace_back(arguments.contains("run") ? "run " + plain_text(arguments.at("run"))
                                                                 : std::string("equity"));
    bool understood = true;
    const auto failure =
        for_each_page(session, arguments, session.invocation.limit, [&](const json& columns, const json& rows) {
          understood = add_points(curve, columns, rows);
          return understood;
        });
    if (failure) return fail(*failure);
    if (!understood) return fail({kRefused, "the daemon's answer has no columns logical_time and equity", {}});
  }
  const json& options = session.invocation.options;
  const int width = session.terminal.width > 0 ? session.terminal.width : kPlotWidth;
  const int height = session.terminal.height > 6 ? std::min(session.terminal.height - 2, 2 * kPlotHeight) : kPlotHeight;
  const std::string plot =
      render_plot(curves, options.value("width", width), options.value("height", height), session.terminal);
  if (plot.empty()) std::fprintf(stderr, "The curve has no point yet: no tick has come since the run was started.\n");
  session.output.write(plot);
  return kDone;
}

int push(Session& session) {
  const bool progress = ::isatty(STDERR_FILENO) == 1;
  const auto call = [&](const json& arguments) { return session.client.call("feed.push", arguments); };
  const auto observe = [&](const PushTotals& totals, const std::vector<RejectedRow>& rejected) {
    if (progress) std::fprintf(stderr, "\r\x1b[K");
    for (const RejectedRow& row : rejected) {
      const std::string column = row.column.empty() ? "" : ", " + printable(row.column);
      std::fprintf(stderr, "tradectl: line %zu%s: %s\n", row.line, column.c_str(), printable(row.reason).c_str());
    }
    if (progress) std::fprintf(stderr, "%lld rows accepted", static_cast<long long>(totals.accepted));
  };
  const auto result = push_rows(std::cin, session.invocation.arguments, call, observe);
  if (progress) std::fprintf(stderr, "\r\x1b[K");
  if (const auto* failure = std::get_if<CallFailure>(&result)) return fail(*failure);
  const auto& totals = std::get<PushTotals>(result);
  const json answer = {{"accepted", totals.accepted},
                       {"duplicates", totals.duplicates},
                       {"ticks", totals.ticks},
                       {"rejected", totals.rejected}};
  session.output.write(render_row(session.format, answer, session.terminal));
  return totals.rejected > 0 ? kRefused : kDone;
}

/// A rejected order is an answer, not an error; but the exit status tells.
int report_rejection(const json& row) {
  if (!row.is_object() || row.value("status", json()) != "REJECTED") return kDone;
  const auto text = [&](const char* key) {
    const json value = row.value(key, json());
    return value.is_string() ? printable(value.get<std::string>()) : std::string();
  };
  const std::string detail = text("reason_detail");
  std::fprintf(stderr, "rejected: %s%s%s\n", text("reason").c_str(), detail.empty() ? "" : ": ", detail.c_str());
  return kRefused;
}

int export_files(Session& session) {
  json arguments = session.invocation.arguments;
  if (const auto failure = resolve_names(session.client, arguments)) return fail(*failure);
  const auto failure = export_run(session.client, arguments, session.invocation.options);
  return failure ? fail(*failure) : kDone;
}

int show_stream(Session& session) {
  const Invocation& invocation = session.invocation;
  const auto wanted =
      watched(session.client, invocation.arguments, invocation.options, invocation.runs, invocation.topics);
  if (const auto* failure = std::get_if<CallFailure>(&wanted)) return fail(*failure);
  const auto failure =
      watch(session.client, std::get<std::vector<json>>(wanted), session.format, session.terminal, session.output);
  return failure ? fail(*failure) : kDone;
}

int show_metrics(Session& session) {
  const Answer answer = session.client.call("metrics", session.invocation.arguments);
  if (const auto* failure = std::get_if<CallFailure>(&answer)) return fail(*failure);
  const std::string text = std::get<json>(answer).value("text", "");
  const json& options = session.invocation.options;
  if (options.contains("write")) {
    if (const auto error = replace_file(options.at("write").get<std::string>(), text)) {
      return fail({kRefused, error->message});
    }
  } else {
    session.output.write(session.format == Format::json ? std::get<json>(answer).dump(2) + "\n" : text);
  }
  return kDone;
}

int show_report(Session& session) {
  json arguments = session.invocation.arguments;
  if (const auto failure = resolve_names(session.client, arguments)) return fail(*failure);
  const ReportSource source = [&](std::string_view method, const json& asked) {
    return session.client.call(method, asked);
  };
  const auto failure =
      report(source, arguments, session.invocation.options, session.format, session.terminal, session.output);
  return failure ? fail(*failure) : kDone;
}

int show_row(Session& session) {
  json arguments = session.invocation.arguments;
  if (session.invocation.command->mutating && !arguments.contains("request_id")) {
    arguments["request_id"] = make_request_id();
  }
  if (const auto failure = resolve_names(session.client, arguments)) return fail(*failure);
  const Answer answer = session.client.call(session.invocation.command->method, arguments);
  if (const auto* failure = std::get_if<CallFailure>(&answer)) return fail(*failure);
  const json& row = std::get<json>(answer);
  session.output.write(render_row(session.format, row, session.terminal));
  return report_rejection(row);
}

}  // namespace

int run(const Invocation& invocation) {
  const Format chosen = invocation.json ? Format::json : invocation.csv ? Format::csv : Format::people;
  if (invocation.command->method == "backtest") {
    StandardOutput output;
    return backtest(invocation.arguments, invocation.options, chosen, invocation.sort,
                    inspect_terminal(invocation.color), output);
  }
  if (invocation.options.value("direct", false)) return halt_directly(invocation);
  const auto path = socket_path(invocation.socket);
  if (!path) return fail({kUsage, path.error().message, {}});
  Session session{invocation, Client(*path), inspect_terminal(invocation.color), chosen, {}};
  accept_short_names(session.client);
  if (invocation.options.value("plot", false)) return show_plot(session);
  if (invocation.command->method == "top") return top(session.client, invocation.arguments, session.terminal);
  if (invocation.command->method == "run.export") return export_files(session);
  if (invocation.command->method == "watch") return show_stream(session);
  if (invocation.command->method == "report") return show_report(session);
  if (invocation.command->method == "metrics") return show_metrics(session);
  if (invocation.command->shape == protocol::ResultShape::list) return show_list(session);
  return invocation.command->method == "feed.push" ? push(session) : show_row(session);
}

}  // namespace tradingd::ctl
