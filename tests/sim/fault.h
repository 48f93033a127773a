#pragma once
// What can go wrong in a simulation, as one table. A fault strikes a write (a batch, a start, the end of a run) or one
// of the ledger's other operations.

#include <array>
#include <cstdint>
#include <string_view>

namespace tradingd::sim {

/// Of a write.
enum class Fault : std::uint8_t {
  none,
  unavailable,     // nothing could be sent
  lost_absent,     // the session ended, the transaction with it
  lost_committed,  // committed, and the answer was lost
  late,            // the session ended, the statement is still under way: it may arrive before the read-back or after
  deadlock,        // 40P01
  serialization,   // 40001
  lock_timeout,    // 55P03
  statement_timeout,  // 57014
  shutdown,           // 57P01, as an answer
  disk_full,          // 53100
  no_permission,      // 42501
  read_only,          // 25006: the primary is a standby now
  poison,             // one run's rows are refused for good: 23514
  tampered,           // one run's state was changed by somebody else
  stopped_behind,     // one run was stopped by somebody else
  deleted_behind,     // one run was stopped and deleted by somebody else
  outage,             // everything is unavailable for a while
  crash_before,       // the daemon dies before the write is sent
  crash_after,        // … when it is committed and not yet answered
  takeover_before,    // another daemon takes over before the write is sent
  takeover_after,     // … when it is committed and not yet answered
  server_killed,      // PostgreSQL itself dies and comes back; layer B only
};
inline constexpr std::size_t kFaultCount = 23;

struct FaultInfo {
  Fault fault;
  std::string_view name;
  bool layer_a;
  bool layer_b;
  bool needs_run;  // strikes a run that is in the ledger, so never a start
};
inline constexpr std::array<FaultInfo, kFaultCount> kFaults{{
    {Fault::none, "none", true, true, false},
    {Fault::unavailable, "unavailable", true, true, false},
    {Fault::lost_absent, "lost_absent", true, true, false},
    {Fault::lost_committed, "lost_committed", true, true, false},
    {Fault::late, "late", true, false, false},
    {Fault::deadlock, "deadlock", true, true, true},
    {Fault::serialization, "serialization", true, true, false},
    {Fault::lock_timeout, "lock_timeout", true, true, false},
    {Fault::statement_timeout, "statement_timeout", true, true, false},
    {Fault::shutdown, "shutdown", true, false, false},
    {Fault::disk_full, "disk_full", true, true, false},
    {Fault::no_permission, "no_permission", true, true, false},
    {Fault::read_only, "read_only", true, true, false},
    {Fault::poison, "poison", true, true, true},
    {Fault::tampered, "tampered", true, true, true},
    {Fault::stopped_behind, "stopped_behind", true, true, true},
    {Fault::deleted_behind, "deleted_behind", true, true, true},
    {Fault::outage, "outage", true, true, false},
    {Fault::crash_before, "crash_before", true, true, false},
    {Fault::crash_after, "crash_after", true, true, false},
    {Fault::takeover_before, "takeover_before", true, true, false},
    {Fault::takeover_after, "takeover_after", true, true, false},
    {Fault::server_killed, "server_killed", false, true, false},
}};

/// The ledger's other operations, which can fail or be the daemon's last.
enum class Operation : std::uint8_t {
  read_back,
  allocate_run_id,
  load_runs,
  load_run,
  load_market,
  load_ticks,
  load_standing_orders,
  find_command,
  wait,
  reply,
};
inline constexpr std::size_t kOperationCount = 10;
inline constexpr std::array<std::string_view, kOperationCount> kOperations{
    "read_back",  "allocate_run_id",      "load_runs",    "load_run", "load_market",
    "load_ticks", "load_standing_orders", "find_command", "wait",     "reply"};

/// Thrown through the daemon's code when it dies: what unwinds is its memory.
struct Crash {};

}  // namespace tradingd::sim
