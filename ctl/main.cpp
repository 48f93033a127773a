// tradectl: the command line of tradingd.

#include <csignal>
#include <cstdio>
#include <exception>

#include "ctl/arguments.h"
#include "ctl/client.h"
#include "ctl/database.h"
#include "ctl/output.h"
#include "ctl/run.h"

int main(int argc, char** argv) {
  namespace ctl = tradingd::ctl;
  // A closed pipe shows as EPIPE where it is written to.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  try {
    if (const auto status = ctl::run_database_command(argc, argv)) return *status;
    const auto parsed = ctl::parse_arguments(argc, argv);
    if (const auto* invocation = std::get_if<ctl::Invocation>(&parsed)) return ctl::run(*invocation);
    const auto& ending = std::get<ctl::Ending>(parsed);
    if (!ending.message.empty()) std::fprintf(stderr, "tradectl: %s\n", ending.message.c_str());
    ctl::StandardOutput().write(ending.output);
    return ending.exit_status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tradectl: %s\n", error.what());
    return ctl::kRefused;
  }
}
