#include <algorithm>
#include <ctime>
#include <future>

#include "tests/bench/commands.h"
#include "tests/bench/reference.h"
#include "tests/bench/seed.h"

namespace tradingd::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds(std::chrono::nanoseconds span) { return std::chrono::duration<double>(span).count(); }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The store's sessions, each with a part of the runs.
class Writers {
 public:
  explicit Writers(const LedgerOptions& options)
      : dsn_{options.dsn, "", "bench reader"},
        lease_(take_lease(options.dsn)),
        chunk_(static_cast<std::size_t>(options.chunk)) {
    for (int i = 0; i < options.connections; ++i) {
      ledgers_.push_back(
          open_ledger(options.dsn, options.checked ? store::WritePath::checked : store::WritePath::automatic));
    }
  }

  /// Processor time of the sessions' server processes so far.
  [[nodiscard]] std::chrono::nanoseconds server_time() {
    if (pids_.empty()) {
      store::Connection connection(dsn_);
      const store::Rows rows =
          connection.exec("SELECT pid FROM pg_stat_activity WHERE application_name = 'bench' AND query LIKE '%apply%'");
      for (int row = 0; row < rows.size(); ++row) pids_.push_back(static_cast<int>(rows.integer(row, 0)));
    }
    return processor_time(pids_);
  }

  std::chrono::nanoseconds write(std::span<engine::RunWrites> writes) {
    const std::size_t share = (writes.size() + ledgers_.size() - 1) / ledgers_.size();
    const auto write_part = [&](std::size_t part) {
      const std::size_t from = std::min(part * share, writes.size());
      std::int64_t batch = number_ + static_cast<std::int64_t>(part) * kNumbersEach;
      apply(*ledgers_[part], lease_->epoch(), batch, writes.subspan(from, std::min(share, writes.size() - from)),
            chunk_);
    };
    const auto start = Clock::now();
    std::vector<std::future<void>> others;
    for (std::size_t part = 1; part < ledgers_.size(); ++part) {
      others.push_back(std::async(std::launch::async, write_part, part));
    }
    write_part(0);
    for (auto& other : others) other.get();
    number_ += kNumbersEach * static_cast<std::int64_t>(ledgers_.size());
    return Clock::now() - start;
  }

 private:
  static constexpr std::int64_t kNumbersEach = 1'000;  // batch numbers of a session in a tick

  store::ConnectionOptions dsn_;
  std::unique_ptr<store::Lease> lease_;
  std::vector<std::unique_ptr<store::PostgresLedger>> ledgers_;
  std::size_t chunk_;
  std::int64_t number_ = 0;
  std::vector<int> pids_;
};

/// What was spent on all ticks, in seconds.
struct Cost {
  double wall = 0;
  double server = 0;  // processor time of the sessions' server processes
  double client = 0;  // of our own
  std::vector<double> ticks_ms;

  template <typename ServerTime, typename Work>
  void add(ServerTime server_time, Work work) {
    const auto server_before = server_time();
    const std::clock_t client_before = std::clock();
    const double spent = seconds(work());
    wall += spent;
    ticks_ms.push_back(spent * 1e3);
    client += static_cast<double>(std::clock() - client_before) / CLOCKS_PER_SEC;
    server += seconds(server_time() - server_before);
  }
};

}  // namespace

nlohmann::json bench_ledger(const LedgerOptions& options) {
  Desk desk(options.runs);
  seed(options.dsn, desk, options.runs);
  Writers writers(options);
  Reference reference(options.dsn, options.connections);
  Cost ours;
  Cost bare;
  std::int64_t rows = 0;
  for (int tick = -1; tick < options.ticks; ++tick) {
    desk.next_day();
    if (tick < 0) {  // warms the caches
      writers.write(desk.writes());
      reference.fetch(desk.time());
      static_cast<void>(reference.copy());
      continue;
    }
    ours.add([&] { return writers.server_time(); }, [&] { return writers.write(desk.writes()); });
    reference.fetch(desk.time());
    bare.add([&] { return reference.server_time(); }, [&] { return reference.copy(); });
    rows += reference.rows();
  }
  const double run_ticks = static_cast<double>(options.runs) * options.ticks;
  return {{"runs", options.runs},
          {"ticks", options.ticks},
          {"connections", options.connections},
          {"run_ticks_per_s", run_ticks / ours.wall},
          {"rows_per_s", static_cast<double>(rows) / ours.wall},
          {"l_run_ticks_per_s", run_ticks / bare.wall},
          {"ratio", bare.wall / ours.wall},
          {"cpu_ratio", bare.server / ours.server},
          {"server_us_per_run_tick", ours.server / run_ticks * 1e6},
          {"l_server_us_per_run_tick", bare.server / run_ticks * 1e6},
          {"client_us_per_run_tick", ours.client / run_ticks * 1e6},
          {"tick_ms_p50", median(ours.ticks_ms)},
          {"l_tick_ms_p50", median(bare.ticks_ms)}};
}

}  // namespace tradingd::bench
