#include "ctl/database.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "ctl/client.h"
#include "ctl/database_work.h"
#include "ctl/output.h"
#include "daemon/protocol/suggest.h"

namespace tradingd::ctl {

namespace {

constexpr std::array kCommands{
    DatabaseCommand{"init", "", "Make the ledger's database, roles and schema, or bring them up to date",
                    "sudo -u postgres tradectl db init --dsn 'host=/run/postgresql dbname=tradingd'"},
    DatabaseCommand{"status", "", "Show whether the ledger's database is ready, and what it holds",
                    "tradectl db status"},
    DatabaseCommand{"backup", "FILE", "Save the whole ledger, as it is at this moment, while the daemon goes on",
                    "tradectl db backup ledger.dump"},
    DatabaseCommand{"restore", "FILE", "Bring a saved ledger back, into a database that holds none",
                    "sudo -u postgres tradectl db restore ledger.dump --dsn 'host=/run/postgresql dbname=restored'"},
};
constexpr std::array kOptions{
    DatabaseOption{"dsn", "DSN", "the database; default: DB_DSN, else what the daemon's settings name"},
    DatabaseOption{"role", "NAME", "init, restore: the role that the daemon connects as (default tradingd)"},
    DatabaseOption{"print", "", "init: print the SQL that a superuser of the server would run, and change nothing"},
};

std::string help() {
  std::string text = "The ledger's database, for those who keep it.\n\nExamples:\n";
  for (const DatabaseCommand& command : kCommands) text += "  " + std::string(command.example) + "\n";
  text += "\nCommands:\n";
  const auto line = [&](std::string head, std::string_view about) {
    head.resize(std::max<std::size_t>(head.size() + 2, 22), ' ');
    text += "  " + head + std::string(about) + "\n";
  };
  for (const DatabaseCommand& command : kCommands) {
    line("db " + std::string(command.verb) + (command.argument.empty() ? "" : " " + std::string(command.argument)),
         command.help);
  }
  text += "\nOptions:\n";
  for (const DatabaseOption& option : kOptions) {
    line("--" + std::string(option.name) + (option.value.empty() ? "" : " " + std::string(option.value)), option.help);
  }
  line("--json, --csv", "status: for programs");
  return text +
         "\nThey run psql, pg_dump and pg_restore, of the package postgresql-client. A password belongs into a file: "
         "passfile=… in the DSN,\nor ~/.pgpass.\n";
}

int fail(const CallFailure& failure) {
  std::string message = failure.message;
  while (message.ends_with('\n')) message.pop_back();
  std::fprintf(stderr, "tradectl: %s\n", message.c_str());
  return failure.exit_status;
}

int usage_error(const std::string& what) { return fail({kUsage, what + "\nMore: tradectl db --help", {}}); }

/// Reads the words; an exit status ends the program.
std::optional<int> parse(int argc, const char* const* argv, DatabaseWork& options) {
  CLI::App app;
  app.set_help_flag();
  bool help_wanted = false;
  app.add_flag("-h,--help", help_wanted);
  app.add_option("--dsn", options.dsn);
  app.add_option("--role", options.role);
  app.add_option("--socket", options.socket);
  app.add_option("--color", options.color);
  app.add_flag("--print", options.print);
  app.add_flag("--json", options.json_output);
  app.add_flag("--csv", options.csv);
  std::vector<std::string> words;
  app.add_option("words", words);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  if (help_wanted || words.size() < 2) {
    if (help_wanted) StandardOutput().write(help());
    return help_wanted ? kDone : usage_error("say what to do with 'db': init, status, backup or restore");
  }
  options.verb = words[1];
  const auto command =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& each) { return each.verb == options.verb; });
  if (command == kCommands.end()) {
    std::vector<std::string_view> known;
    known.reserve(kCommands.size());
    for (const DatabaseCommand& each : kCommands) known.push_back(each.verb);
    return usage_error("there is no command 'db " + options.verb + "'" + protocol::did_you_mean(options.verb, known));
  }
  const std::size_t wanted = command->argument.empty() ? 2 : 3;
  if (words.size() < wanted) return usage_error("db " + options.verb + " needs a FILE");
  if (words.size() > wanted) return usage_error("there is one argument too many: '" + words[wanted] + "'");
  if (wanted == 3) options.file = words[2];
  return std::nullopt;
}

}  // namespace

std::span<const DatabaseCommand> database_commands() { return kCommands; }
std::span<const DatabaseOption> database_options() { return kOptions; }

std::optional<int> run_database_command(int argc, const char* const* argv) {
  int noun = 1;
  while (noun < argc && argv[noun][0] == '-') {
    const std::string_view option = argv[noun];
    noun += option == "--socket" || option == "--user" || option == "--color" || option == "--dsn" ? 2 : 1;
  }
  if (noun >= argc || std::string_view(argv[noun]) != "db") return std::nullopt;
  DatabaseWork options;
  if (const std::optional<int> ending = parse(argc, argv, options)) return ending;
  const Result<int, CallFailure> outcome = carry_out(std::move(options));
  return outcome ? *outcome : fail(outcome.error());
}

}  // namespace tradingd::ctl
