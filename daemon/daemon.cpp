#include "daemon/daemon.h"

#include <grp.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "daemon/base/failpoint.h"
#include "daemon/log.h"
#include "daemon/service_manager.h"

namespace tradingd {

namespace {

using nlohmann::json;

constexpr std::uint64_t kWatchIntervalMs = 1000;
constexpr std::uint64_t kStopDeadlineMs = 25'000;

/// gids of the groups that exist; the others are told.
std::vector<std::int64_t> group_ids(const std::vector<std::string>& names) {
  std::vector<std::int64_t> ids;
  for (const std::string& name : names) {
    if (const group* found = ::getgrnam(name.c_str()); found != nullptr) {
      ids.push_back(found->gr_gid);
    } else {
      spdlog::warn("[socket] admin_groups: there is no group \"{}\"", name);
    }
  }
  return ids;
}

admin::Limits limits_of(const config::Settings& settings) {
  admin::Limits limits;
  limits.connections = static_cast<std::size_t>(settings.socket.max_connections);
  limits.connections_per_uid = static_cast<std::size_t>(settings.socket.max_connections_per_uid);
  limits.commands_per_second = settings.socket.commands_per_second;
  limits.changes_per_second = settings.socket.changes_per_second;
  limits.idle_timeout_ms = static_cast<std::uint64_t>(settings.socket.idle_timeout_s) * 1000;
  return limits;
}

uv_handle_t* handle(void* specific) {
  // uv_handle_t is the common beginning of every handle.
  return static_cast<uv_handle_t*>(specific);
}

}  // namespace

Daemon::Daemon(config::Settings settings, std::string sql_directory, Calendars& calendars,
               std::function<Result<config::Settings>()> reload_settings)
    : settings_(std::move(settings)),
      sql_directory_(std::move(sql_directory)),
      calendars_(calendars),
      reload_settings_(std::move(reload_settings)) {
  TD_ASSERT(uv_loop_init(&loop_) == 0);
  queue_ = std::make_unique<LoopQueue>(&loop_);
  backend_ = std::make_unique<CommandBackend>(
      directory_, control_,
      CommandBackend::Hooks{[this] { return status(); }, [this] { return metrics(); }, [this] { return examination(); },
                            [this] { return reload(); }, [this] { return "the daemon isn't ready: " + state(); },
                            [this](int shard) { return holder_of(shard); }, [this] { return calendars_.book(); }});
}

Daemon::~Daemon() = default;

std::string Daemon::state() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

config::Settings Daemon::settings() const {
  const std::lock_guard lock(state_mutex_);
  return settings_;
}

std::string Daemon::served_shards() const {
  const std::lock_guard lock(state_mutex_);
  return served_;
}

std::string Daemon::holder_of(int shard) const {
  const std::lock_guard lock(state_mutex_);
  const std::string& holder = holders_.at(static_cast<std::size_t>(shard));
  return holder.empty() ? "nobody just now, which will change within seconds" : holder;
}

void Daemon::say(std::string state) {
  {
    const std::lock_guard lock(state_mutex_);
    if (state_ == state) {
      return;
    }
    state_ = state;
  }
  spdlog::info("{}", state);
  service_manager::status(state);
}

bool Daemon::pause(std::chrono::milliseconds pause) {
  std::unique_lock lock(state_mutex_);
  return !stop_changed_.wait_for(lock, pause, [this] { return stopping_.load(); });
}

// --- The loop's thread

Exit Daemon::run() {
  if (const std::optional<Exit> failed = listen()) {
    return *failed;
  }
  TD_ASSERT(control_.post([this] { bring_up(); }));
  uv_run(&loop_, UV_RUN_DEFAULT);
  control_.stop();
  server_.reset();
  backend_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  FAILPOINT("stop.socket_unlinked");
  uv_loop_close(&loop_);
  spdlog::info("stopped");
  return exit_;
}

std::optional<Exit> Daemon::listen() {
  admin::ServerOptions options;
  options.path = settings_.socket.path;
  options.inherited_fd = service_manager::inherited_socket();
  options.admin_groups = group_ids(settings_.socket.admin_groups);
  options.limits = limits_of(settings_);
  if (!settings_.socket.group.empty()) {
    const group* found = ::getgrnam(settings_.socket.group.c_str());
    if (found == nullptr) {
      spdlog::error("[socket] group: there is no group \"{}\"; make it: groupadd --system {}", settings_.socket.group,
                    settings_.socket.group);
      return Exit::configuration;
    }
    options.group = found->gr_gid;
  }
  Result<std::unique_ptr<admin::Server>> server = admin::Server::create(&loop_, std::move(options), *backend_);
  if (!server) {
    spdlog::error("{}", server.error().message);
    return Exit::another_daemon;
  }
  server_ = std::move(server).value();

  constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    uv_signal_init(&loop_, &signals_.at(i));
    signals_.at(i).data = this;
    uv_signal_start(
        &signals_.at(i), [](uv_signal_t* one, int number) { static_cast<Daemon*>(one->data)->on_signal(number); },
        kSignals.at(i));
  }
  uv_timer_init(&loop_, &timer_);
  timer_.data = this;
  const auto watchdog = service_manager::watchdog_interval();
  const std::uint64_t interval =
      watchdog ? std::clamp<std::uint64_t>(static_cast<std::uint64_t>(watchdog->count()), 100, kWatchIntervalMs)
               : kWatchIntervalMs;
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<Daemon*>(timer->data)->on_timer(); }, interval, interval);
  FAILPOINT("start.socket_bound");
  return std::nullopt;
}

void Daemon::on_signal(int signal) {
  if (signal == SIGHUP) {
    if (const Result<bool> reloaded = reload(); !reloaded) {
      spdlog::error("the configuration stays as it was: {}", reloaded.error().message);
    }
    return;
  }
  if (stopping_) {
    spdlog::warn("signalled again: ending at once; the ledger is as the last commit left it");
    std::_Exit(static_cast<int>(Exit::failed));
  }
  FAILPOINT("stop.signalled");
  begin_stop(Exit::stopped);
}

void Daemon::on_timer() {
  service_manager::watchdog();
  if (!serving_ && !stopping_) {
    service_manager::extend_start();  // a crash recovery takes as long as it takes
  }
  if (serving_) {
    watch_service_->refresh();
  }
  if (serving_ && !watch_pending_.exchange(true)) {
    if (!control_.post([this] { watch(); })) {
      watch_pending_ = false;
    }
    measure_rate();
    if (std::string line = status_line(); line != shown_status_) {
      service_manager::status(line);
      shown_status_ = std::move(line);
    }
  }
}

void Daemon::serve() {
  if (stopping_) {
    return;
  }
  backend_->set_services(&services_);
  serving_ = true;
  rated_at_ = std::chrono::steady_clock::now();
  rated_steps_ = sequencer_->stats().steps;
  shown_status_ = status_line();
  service_manager::ready(shown_status_);
  FAILPOINT("start.ready");
}

void Daemon::begin_stop(Exit exit) {
  if (stopping_.exchange(true)) {
    return;
  }
  exit_ = exit;
  if (serving_ && services_.followed != nullptr) {
    services_.followed->interrupt();
  }
  serving_ = false;
  service_manager::stopping();
  say("stopping");
  {
    const std::lock_guard lock(state_mutex_);
    stop_changed_.notify_all();
    if (sequencer_) {
      sequencer_->interrupt();
    }
  }
  backend_->set_services(nullptr);
  FAILPOINT("stop.no_new_work");
  // Both are waited for: the services' last answers, and the server that sends them.
  const auto left = std::make_shared<int>(2);
  const auto one_ended = [this, left] {
    if (--*left > 0) {
      return;
    }
    for (uv_signal_t& signal : signals_) {
      uv_close(handle(&signal), nullptr);
    }
    uv_close(handle(&timer_), nullptr);
    queue_->close();
  };
  server_->stop(one_ended);
  // A database that answers no more must not keep the process: the ledger is as the last commit left it.
  uv_timer_stop(&timer_);
  uv_timer_start(
      &timer_,
      [](uv_timer_t*) {
        spdlog::error("the database does not let go; ending all the same");
        std::_Exit(static_cast<int>(Exit::failed));
      },
      kStopDeadlineMs, 0);
  TD_ASSERT(control_.post(
      [this, one_ended] {
        shut_down();
        queue_->post(one_ended);
      },
      SIZE_MAX));
}

json Daemon::status() const {
  json result = {
      {"version", TD_VERSION},
      {"state", state()},
      {"pid", ::getpid()},
      {"uptime_s",
       std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count()},
      {"connections", server_->connections()},
      {"requests", server_->counters().requests},
  };
  if (serving_) {
    const sequencer::SequencerStats stats = sequencer_->stats();
    result["runs"] = {{"running", stats.runs}, {"failed", stats.failed_runs}};
    const engine::StandingOrder everybody = trading_->everybody();
    result["trading_state"] = to_text(everybody.state.value_or(engine::TradingState::active));
    if (!everybody.cause.empty()) {
      result["trading_state_reason"] = everybody.cause;
    }
    result["inputs"] = stats.steps;
    result["batches"] = stats.batches;
    result["queued"] = stats.queued;
    // Connections that were lost during a commit, by what had become of it.
    result["unknown_commits"] = {{"committed", stats.unknown_committed}, {"absent", stats.unknown_absent}};
    result["shards"] = served_shards();
    result["feeds_moving"] = services_.feeds == nullptr ? 0 : services_.feeds->moving();
    result["database"] = {{"available", stats.ledger_available},
                          {"embedded", database_->embedded()},
                          {"connect", database_->describe()},
                          {"write_path", database_->fast_writes() ? "fast" : "checked"}};
  }
  return result;
}

MetricsInput Daemon::metrics() const {
  MetricsInput input;
  input.uptime_s =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_).count();
  input.serving = serving_;
  input.connections = server_->connections();
  input.socket = server_->counters();
  if (serving_) {
    input.sequencer = sequencer_->stats();
    input.feeds_moving = services_.feeds == nullptr ? 0 : services_.feeds->moving();
    input.subscriptions = watch_service_->subscriptions();
    input.activity = &activity_;
    input.ticks = &tick_times_;
  }
  return input;
}

void Daemon::measure_rate() {
  const auto now = std::chrono::steady_clock::now();
  const std::int64_t steps = sequencer_->stats().steps;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - rated_at_);
  if (passed.count() > 0) {
    inputs_per_s_ = (steps - rated_steps_) * 1000 / passed.count();
  }
  rated_at_ = now;
  rated_steps_ = steps;
}

DoctorInput Daemon::examination() const {
  DoctorInput input;
  input.state = state();
  const Result<config::Settings> fresh = reload_settings_();
  const std::optional<Error> fixed = fresh ? config::check_reload(settings_, *fresh) : std::optional(fresh.error());
  input.configuration = fixed ? fixed->message : "";
  input.state_directory = settings_.state.directory;
  input.calendars = calendars_.book();
  return input;
}

std::string Daemon::status_line() const {
  const sequencer::SequencerStats stats = sequencer_->stats();
  return std::to_string(stats.runs) + " runs, " +
         std::to_string(services_.feeds == nullptr ? 0 : services_.feeds->moving()) + " feeds moving, " +
         std::to_string(inputs_per_s_) + " inputs/s, " + std::to_string(stats.queued) + " waiting, " +
         std::to_string(stats.steps) + " committed since the start" +
         (stats.ledger_available ? "" : ", waiting for the database");
}

Result<bool> Daemon::reload() {
  if (!serving_) {
    return Error{"the daemon isn't ready: " + state()};  // what starts now reads the settings in another thread
  }
  service_manager::reloading();
  Result<config::Settings> fresh = reload_settings_();
  FAILPOINT("reload.parsed");
  Result<bool> outcome = true;
  if (!fresh) {
    outcome = fresh.error();
  } else if (const std::optional<Error> fixed = config::check_reload(settings_, *fresh)) {
    outcome = *fixed;
  } else if (const Result<bool> calendars = calendars_.reload(); !calendars) {
    outcome = calendars.error();
  } else {
    FAILPOINT("reload.validated");
    apply(*fresh);
    {
      const std::lock_guard lock(state_mutex_);
      settings_ = std::move(fresh).value();
    }
    FAILPOINT("reload.swapped");
    spdlog::info("the configuration was read again");
  }
  service_manager::ready(status_line());
  return outcome;
}

void Daemon::apply(const config::Settings& settings) {
  set_log_level(settings.daemon.log_level);
  server_->set_limits(limits_of(settings));
  server_->set_admin_groups(group_ids(settings.socket.admin_groups));
  if (services_.feeds != nullptr) {
    services_.feeds->set_price_jump_max(settings.feeds.price_jump_max);
    services_.feeds->set_calendars(calendars_.book());
  }
  TD_ASSERT(control_.post(
      [this] {
        if (const Result<bool> loaded = load_users(); !loaded) {
          spdlog::warn("the users can't be read again: {}", loaded.error().message);
        }
      },
      SIZE_MAX));
}

}  // namespace tradingd
