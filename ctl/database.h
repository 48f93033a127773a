#pragma once
// tradectl db: the ledger's database for the people who keep it. It is made, looked at, saved and brought back by
// PostgreSQL's own programs and tradingd's; the daemon need not run.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tradingd::ctl {

/// For help, completion and the man page.
struct DatabaseCommand {
  std::string_view verb;
  std::string_view argument;  // "FILE"; empty: none
  std::string_view help;
  std::string_view example;
};
struct DatabaseOption {
  std::string_view name;
  std::string_view value;  // "DSN"; empty: a flag
  std::string_view help;
};
[[nodiscard]] std::span<const DatabaseCommand> database_commands();
[[nodiscard]] std::span<const DatabaseOption> database_options();

/// Carries the command line out if it is one of these; its exit status. nullopt: it isn't.
[[nodiscard]] std::optional<int> run_database_command(int argc, const char* const* argv);

}  // namespace tradingd::ctl
