#include "ctl/commands.h"

#include <algorithm>
#include <array>

namespace tradingd::ctl {

namespace {

using protocol::ArgumentSpec;
using protocol::CommandSpec;
using enum protocol::ArgumentType;

constexpr std::array kMetricsOptions{
    ArgumentSpec{"write", string, false, false, "",
                 "write to this file instead, at once or not at all: for node_exporter's textfile collector"}};
constexpr std::array kPlotOptions{
    ArgumentSpec{"plot", boolean, false, false, "", "draw the curve in the terminal; several runs share one plot"},
    ArgumentSpec{"width", integer, false, false, "", "of the plot, in columns"},
    ArgumentSpec{"height", integer, false, false, "", "of the plot, in rows"},
};

constexpr std::array kHaltOptions{ArgumentSpec{"direct", boolean, false, false, "",
                                               "in the database itself, when the daemon hangs; runs tradingd --halt"}};

constexpr std::array kReportOptions{
    ArgumentSpec{"html", string, false, false, "", "write a page that needs nothing else to this file"},
    ArgumentSpec{"svg", string, false, false, "", "write the equity curve to this file"},
    ArgumentSpec{"png", string, false, false, "", "the same as a bitmap; needs rsvg-convert (librsvg2-bin)"},
};

constexpr std::array kExportOptions{
    ArgumentSpec{"directory", string, false, false, "", "the folder to write to (default run-NUMBER)"},
    ArgumentSpec{"currency", string, false, false, "", "what the journal calls the money (default USD)"},
};

constexpr std::array kWatchOptions{
    ArgumentSpec{"all", boolean, false, false, "", "every RUNNING run of all users (admins)", true}};

struct OwnOptions {
  std::string_view method;
  std::span<const ArgumentSpec> options;
};
constexpr std::array kOwnOptions{
    OwnOptions{"metrics", kMetricsOptions},   OwnOptions{"equity.list", kPlotOptions},
    OwnOptions{"halt", kHaltOptions},         OwnOptions{"report", kReportOptions},
    OwnOptions{"run.export", kExportOptions}, OwnOptions{"watch", kWatchOptions},
    OwnOptions{"backtest", kReportOptions},
};

/// Lists that are called by their noun, there being nothing else to do with it.
constexpr std::array<std::string_view, 2> kNounOnly{"equity.list", "audit.list"};

constexpr std::array kReportArguments{
    ArgumentSpec{"run", integer, false, true, "", "the run, by number or name; your RUNNING one if not given"}};
constexpr std::array kBacktestArguments{
    ArgumentSpec{"feed_file", string, true, false, "", "the prices: a CSV file, as for feed add"},
    ArgumentSpec{"strategy", text, true, false, "", "the strategy file (TOML)"},
    ArgumentSpec{"initial_cash", decimal, false, false, "", "what the run begins with (default 100000)"},
    ArgumentSpec{"calendar", string, false, false, "", "trading calendar: XNYS, XNAS, XNSE … or ALWAYS (default)"},
    ArgumentSpec{"symbol", string, false, false, "", "for a file without a symbol column: the symbol of its rows"},
    ArgumentSpec{"instruments", string, false, false, "", "a file of its symbols, as for feed add"},
    ArgumentSpec{"actions", string, false, false, "",
                 "a file of splits, dividends and symbol changes, as for feed add"},
    ArgumentSpec{"closed", boolean, false, false, "", "leave out rows of symbols that are not in the instruments file"},
    ArgumentSpec{"sweep", string, false, false, "",
                 "run every combination, on all cores: 'sip.amount=100,200 rebalance.band=0.05,0.1'"},
    ArgumentSpec{"ledger", string, false, false, "", "write the run's rows to this folder, as run export does"},
};
constexpr std::array kTopArguments{ArgumentSpec{"all", boolean, false, false, "", "of all users (admins)", true}};
constexpr std::array kOwnCommands{
    CommandSpec{"top", "Runs, rates, lag and the database's latency, full screen; q quits", protocol::Role::user, false,
                protocol::ResultShape::row, kTopArguments, "tradectl top"},
    CommandSpec{"run.export", "Write a run's ledger as CSV files, and a journal for plain-text accounting",
                protocol::Role::user, false, protocol::ResultShape::row, kReportArguments,
                "tradectl run export 3 --directory run-3"},
    CommandSpec{"backtest", "Run a strategy on a feed file, without a daemon and without a database",
                protocol::Role::user, false, protocol::ResultShape::row, kBacktestArguments,
                "tradectl backtest --feed-file stocks.csv --strategy sip.toml --html report.html"},
    CommandSpec{"report", "A run's performance: returns, risk, drawdowns; as text, JSON, a page or pictures",
                protocol::Role::user, false, protocol::ResultShape::row, kReportArguments,
                "tradectl report --html report.html"},
};

std::vector<const CommandSpec*> merge() {
  std::vector<const CommandSpec*> all;
  for (const CommandSpec& command : protocol::commands()) all.push_back(&command);
  for (const CommandSpec& command : kOwnCommands) {
    // Behind the last one of the same noun.
    const auto same = std::find_if(all.rbegin(), all.rend(),
                                   [&](const CommandSpec* other) { return other->noun() == command.noun(); });
    all.insert(same == all.rend() ? all.end() : same.base(), &command);
  }
  return all;
}

}  // namespace

const std::vector<const CommandSpec*>& commands() {
  static const std::vector<const CommandSpec*> all = merge();
  return all;
}

bool is_own(const CommandSpec& command) {
  return std::any_of(kOwnCommands.begin(), kOwnCommands.end(),
                     [&](const CommandSpec& own) { return own.method == command.method; });
}

std::span<const ArgumentSpec> own_options(std::string_view method) {
  const auto* found =
      std::find_if(kOwnOptions.begin(), kOwnOptions.end(), [&](const OwnOptions& one) { return one.method == method; });
  return found == kOwnOptions.end() ? std::span<const ArgumentSpec>() : found->options;
}

bool has_no_verb(const CommandSpec& command) {
  return command.verb().empty() || std::find(kNounOnly.begin(), kNounOnly.end(), command.method) != kNounOnly.end();
}

}  // namespace tradingd::ctl
