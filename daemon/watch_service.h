#pragma once
// Subscriptions to a run's rows. What a subscriber hears comes from the ledger, by a cursor: so nothing is left out
// or said twice, whenever he comes back, and who reads slowly only falls behind. Commits say when to look.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "daemon/admin/backend.h"
#include "daemon/base/ids.h"
#include "daemon/store/read_pool.h"
#include "daemon/worker.h"

namespace tradingd {

class WatchService {
 public:
  /// `reads` outlives it, and the connections of its subscribers end before it.
  explicit WatchService(store::ReadPool& reads) : reads_(reads) {}

  /// Carries out `watch`: answers, then sends "watch.rows" {run_id, topic, rows, next} as long as the run has or
  /// gets rows, and "watch.end" {run_id, topic, status, reason} when it is over. Any thread; `reply` is called later.
  void open(admin::Request request, admin::ReplyFunction reply);

  /// A run has new rows. Any thread; costs next to nothing while nobody listens to the run.
  void committed(RunKey run);
  /// Looks at every run that is listened to, whether or not a commit was heard of: to be called about every second,
  /// for what others write and for reads that failed. Any thread.
  void refresh();
  /// Sends no more. Idempotent.
  void stop() { worker_.stop(); }

  [[nodiscard]] std::size_t subscriptions() const { return count_; }

 private:
  struct Subscription;
  using Handle = std::shared_ptr<Subscription>;

  // The worker's thread.
  void begin(const admin::Request& request, const admin::ReplyFunction& reply);
  void look_at(RunKey run);
  void advance(const Handle& subscription);
  /// Whether there was something to send.
  [[nodiscard]] bool send_rows(const Handle& subscription, store::Page page);
  void remove(const Handle& subscription);
  void remove_dead();
  void post(Worker::Task task);

  store::ReadPool& reads_;
  std::map<RunKey, std::vector<Handle>> by_run_;  // the worker's

  std::mutex mutex_;
  std::set<RunKey> listened_;  // keys of by_run_
  std::set<RunKey> pending_;   // posted, and not yet looked at
  bool refreshing_ = false;
  int refreshes_ = 0;
  std::atomic<std::size_t> count_{0};

  Worker worker_{"watch"};  // last, so that its tasks end before what they use
};

}  // namespace tradingd
