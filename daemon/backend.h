#pragma once
// Carries out the protocol's commands: each goes to the room that can do it, and the answer goes back.

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/admin/backend.h"
#include "daemon/archivist.h"
#include "daemon/calendars.h"
#include "daemon/control.h"
#include "daemon/directory.h"
#include "daemon/doctor.h"
#include "daemon/feed_follower.h"
#include "daemon/feed_service.h"
#include "daemon/metrics.h"
#include "daemon/sequencer/sequencer.h"
#include "daemon/store/catalog.h"
#include "daemon/store/read_pool.h"
#include "daemon/watch_service.h"
#include "daemon/worker.h"

namespace tradingd {

/// What commands need, once the ledger is open. All of it outlives its use.
struct Services {
  sequencer::Sequencer* sequencer = nullptr;
  FeedService* feeds = nullptr;       // null: another daemon moves the feeds,
  FeedFollower* followed = nullptr;   // and this one follows them. Both are the loop thread's
  store::Catalog* catalog = nullptr;  // the control thread's
  Control* trading = nullptr;         // the control thread's
  store::ReadPool* reads = nullptr;
  store::ConnectionOptions verification;  // how a verification connects, which takes its time
  std::string sql_directory;
  WatchService* watch = nullptr;
  Archivist* archivist = nullptr;
};

class CommandBackend : public admin::Backend {
 public:
  struct Hooks {
    /// The daemon's part of `status`. Loop thread.
    std::function<nlohmann::json()> status;
    /// The daemon's part of `metrics`: all but the feeds. Loop thread.
    std::function<MetricsInput()> metrics;
    /// The daemon's part of `doctor`. Loop thread.
    std::function<DoctorInput()> doctor;
    /// Reads the configuration again; an error leaves everything as it was. Loop thread.
    std::function<Result<bool>()> reload;
    /// Why there are no services yet, for the answer UNAVAILABLE.
    std::function<std::string()> not_ready;
    /// Who serves a shard that is another daemon's.
    std::function<std::string(int shard)> holder_of;
    /// The calendars in use. Loop thread.
    std::function<std::shared_ptr<const market::CalendarBook>()> calendars;
  };

  /// `control` carries out what writes and is not a run's batch, in order.
  CommandBackend(Directory& directory, Worker& control, Hooks hooks);

  /// Loop thread. nullptr again before the services end.
  void set_services(const Services* services) {
    services_ = services;
    canceled_ = services == nullptr;
  }

  [[nodiscard]] std::optional<admin::User> find_user(std::int64_t uid) const override { return directory_.find(uid); }
  [[nodiscard]] std::optional<admin::User> find_user(std::string_view name) const override {
    return directory_.find(name);
  }
  [[nodiscard]] bool knows_users() const override { return directory_.loaded(); }
  void record_refusal(admin::Refusal refusal) override;
  void handle(admin::Request request, admin::ReplyFunction reply) override;

 private:
  using Handler = void (CommandBackend::*)(admin::Request, admin::ReplyFunction);
  struct Route;
  static const Route* find_route(std::string_view method);

  void status(admin::Request request, admin::ReplyFunction reply);
  void metrics(admin::Request request, admin::ReplyFunction reply);
  void doctor(admin::Request request, admin::ReplyFunction reply);
  void reload(admin::Request request, admin::ReplyFunction reply);
  void show_calendars(admin::Request request, admin::ReplyFunction reply);
  void add_user(admin::Request request, admin::ReplyFunction reply);
  void set_limits(admin::Request request, admin::ReplyFunction reply);
  void set_trading_state(admin::Request request, admin::ReplyFunction reply);
  void to_feeds(admin::Request request, admin::ReplyFunction reply);
  void to_run(admin::Request request, admin::ReplyFunction reply);
  [[nodiscard]] admin::ReplyFunction with_whole_order(const admin::Request& request, admin::ReplyFunction reply);
  void start_run(admin::Request request, admin::ReplyFunction reply);
  void delete_run(admin::Request request, admin::ReplyFunction reply);
  void read(admin::Request request, admin::ReplyFunction reply);
  void run_schedule(admin::Request request, admin::ReplyFunction reply);
  void archive(admin::Request request, admin::ReplyFunction reply);
  void verify(admin::Request request, admin::ReplyFunction reply);
  void watch(admin::Request request, admin::ReplyFunction reply);
  void read_later(admin::ReplyFunction reply, std::function<admin::Reply()> task);
  void control(admin::ReplyFunction reply, std::function<admin::Reply()> task);

  Directory& directory_;
  Worker& control_;
  bool alternate_ = false;
  Hooks hooks_;
  const Services* services_ = nullptr;
  std::atomic<bool> canceled_{false};  // what takes long gives up

  // Last, so that their tasks end before what they use.
  Worker reads_{"reads"};
  Worker more_reads_{"reads"};
  Worker verifications_{"verify"};
  Worker archiving_{"archive"};
};

}  // namespace tradingd
