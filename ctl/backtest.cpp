#include "ctl/backtest.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "ctl/backtest_run.h"
#include "ctl/backtest_source.h"
#include "ctl/client.h"
#include "ctl/ledger_files.h"
#include "ctl/report.h"
#include "ctl/sorted_rows.h"
#include "ctl/sweep.h"

namespace tradingd::ctl {

namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressInterval{200};

int complain(const std::string& message, int status) {
  std::fprintf(stderr, "tradectl: %s\n", message.c_str());
  return status;
}

std::string ratio(Money part, Money whole) {
  if (!whole.is_positive()) return {};
  return to_string(part / whole);
}

json summary(const BacktestResult& result) {
  const Money profit = result.equity - result.deposits;
  const std::string gain = ratio(profit, result.deposits);
  return {{"inputs", result.inputs},
          {"orders", result.orders},
          {"rejected", result.rejected},
          {"trades", result.trades},
          {"fees", to_string(result.fees)},
          {"net_deposits", to_string(result.deposits)},
          {"cash", to_string(result.state.cash)},
          {"equity", to_string(result.equity)},
          {"profit", to_string(profit)},
          {"return_on_deposits", gain.empty() ? json() : json(gain)},
          {"realized_pnl", to_string(result.realized_pnl)},
          {"max_drawdown", to_string(Money{result.drawdown})},
          {"last_logical_time", format_time(result.state.last_time)},
          {"digest", to_hex(result.state.digest)}};
}

/// Columns of a sweep's list, behind the keys that were varied.
constexpr const char* kColumns[] = {"orders", "trades", "rejected",           "fees",         "net_deposits",
                                    "equity", "profit", "return_on_deposits", "max_drawdown", "digest"};

/// A line on the terminal, written over and over.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), shown_(::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (shown_) std::fprintf(stderr, "\r\x1b[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done) const {
    if (!shown_) return;
    constexpr std::size_t kWidth = 30;
    const std::size_t filled = done * kWidth / total_;
    std::string bar;
    for (std::size_t i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
    const auto spent = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start_).count();
    const auto left =
        done == 0 ? 0 : spent * static_cast<std::int64_t>(total_ - done) / static_cast<std::int64_t>(done);
    std::fprintf(stderr, "\r\x1b[K%s %zu of %zu, %lld:%02lld left", bar.c_str(), done, total_,
                 static_cast<long long>(left / 60), static_cast<long long>(left % 60));
  }

 private:
  std::size_t total_;
  bool shown_;
  Clock::time_point start_ = Clock::now();
};

/// All variations, on as many threads as there are cores; the summaries in their order.
std::vector<json> run_all(const FeedFile& feed, const std::vector<Variation>& variations, Money cash) {
  std::vector<json> summaries(variations.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t done = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < variations.size(); i = next++) {
      json one = summary(run_backtest(feed, variations[i].strategy, cash, false));
      const std::lock_guard lock(mutex);
      summaries[i] = std::move(one);
      ++done;
      changed.notify_one();
    }
  };
  std::vector<std::thread> threads;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < std::min(cores, variations.size()); ++i) threads.emplace_back(work);
  {
    const Progress progress(variations.size());
    std::unique_lock lock(mutex);
    while (done < variations.size()) {
      changed.wait_for(lock, kProgressInterval);
      progress.show(done);
    }
  }
  for (std::thread& thread : threads) thread.join();
  return summaries;
}

int show_sweep(const FeedFile& feed, const std::vector<Variation>& variations, Money cash, Format format,
               const std::string& sort, const Terminal& terminal, Sink& output) {
  const std::vector<json> summaries = run_all(feed, variations, cash);
  json columns = json::array();
  for (const auto& [key, value] : variations.front().values) columns.push_back(key);
  for (const char* name : kColumns) columns.push_back(name);
  json rows = json::array();
  for (std::size_t i = 0; i < variations.size(); ++i) {
    json row = json::array();
    for (const auto& [key, value] : variations[i].values) row.push_back(value);
    for (const char* name : kColumns) row.push_back(summaries[i].at(name));
    rows.push_back(std::move(row));
  }
  if (!sort.empty()) {
    SortedRows sorted(sort);
    if (const auto fault = sorted.add(columns, rows)) return complain(*fault, kUsage);
    rows = sorted.take(std::nullopt);
  }
  const auto printer = make_list_printer(format, "backtest", true, terminal, output);
  printer->page(columns, rows);
  printer->finish();
  return kDone;
}

FeedSettings feed_settings(const json& arguments) {
  return {.file = arguments.at("feed_file").get<std::string>(),
          .symbol = arguments.value("symbol", ""),
          .calendar = arguments.value("calendar", ""),
          .instruments = arguments.value("instruments", ""),
          .actions = arguments.value("actions", ""),
          .closed = arguments.value("closed", false)};
}

/// One run: its ledger and the report's files where they are asked for, and its figures.
int show_run(const json& arguments, const json& options, const FeedFile& feed, const config::StrategyDocument& strategy,
             Money cash, Format format, const Terminal& terminal, Sink& output) {
  const BacktestResult result = run_backtest(feed, strategy, cash, true);
  if (arguments.contains("ledger")) {
    LedgerFiles files(arguments.at("ledger").get<std::string>());
    for (const LedgerTable& table : ledger_tables(result)) files.add(table.name, table.columns, table.rows);
    if (const auto error = files.finish()) return complain(error->message, kRefused);
  }
  const auto file = arguments.at("feed_file").get<std::string>();
  ReportData report;
  const auto source = report_source(feed, file, strategy, cash, result);
  auto failure = read_report(source, json::object(), options.contains("html"), report);
  if (!failure) failure = write_report_files(report, options);
  if (failure) return complain(failure->message, failure->exit_status);
  json figures = summary(result);
  if (format == Format::json) {
    json whole = figures_as_json(report);
    whole.erase("run_id");
    figures["report"] = std::move(whole);
  }
  output.write(render_row(format, figures, terminal));
  if (format == Format::people) output.write("\n" + figures_as_text(report, terminal));
  return kDone;
}

}  // namespace

int backtest(const json& arguments, const json& options, Format format, const std::string& sort,
             const Terminal& terminal, Sink& output) {
  const auto feed = read_feed_file(feed_settings(arguments));
  if (!feed) return complain(feed.error().message, kUsage);
  std::fprintf(stderr, "%s\n", feed->understood.c_str());
  if (feed->rejected > 0) {
    std::fprintf(stderr, "tradectl: %lld rows were left out; the first: %s\n", static_cast<long long>(feed->rejected),
                 feed->first_rejected.c_str());
  }
  const auto strategy = config::parse_strategy(arguments.at("strategy").get<std::string>(), "strategy",
                                               feed->bars ? engine::FillAt::next_open : engine::FillAt::close);
  if (!strategy) return complain(strategy.error().message, kUsage);
  const auto cash = parse_decimal(arguments.value("initial_cash", "100000"), kMoneyMax);
  if (!cash || cash->is_negative()) {
    return complain("initial_cash: write an amount from 0 to " + to_string(kMoneyMax), kUsage);
  }
  const auto variations = vary(*strategy, arguments.value("sweep", ""));
  if (!variations) return complain(variations.error().message, kUsage);
  if (!variations->front().values.empty()) {
    if (arguments.contains("ledger") || !options.empty()) {
      return complain("--ledger, --html, --svg and --png are for a single run, not for a sweep", kUsage);
    }
    return show_sweep(*feed, *variations, *cash, format, sort, terminal, output);
  }
  return show_run(arguments, options, *feed, *strategy, *cash, format, terminal, output);
}

}  // namespace tradingd::ctl
