#include "ctl/help.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "ctl/database.h"
#include "daemon/protocol/suggest.h"

namespace tradingd::ctl {

namespace {

using protocol::ArgumentSpec;
using protocol::ArgumentType;
using protocol::CommandSpec;

constexpr std::size_t kHelpColumn = 34;

constexpr std::string_view kExamples[] = {
    "tradectl status",
    "tradectl run start --feed us --strategy sip.toml --initial-cash 100000",
    "tradectl order place buy 10 AAPL --limit 150.25",
    "tradectl position list",
    "tradectl equity --plot",
};

constexpr std::string_view kOptions =
    "Options, before or after the command:\n"
    "  --socket PATH                   the daemon's socket (default: BASE_URL=unix:///PATH, else the user's\n"
    "                                  own daemon, else /run/tradingd/tradingd.sock)\n"
    "  --user NAME                     act for this user (admins)\n"
    "  --json                          one JSON document; keys are the ledger's column names\n"
    "  --csv                           comma-separated values with a header\n"
    "  --wide                          every column of a list, however narrow the terminal\n"
    "  --color auto|always|never       colours (default: on a terminal, unless NO_COLOR is set)\n"
    "  -h, --help                      help, also of a command: tradectl order place --help\n"
    "  --version                       the tool's version\n";

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return result;
}

std::string placeholder(const ArgumentSpec& spec) {
  if (!spec.choices.empty()) return std::string(spec.choices);
  switch (spec.type) {
    case ArgumentType::decimal:
    case ArgumentType::integer:
      return "N";
    case ArgumentType::time:
      return "TIME";
    case ArgumentType::moment:
      return "WHEN";
    case ArgumentType::text:
      return "FILE";
    case ArgumentType::cursor:
      return "CURSOR";
    case ArgumentType::string:
    case ArgumentType::boolean:
    case ArgumentType::rows:
      break;
  }
  return "TEXT";
}

std::string line(std::string head, std::string_view help) {
  head = "  " + head;
  if (head.size() >= kHelpColumn) return head + "\n" + std::string(kHelpColumn, ' ') + std::string(help) + "\n";
  head.resize(kHelpColumn, ' ');
  return head + std::string(help) + "\n";
}

std::string option_line(const ArgumentSpec& spec) {
  const std::string flag = "--" + option_name(spec.name);
  std::string help(spec.help);
  if (spec.type == ArgumentType::text) help += "; '-' reads standard input";
  if (spec.required) help += " (required)";
  return line(spec.type == ArgumentType::boolean ? flag : flag + " " + placeholder(spec), help);
}

std::string positionals(const CommandSpec& command) {
  std::string text;
  for (const ArgumentSpec& spec : command.arguments) {
    if (spec.type == ArgumentType::rows) text += " < ROWS.csv";
    if (!spec.positional) continue;
    const std::string name = spec.choices.empty() ? upper(spec.name) : std::string(spec.choices);
    text += spec.required ? " " + name : " [" + name + (command.method == "watch" ? " …]" : "]");
  }
  if (command.method == "equity.list") text += " [RUN …]";
  return text;
}

}  // namespace

std::string option_name(std::string_view wire_key) {
  std::string name(wire_key);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string command_name(const CommandSpec& command) {
  std::string name(command.noun());
  if (!has_no_verb(command)) name += " " + option_name(command.verb());
  return name;
}

std::string usage_line(const CommandSpec& command) {
  return "tradectl " + command_name(command) + positionals(command) + " [options]";
}

std::string command_help(const CommandSpec& command) {
  std::string text = std::string(command.help) + ".\n\nExample:\n  " + std::string(command.example) +
                     "\n\nUsage: " + usage_line(command) + "\n";
  std::string arguments;
  std::string options;
  for (const ArgumentSpec& spec : command.arguments) {
    if (spec.type == ArgumentType::rows)
      arguments += line("standard input", spec.help);
    else if (spec.positional)
      arguments += line(upper(spec.name), spec.help);
    else
      options += option_line(spec);
  }
  for (const ArgumentSpec& spec : shared_arguments(command)) {
    if (spec.name != "user") options += option_line(spec);
  }
  if (command.shape == protocol::ResultShape::list) {
    options += line("--sort COLUMN", "in the order of this column; -COLUMN: the largest first (up to 100,000 rows)");
  }
  for (const ArgumentSpec& spec : own_options(command.method)) options += option_line(spec);
  if (!arguments.empty()) text += "\nArguments:\n" + arguments;
  if (!options.empty()) text += "\nOptions:\n" + options;
  return text + "\n" + std::string(kOptions);
}

std::string noun_help(std::string_view noun) {
  std::string text;
  std::string examples;
  for (const CommandSpec* command : commands()) {
    if (command->noun() != noun) continue;
    text += line(command_name(*command) + positionals(*command), command->help);
    examples += "  " + std::string(command->example) + "\n";
  }
  return "Examples:\n" + examples + "\nCommands:\n" + text + "\n" + std::string(kOptions);
}

std::string general_help() {
  std::string text = "tradectl talks to tradingd, the paper-trading daemon.\n\nExamples:\n";
  for (const std::string_view example : kExamples) text += "  " + std::string(example) + "\n";
  text += "\nUsage: tradectl [options] NOUN VERB [arguments]\n\nCommands:\n";
  for (const CommandSpec* command : commands()) {
    text += line(command_name(*command) + positionals(*command), command->help);
  }
  for (const DatabaseCommand& command : database_commands()) {
    const std::string argument = command.argument.empty() ? "" : " " + std::string(command.argument);
    text += line("db " + std::string(command.verb) + argument, command.help);
  }
  return text + "\n" + std::string(kOptions) +
         "\nExit status: 0 done, 1 refused by a rule, 2 wrong usage, 3 daemon unreachable, 4 not permitted.\n";
}

}  // namespace tradingd::ctl
