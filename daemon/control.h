#pragma once
// Trading states and limits from outside of runs: stored first, which the ledger enforces at once, then made
// inputs of each run concerned. The control thread's.

#include <functional>
#include <mutex>
#include <string>

#include "daemon/admin/backend.h"
#include "daemon/sequencer/sequencer.h"
#include "daemon/store/catalog.h"

namespace tradingd {

class Control {
 public:
  /// Both outlive it.
  Control(store::Catalog& catalog, sequencer::Sequencer& sequencer) : catalog_(catalog), sequencer_(sequencer) {}

  /// The commands `halt` and `resume` for a user or for everybody, and for a run what was set for it in the database
  /// itself. `reply` is called when every run concerned has obeyed.
  void set_state(const admin::Request& request, const admin::ReplyFunction& reply);
  /// For `resume` of a run: lifts what was set for it in the database itself (halt --direct). nullopt: done.
  [[nodiscard]] std::optional<admin::Reply> lift(const admin::Request& request);
  void set_limits(const admin::Request& request, const admin::ReplyFunction& reply);

  /// Passes on what is new in the ledger, by whomever it was written; to be called about every second.
  void refresh();
  /// Everybody's state, for `status`. Any thread.
  [[nodiscard]] engine::StandingOrder everybody() const;

  /// Limits as an administrator writes them ("max_drawdown=0.2 max_open_orders=none"), applied to `now`.
  [[nodiscard]] static Result<engine::Limits> changed_limits(const engine::Limits& now, const std::string& text);

 private:
  /// Reads what is new and hands it to the pipelines; `done` is called when their runs have it.
  void publish(std::function<void(bool)> done);

  store::Catalog& catalog_;
  sequencer::Sequencer& sequencer_;
  std::int64_t revision_ = 0;
  mutable std::mutex mutex_;
  engine::StandingOrder everybody_;
};

/// Whether the command is about more than one run: `--all`, or `--user` without `--run`.
[[nodiscard]] bool is_beyond_run(const admin::Request& request);

}  // namespace tradingd
