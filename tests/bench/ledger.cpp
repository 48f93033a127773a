#include <algorithm>
#include <ctime>
#include <future>

#include "daemon/store/partitions.h"
#include "daemon/store/values.h"
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

void split_full(store::Partitions& partitions) {
  const auto split = partitions.split_full();
  if (!split.ok()) throw std::runtime_error(split.error().message);
}

/// The store's sessions, each with a part of the runs.
class Writers {
 public:
  explicit Writers(const LedgerOptions& options)
      : dsn_{options.dsn, "", "bench reader"},
        partitions_(runtime(options.dsn)),
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
    split_full(partitions_);
    number_ += kNumbersEach * static_cast<std::int64_t>(ledgers_.size());
    return Clock::now() - start;
  }

 private:
  static constexpr std::int64_t kNumbersEach = 1'000;  // batch numbers of a session in a tick

  store::ConnectionOptions dsn_;
  store::Partitions partitions_;
  std::unique_ptr<store::Lease> lease_;
  std::vector<std::unique_ptr<store::PostgresLedger>> ledgers_;
  std::size_t chunk_;
  std::int64_t number_ = 0;
  std::vector<int> pids_;
};

/// Rows of days long before the benchmark's, as if the runs had gone on for so long.
void preload(const LedgerOptions& options) {
  store::Connection connection({options.dsn, "", "bench"});
  store::Partitions partitions(runtime(options.dsn));
  connection.exec("SET session_replication_role = replica");
  const std::int64_t days = options.preload / options.runs;
  const std::int64_t at_once = std::max<std::int64_t>(1, 200'000 / options.runs);
  for (std::int64_t day = days; day > 0; day -= at_once) {
    const store::Params range{std::to_string(options.runs), std::to_string(std::min(at_once, day)), std::to_string(day),
                              format_time(Desk::origin())};
    for (const char* insert :
         {"INSERT INTO mtm_ledger SELECT n, n, $4::timestamptz - ($3::int - d) * interval '1 day', 12345.678, 45.6",
          "INSERT INTO paper_equity_curve SELECT n, n, $4::timestamptz - ($3::int - d) * interval '1 day', 1000000,"
          " 12345.678, 1012345.678"}) {
      connection.exec(std::string(insert) + " FROM generate_series(0, $2::int - 1) d, generate_series(1, $1::int) n",
                      range);
    }
    split_full(partitions);
  }
  connection.exec("VACUUM ANALYZE");
  connection.exec("CHECKPOINT");
}

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
  preload(options);
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

nlohmann::json bench_seed(const std::string& dsn, int runs) {
  Desk desk(runs);
  seed(dsn, desk, runs);
  return {{"runs", runs}, {"origin", format_time(Desk::origin())}};
}

nlohmann::json bench_reference(const std::string& dsn, int ticks, int connections) {
  Reference reference(dsn, connections);
  store::Connection connection({dsn, "", "bench reader"});
  const store::Rows times =
      connection.exec("SELECT DISTINCT logical_time FROM mtm_ledger ORDER BY 1 DESC LIMIT $1", {std::to_string(ticks)});
  Cost cost;
  std::int64_t rows = 0;
  for (int row = 0; row < times.size(); ++row) {
    reference.fetch(store::time_from_database(times.text(row, 0)).value());
    cost.add([&] { return reference.server_time(); }, [&] { return reference.copy(); });
    rows += reference.rows();
  }
  return {{"ticks", times.size()},         {"rows", rows},
          {"connections", connections},    {"seconds", cost.wall},
          {"server_seconds", cost.server}, {"tick_ms_p50", median(cost.ticks_ms)}};
}

}  // namespace tradingd::bench
