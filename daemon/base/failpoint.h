#pragma once
// Named places where a test can make the process die, hang or throw. They exist only in builds with
// TD_FAILPOINTS; in a release build the macros are empty.
//
// The environment arms them: TRADINGD_FAILPOINTS="pipeline.before_apply=kill:3,start.ready=hang"
// does it at the third hit of the first and at the first hit of the second. Actions: kill (SIGKILL to
// itself), abort, throw (std::runtime_error), hang (until killed). "list" prints all places and ends the
// process; "count" tells at its end how often each was hit.

#ifdef TD_FAILPOINTS

#include <algorithm>
#include <array>
#include <string_view>

namespace tradingd {

/// Every place there is. tests/faults/crash kills at each of them, and fails if one isn't reached.
inline constexpr std::array<std::string_view, 41> kFailpoints{
    // Start, in this order.
    "start.config_parsed",
    "start.identity_taken",
    "start.socket_bound",
    "start.database_connected",
    "start.schema_checked",
    "start.database_open",
    "start.lease_taken",
    "recover.caught_up_some",
    "start.recovered",
    "start.ready",
    "cluster.before_rename",  // of the embedded cluster, when it is new
    // A tick: the feed reads and stores it, a pipeline steps the runs and commits.
    "tick.timer_fired",
    "tick.bar_read",
    "tick.bar_accepted",
    "feed.stored",
    "tick.before_step",
    "tick.decided",
    "tick.gathered",
    "pipeline.before_apply",
    "ledger.applied",
    "pipeline.after_apply",
    "pipeline.before_read_back",
    // A command.
    "command.frame_complete",
    "command.identity_checked",
    "command.request_new",
    "command.stepped",
    "command.before_reply",
    "command.reply_half_written",
    "ledger.run_created",
    "start.committed",  // of a run
    // A partition that goes to the archive.
    "archive.rows_durable",
    "archive.files_durable",
    "archive.removed",
    // Reload and stop.
    "reload.parsed",
    "reload.validated",
    "reload.swapped",
    "stop.signalled",
    "stop.no_new_work",
    "stop.settled",
    "stop.lease_released",
    "stop.socket_unlinked",
};

consteval bool is_failpoint(std::string_view name) {
  return std::find(kFailpoints.begin(), kFailpoints.end(), name) != kFailpoints.end();
}

/// Counts a hit of `name` and carries out what is armed for it. Thread-safe. An environment variable
/// that can't be read, or names no known place or action, ends the process with a message.
void failpoint_hit(const char* name);

/// In two parts, for a place in the middle of something: whether this hit is the armed one, and its action.
[[nodiscard]] bool failpoint_due(const char* name);
void failpoint_act(const char* name);

}  // namespace tradingd

#define FAILPOINT(name)                                                              \
  do {                                                                               \
    static_assert(::tradingd::is_failpoint(name), "a place must be in kFailpoints"); \
    ::tradingd::failpoint_hit(name);                                                 \
  } while (false)
/// Does `statement` first when the place is due.
#define FAILPOINT_AFTER(name, statement)                                             \
  do {                                                                               \
    static_assert(::tradingd::is_failpoint(name), "a place must be in kFailpoints"); \
    if (::tradingd::failpoint_due(name)) {                                           \
      statement;                                                                     \
      ::tradingd::failpoint_act(name);                                               \
    }                                                                                \
  } while (false)
#else
#define FAILPOINT(name) static_cast<void>(0)
#define FAILPOINT_AFTER(name, statement) static_cast<void>(0)
#endif
