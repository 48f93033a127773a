#pragma once
// Child programs of the embedded database: run to the end, or kept as a server. No shell, no inherited
// descriptor, environment or signal setting.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/base/result.h"

namespace tradingd::store {

struct Command {
  std::filesystem::path program;
  std::vector<std::string> arguments;  // without the program itself
  std::filesystem::path output;        // standard output and error are appended to this file
};

/// A running child in a session of its own, so that a terminal's Ctrl-C doesn't reach it.
///
/// The kernel sends it SIGINT when this process ends, in whatever way (PR_SET_PDEATHSIG). That signal is
/// tied to the *thread* that forked, so each child has a thread of its own, which forks and then waits
/// until the child has been reaped.
/// Used by one thread at a time. It waits for its own pid only and touches no SIGCHLD handler.
class ChildProcess {
 public:
  /// The error names the program and the operating system's reason, a failed exec included.
  static Result<std::unique_ptr<ChildProcess>> start(const Command& command);

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills (SIGKILL) and reaps a child that still runs.
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// False once it has ended and been reaped; doesn't block.
  [[nodiscard]] bool running();
  /// Waits for the end; false when it still runs at the deadline.
  [[nodiscard]] bool wait(std::chrono::milliseconds deadline);
  /// No effect on a child that has ended.
  void signal(int number);
  /// "exit status 1", "signal 9"; only for a child that has ended.
  [[nodiscard]] std::string how_it_ended() const;

 private:
  ChildProcess() = default;

  pid_t pid_ = -1;
  std::optional<int> wait_status_;
  std::promise<void> reaped_;
  std::thread parent_thread_;  // the child's parent in the eyes of the kernel
};

/// Runs a program to its end. The error names the program and how it ended.
[[nodiscard]] std::optional<Error> run_to_end(const Command& command, std::chrono::milliseconds deadline);

}  // namespace tradingd::store
