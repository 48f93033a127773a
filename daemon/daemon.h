#pragma once
// The daemon's life: start-up, signals, reload, the watchdog, shutdown.
//
// The loop's thread serves the socket from the first moment, so that `status` can say what is being
// waited for. The control thread opens the database, takes the lease, recovers the runs; then the loop
// is handed the services. It also stops them, in the opposite order.

#include <uv.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/admin/server.h"
#include "daemon/archivist.h"
#include "daemon/backend.h"
#include "daemon/config/settings.h"
#include "daemon/database.h"
#include "daemon/directory.h"
#include "daemon/feed_service.h"
#include "daemon/loop_queue.h"
#include "daemon/sequencer/sequencer.h"
#include "daemon/store/lease.h"
#include "daemon/store/partitions.h"
#include "daemon/watch_service.h"
#include "daemon/worker.h"

namespace tradingd {

/// How the process ends; also its exit status.
enum class Exit : std::uint8_t {
  stopped = 0,
  failed = 1,          // something that a restart may mend
  another_daemon = 3,  // serves this socket or this ledger
  configuration = 78,  // EX_CONFIG
};

class Daemon {
 public:
  /// `sql_directory` holds migrations/; `reload_settings` reads the configuration again.
  Daemon(config::Settings settings, std::string sql_directory, Calendars& calendars,
         std::function<Result<config::Settings>()> reload_settings);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Serves until SIGTERM or SIGINT, or until it can't go on. Call once.
  [[nodiscard]] Exit run();

 private:
  // Control thread.
  void bring_up();
  [[nodiscard]] bool open_database();
  [[nodiscard]] bool take_lease();
  [[nodiscard]] Result<bool> load_users();
  [[nodiscard]] bool start_services();
  void make_sequencer();
  [[nodiscard]] bool start_feeds(std::int64_t epoch);
  void watch();
  /// Takes over the shards that nobody has held for some seconds.
  void look_around();
  void take_over(const std::vector<int>& shards);
  void note_leases();
  void split_partitions();
  void archive_old(std::int64_t after_days);
  void shut_down();
  /// Into the log, where an edit of the ledger's history can't reach: at the start, hourly and at the stop.
  void log_heads();
  void say(std::string state);
  /// False at once when the daemon is stopping.
  [[nodiscard]] bool pause(std::chrono::milliseconds pause);

  // Loop thread.
  [[nodiscard]] std::optional<Exit> listen();
  void on_signal(int signal);
  void on_timer();
  void serve();
  void begin_stop(Exit exit);
  [[nodiscard]] nlohmann::json status() const;
  [[nodiscard]] MetricsInput metrics() const;
  [[nodiscard]] DoctorInput examination() const;
  [[nodiscard]] std::string status_line() const;
  /// To be called now and then: how fast inputs are committed.
  void measure_rate();
  [[nodiscard]] Result<bool> reload();
  void apply(const config::Settings& settings);
  [[nodiscard]] std::string state() const;
  /// As the last reload has left them. Any thread.
  [[nodiscard]] config::Settings settings() const;
  /// Any thread.
  [[nodiscard]] std::string holder_of(int shard) const;
  [[nodiscard]] std::string served_shards() const;

  config::Settings settings_;  // written by the loop, at a reload, under state_mutex_
  std::string sql_directory_;
  Calendars& calendars_;
  std::function<Result<config::Settings>()> reload_settings_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();

  uv_loop_t loop_{};
  std::array<uv_signal_t, 3> signals_{};
  uv_timer_t timer_{};
  std::unique_ptr<LoopQueue> queue_;

  Directory directory_;
  LedgerActivity activity_;
  Histogram tick_times_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex state_mutex_;
  std::condition_variable stop_changed_;
  std::string state_ = "starting";
  std::string served_;                                    // shards; under state_mutex_, as the next
  std::array<std::string, engine::kShardCount> holders_;  // of the shards that aren't ours

  // The control thread's, from bring_up to shut_down; the loop sees them through services_.
  std::unique_ptr<Database> database_;
  std::vector<std::unique_ptr<store::Lease>> leases_;  // the first one on the shards of the settings
  std::array<int, engine::kShardCount> looks_unheld_{};
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::ReadPool> reads_;
  std::unique_ptr<WatchService> watch_service_;  // before the sequencer, whose threads tell it of commits
  std::unique_ptr<engine::LedgerStore> feeds_ledger_;
  std::unique_ptr<sequencer::Sequencer>
      sequencer_;  // set under state_mutex_: it may have to be interrupted while it starts
  std::unique_ptr<Control> trading_;
  std::unique_ptr<Archivist> archivist_;
  std::unique_ptr<FeedFollower> followed_;  // until feeds_ is there
  std::unique_ptr<FeedService> feeds_;      // while the shard of the feeds is ours
  Services services_;

  std::unique_ptr<store::Partitions> partitions_;  // the maintenance thread's

  Worker control_{"control"};
  Worker maintenance_{"maintenance"};
  std::unique_ptr<CommandBackend> backend_;
  std::unique_ptr<admin::Server> server_;
  bool serving_ = false;
  std::atomic<bool> watch_pending_{false};
  int watches_ = 0;
  std::chrono::steady_clock::time_point heads_logged_;
  std::string shown_status_;
  std::chrono::steady_clock::time_point rated_at_;
  std::int64_t rated_steps_ = 0;  // committed then
  std::int64_t inputs_per_s_ = 0;
  Exit exit_ = Exit::stopped;
};

}  // namespace tradingd
