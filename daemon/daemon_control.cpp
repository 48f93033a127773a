// The daemon's control thread: it opens the database, takes the lease, recovers the runs, keeps watch
// over them, and lets go of all in the opposite order.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "daemon/base/failpoint.h"
#include "daemon/config/strategy.h"
#include "daemon/daemon.h"
#include "daemon/service_manager.h"
#include "daemon/store/ledger_head.h"
#include "daemon/store/postgres_ledger.h"

namespace tradingd {

namespace {

constexpr std::chrono::seconds kLeaseValidity{15};
constexpr int kWatchesPerRenewal = 3;
constexpr int kWatchesPerSplit = 5;
/// Longer than a holder needs to come back after a restart of the database, or of himself.
constexpr int kLooksBeforeTakingOver = 8;
constexpr int kWatchesPerArchive = 10;
constexpr std::size_t kPartitionsPerArchive = 2;  // at a turn: what else the thread looks after can't wait for long
constexpr std::chrono::milliseconds kRetryPauseMax{5000};
constexpr std::chrono::milliseconds kStandbyPause{500};
constexpr std::chrono::hours kHeadInterval{1};
constexpr int kReadConnections = 3;

constexpr const char* kRuntimeRole = "tradingd_runtime";
constexpr const char* kReadRole = "tradingd_readonly";

/// What other daemons tell of this one.
std::string holder_name(const std::string& socket) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) {
    host[0] = '?';
  }
  return "tradingd on " + std::string(host.data()) + ", pid " + std::to_string(::getpid()) + ", socket " + socket;
}

Result<std::shared_ptr<const engine::RunConfig>> read_run_config(const std::string& text) {
  Result<config::StrategyDocument> document = config::strategy_from_json(text);
  if (!document) {
    return document.error();
  }
  return std::make_shared<const engine::RunConfig>(std::move(document->config));
}

}  // namespace

void Daemon::bring_up() {
  const auto give_up = [this](Exit exit) { queue_->post([this, exit] { begin_stop(exit); }); };
  database_ =
      std::make_unique<Database>(DatabaseOptions{settings_.database.dsn, settings_.database.directory, sql_directory_});
  if (!open_database() || stopping_) {
    return give_up(Exit::failed);
  }
  FAILPOINT("start.database_open");
  if (!take_lease() || stopping_) {
    return give_up(Exit::another_daemon);
  }
  FAILPOINT("start.lease_taken");
  if (!start_services()) {
    return give_up(Exit::failed);
  }
  spdlog::info("recovered {} runs", sequencer_->stats().runs);
  log_heads();
  heads_logged_ = std::chrono::steady_clock::now();
  say("serving");
  queue_->post([this] { serve(); });
}

bool Daemon::open_database() {
  say(settings_.database.dsn.empty() ? "starting the embedded PostgreSQL" : "waiting for the database");
  for (std::chrono::milliseconds wait{100};; wait = std::min(wait * 2, kRetryPauseMax)) {
    const Database::Attempt attempt = database_->open();
    if (attempt.opening == Database::Opening::open) {
      return true;
    }
    if (attempt.opening == Database::Opening::give_up) {
      spdlog::error("{}", attempt.message);
      return false;
    }
    // Whoever starts this service need not wait, too: the database may be installed or set up after it.
    say("waiting for the database: " + attempt.message);
    queue_->post([this] {
      if (!serving_ && !stopping_) {
        service_manager::ready(state());
      }
    });
    if (!pause(wait)) {
      return false;
    }
  }
}

bool Daemon::take_lease() {
  for (;;) {
    auto lease = store::Lease::acquire(database_->connection(kRuntimeRole, "lease"), settings_.daemon.shards,
                                       holder_name(settings_.socket.path), kLeaseValidity);
    if (lease) {
      leases_.push_back(std::move(lease).value());
      note_leases();
      return true;
    }
    if (lease.error().kind == store::StoreErrorKind::conflict && settings_.daemon.when_in_use == "wait") {
      say("standing by: " + lease.error().message);
      queue_->post([this] {
        if (!serving_ && !stopping_) {
          service_manager::ready(state());
        }
      });
      if (!pause(kStandbyPause)) {
        return false;
      }
      continue;
    }
    if (lease.error().kind != store::StoreErrorKind::unavailable) {
      spdlog::error("{}", lease.error().message);
      return false;
    }
    say("waiting for the lease: " + lease.error().message);
    if (!pause(kRetryPauseMax)) {
      return false;
    }
  }
}

Result<bool> Daemon::load_users() {
  const auto stored = catalog_->load_users();
  if (!stored) {
    return Error{stored.error().message};
  }
  std::vector<admin::User> users;
  for (const store::StoredUser& user : *stored) {
    users.push_back({user.id, user.name, user.uid, user.role});
  }
  directory_.replace(std::move(users));
  return true;
}

bool Daemon::start_services() {
  catalog_ = std::make_unique<store::Catalog>(database_->connection(kRuntimeRole, "control"));
  partitions_ = std::make_unique<store::Partitions>(database_->connection(kRuntimeRole, "partitions"));
  archivist_ = std::make_unique<Archivist>(database_->connection(kRuntimeRole, "archive"), settings_.archive.directory);
  reads_ = std::make_unique<store::ReadPool>(database_->connection(kReadRole, "reads"), kReadConnections);
  watch_service_ = std::make_unique<WatchService>(*reads_);
  feeds_ledger_ =
      std::make_unique<store::PostgresLedger>(database_->connection(kRuntimeRole, "feeds"), read_run_config);
  if (const Result<bool> loaded = load_users(); !loaded) {
    spdlog::error("can't load the users: {}", loaded.error().message);
    return false;
  }

  make_sequencer();
  const std::vector<int>& shards = leases_.front()->shards();
  if (std::find(shards.begin(), shards.end(), engine::kFeedShard) == shards.end()) {
    followed_ = std::make_unique<FeedFollower>(database_->connection(kRuntimeRole, "feeds"),
                                               FeedEnvironment{feeds_ledger_.get(), settings_.feeds.directory,
                                                               settings_.feeds.price_jump_max, calendars_.book()},
                                               *sequencer_);
    if (const Result<bool> loaded = followed_->load(); !loaded) {
      spdlog::error("can't load the feeds: {}", loaded.error().message);
      return false;
    }
  }
  say("recovering the runs");
  if (!sequencer_->start() || stopping_) {
    return false;
  }
  FAILPOINT("start.recovered");
  if (followed_) {
    followed_->start();
  } else if (!start_feeds(leases_.front()->epoch())) {
    return false;
  }
  trading_ = std::make_unique<Control>(*catalog_, *sequencer_);
  trading_->refresh();
  services_ = {sequencer_.get(),
               feeds_.get(),
               followed_.get(),
               catalog_.get(),
               trading_.get(),
               reads_.get(),
               database_->connection(kReadRole, "verify"),
               sql_directory_,
               watch_service_.get(),
               archivist_.get()};
  return true;
}

void Daemon::make_sequencer() {
  sequencer::SequencerOptions options;
  options.pipelines = static_cast<int>(settings_.daemon.pipelines);
  options.queue_limit = static_cast<std::size_t>(settings_.daemon.queue_limit);
  options.shards = leases_.front()->shards();
  options.epoch = leases_.front()->epoch();
  options.holder_of = [this](int shard) { return holder_of(shard); };
  options.open_ledger = [this] {
    return std::make_unique<ObservedLedger>(
        std::make_unique<store::PostgresLedger>(database_->connection(kRuntimeRole, "pipeline"), read_run_config),
        activity_, [this](RunKey run) { watch_service_->committed(run); });
  };
  options.log = [](const std::string& line) { spdlog::warn("{}", line); };
  options.fenced = [this] { queue_->post([this] { begin_stop(Exit::another_daemon); }); };
  auto sequencer = std::make_unique<sequencer::Sequencer>(std::move(options));
  const std::lock_guard lock(state_mutex_);
  sequencer_ = std::move(sequencer);
  if (stopping_) {
    sequencer_->interrupt();
  }
}

bool Daemon::start_feeds(std::int64_t epoch) {
  const config::Settings::Feeds feeds = settings().feeds;
  feeds_ = std::make_unique<FeedService>(
      FeedServiceOptions{database_->connection(kRuntimeRole, "feeds"),
                         {feeds_ledger_.get(), feeds.directory, feeds.price_jump_max, calendars_.book()},
                         sequencer_.get(),
                         epoch,
                         &tick_times_,
                         [this] { queue_->post([this] { begin_stop(Exit::another_daemon); }); }});
  if (const Result<bool> started = feeds_->start(); !started) {
    spdlog::error("can't load the feeds: {}", started.error().message);
    return false;
  }
  return true;
}

void Daemon::watch() {
  if (const std::optional<std::string> message = database_->watch()) {
    spdlog::warn("{}", *message);
  }
  if (++watches_ % kWatchesPerRenewal == 0) {
    for (const auto& lease : leases_) {
      const store::LeaseStatus status = lease->renew();
      if (status == store::LeaseStatus::lost) {
        spdlog::error("another daemon has taken over this ledger; stopping");
        queue_->post([this] { begin_stop(Exit::another_daemon); });
      } else if (status == store::LeaseStatus::unavailable) {
        spdlog::warn("the lease can't be renewed: the database can't be reached");
      }
    }
  }
  look_around();
  if (trading_) {
    trading_->refresh();
  }
  if (watches_ % kWatchesPerSplit == 0 && feeds_) {
    // One that is still at it takes the next look, too.
    static_cast<void>(maintenance_.post([this] { split_partitions(); }, 1));
  }
  if (feeds_ && watches_ % kWatchesPerArchive == 0) {
    if (const std::int64_t days = settings().archive.after_days; days > 0) {
      static_cast<void>(maintenance_.post([this, days] { archive_old(days); }, 2));
    }
  }
  if (const auto now = std::chrono::steady_clock::now(); now - heads_logged_ >= kHeadInterval) {
    log_heads();
    heads_logged_ = now;
  }
  watch_pending_ = false;
}

void Daemon::look_around() {
  std::array<bool, engine::kShardCount> ours{};
  std::size_t held = 0;
  for (const auto& lease : leases_) {
    for (const int shard : lease->shards()) {
      ours.at(static_cast<std::size_t>(shard)) = true;
      ++held;
    }
  }
  if (held == ours.size() || stopping_) {
    return;
  }
  const auto shards = leases_.front()->look_around();
  if (!shards) {
    looks_unheld_.fill(0);
    return;
  }
  std::vector<int> unheld;
  {
    const std::lock_guard lock(state_mutex_);
    for (const store::ShardState& state : *shards) {
      const auto index = static_cast<std::size_t>(state.shard);
      holders_.at(index) = state.held ? state.holder : "";
      looks_unheld_.at(index) = state.held || ours.at(index) ? 0 : looks_unheld_.at(index) + 1;
      if (looks_unheld_.at(index) >= kLooksBeforeTakingOver) {
        unheld.push_back(state.shard);
      }
    }
  }
  if (!unheld.empty()) {
    take_over(unheld);
  }
  // Users and their roles are changed at any of the daemons.
  if (const Result<bool> loaded = load_users(); !loaded) {
    spdlog::warn("the users can't be read again: {}", loaded.error().message);
  }
}

void Daemon::note_leases() {
  std::vector<int> shards;
  for (const auto& lease : leases_) {
    shards.insert(shards.end(), lease->shards().begin(), lease->shards().end());
  }
  std::sort(shards.begin(), shards.end());
  const std::lock_guard lock(state_mutex_);
  served_ = config::ranges_of(shards);
}

void Daemon::take_over(const std::vector<int>& shards) {
  auto lease = store::Lease::acquire(database_->connection(kRuntimeRole, "lease"), shards,
                                     holder_name(settings().socket.path), kLeaseValidity);
  if (!lease) {
    spdlog::info("shards {} are not taken over: {}", config::ranges_of(shards), lease.error().message);
    return;
  }
  leases_.push_back(std::move(lease).value());
  const std::int64_t epoch = leases_.back()->epoch();
  spdlog::warn("nobody serves shards {}: taking them over", config::ranges_of(shards));
  const bool with_feeds = std::find(shards.begin(), shards.end(), engine::kFeedShard) != shards.end();
  if (!sequencer_->adopt(shards, epoch) || (with_feeds && (!followed_->finish() || !start_feeds(epoch)))) {
    if (!stopping_) {
      queue_->post([this] { begin_stop(Exit::failed); });
    }
    return;
  }
  if (with_feeds) {
    queue_->post([this] { services_.feeds = feeds_.get(); });
  }
  note_leases();
  spdlog::info("serving shards {}, too: {} runs", config::ranges_of(shards), sequencer_->stats().runs);
}

void Daemon::split_partitions() {
  const Result<std::vector<std::string>> split = partitions_->split_full();
  if (!split) {
    spdlog::warn("{}", split.error().message);
    return;
  }
  for (const std::string& ledger : *split) {
    spdlog::debug("{} goes on in a new partition", ledger);
  }
}

void Daemon::archive_old(std::int64_t after_days) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  ArchiveRequest request;
  request.before = Time{std::chrono::duration_cast<std::chrono::microseconds>(now).count() -
                        after_days * 86'400 * kMicrosecondsPerSecond};
  request.partitions_max = kPartitionsPerArchive;
  if (const Result<nlohmann::json> archived = archivist_->archive(request, stopping_); !archived) {
    spdlog::warn("[archive] after_days: {}", archived.error().message);
  }
}

void Daemon::log_heads() {
  const Result<store::LedgerHead> head = store::read_ledger_head(database_->connection(kReadRole, "heads"));
  if (!head) {
    spdlog::warn("the ledger's head can't be read: {}", head.error().message);
    return;
  }
  spdlog::info("ledger head: {} runs, digest {}", head->runs, to_hex(head->digest));
  for (const std::string& line : head->running) {
    spdlog::info("{}", line);
  }
}

void Daemon::shut_down() {
  maintenance_.stop();
  if (followed_) {
    followed_->stop();
  }
  if (feeds_) {
    feeds_->stop();
  }
  if (sequencer_) {
    sequencer_->stop();
  }
  if (watch_service_) {
    watch_service_->stop();
  }
  FAILPOINT("stop.settled");
  if (sequencer_) {
    log_heads();
  }
  for (const auto& lease : leases_) {
    static_cast<void>(lease->release());
  }
  FAILPOINT("stop.lease_released");
  if (database_) {
    if (const std::optional<Error> error = database_->close()) {
      spdlog::error("{}", error->message);
    }
  }
}

}  // namespace tradingd
