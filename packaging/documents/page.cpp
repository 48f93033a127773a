// Man pages: roff with lists from the tables.

#include <map>
#include <sstream>

#include "ctl/database.h"
#include "ctl/help.h"
#include "daemon/base/assert.h"
#include "daemon/config/settings_table.h"
#include "packaging/documents/documents.h"

namespace tradingd::documents {

namespace {

using protocol::ArgumentSpec;
using protocol::ArgumentType;
using protocol::CommandSpec;

/// Text as roff: nothing in it is taken for a request or an escape.
std::string roff(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\\') {
      result += "\\e";
    } else if (letter == '-') {
      result += "\\-";
    } else if ((letter == '.' || letter == '\'') && (result.empty() || result.back() == '\n')) {
      result.append("\\&").push_back(letter);
    } else {
      result.push_back(letter);
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

/// A paragraph with a hanging head.
std::string item(const std::string& head, std::string_view text) { return ".TP\n" + head + "\n" + roff(text) + "\n"; }

std::string_view type_name(ArgumentType type) {
  switch (type) {
    case ArgumentType::string:
      return "text";
    case ArgumentType::decimal:
      return "decimal";
    case ArgumentType::integer:
      return "integer";
    case ArgumentType::boolean:
      return "boolean";
    case ArgumentType::time:
      return "time";
    case ArgumentType::moment:
      return "moment";
    case ArgumentType::text:
      return "text of a file";
    case ArgumentType::rows:
      return "array of maps";
    case ArgumentType::cursor:
      return "cursor";
  }
  return "";
}

std::string_view role_name(protocol::Role role) {
  switch (role) {
    case protocol::Role::user:
      return "For users, on what is theirs.";
    case protocol::Role::operators:
      return "For yourself; operators and admins: for anyone.";
    case protocol::Role::any_user:
      return "For every user.";
    case protocol::Role::staff:
      return "For operators and admins.";
    case protocol::Role::admin:
      return "For admins.";
  }
  return "";
}

std::string option_head(const ArgumentSpec& argument) {
  if (argument.positional || argument.type == ArgumentType::rows) {
    return italic(argument.name);
  }
  std::string head = bold("--" + ctl::option_name(argument.name));
  if (argument.type == ArgumentType::boolean) {
    return head;
  }
  return head + " " + italic(argument.choices.empty() ? type_name(argument.type) : argument.choices);
}

/// The tool's commands, a subsection a noun. Arguments that all commands share are described once, by the template.
std::string command_list() {
  std::string text;
  std::string_view noun;
  for (const CommandSpec* command : ctl::commands()) {
    if (command->noun() != noun) {
      noun = command->noun();
      text += ".SS " + roff(noun) + "\n";
    }
    text += item(bold(ctl::usage_line(*command)), std::string(command->help) + ".");
    std::vector<ArgumentSpec> arguments(command->arguments.begin(), command->arguments.end());
    const auto own = ctl::own_options(command->method);
    arguments.insert(arguments.end(), own.begin(), own.end());
    if (arguments.empty()) {
      continue;
    }
    text += ".RS\n";
    for (const ArgumentSpec& argument : arguments) {
      text += item(option_head(argument), std::string(argument.help) + (argument.required ? " (required)" : ""));
    }
    text += ".RE\n";
  }
  return text;
}

/// tradectl db …, which is the tool's own.
std::string database_list() {
  std::string text = ".SS db\n";
  for (const ctl::DatabaseCommand& command : ctl::database_commands()) {
    const std::string argument = command.argument.empty() ? "" : " " + std::string(command.argument);
    text += item(bold("tradectl db " + std::string(command.verb) + argument + " [options]"),
                 std::string(command.help) + ".");
  }
  text += ".RS\n";
  for (const ctl::DatabaseOption& option : ctl::database_options()) {
    const std::string value = option.value.empty() ? "" : " " + italic(option.value);
    text += item(bold("--" + std::string(option.name)) + value, option.help);
  }
  return text + ".RE\n";
}

std::string argument_items(const std::vector<ArgumentSpec>& arguments) {
  std::string text;
  for (const ArgumentSpec& argument : arguments) {
    std::string kind(type_name(argument.type));
    kind += argument.choices.empty() ? "" : ": " + std::string(argument.choices);
    kind += argument.required ? "; required" : "";
    text += item(bold(argument.name) + " (" + roff(kind) + ")", argument.help);
  }
  return text;
}

std::string method_list() {
  std::string text;
  for (const CommandSpec& command : protocol::commands()) {
    std::string about = std::string(command.help) + ". " + std::string(role_name(command.role));
    about += command.mutating ? " Takes a request_id." : "";
    about += command.shape == protocol::ResultShape::list     ? " Answers with a list."
             : command.shape == protocol::ResultShape::stream ? " Notifies from then on: see Following a run."
                                                              : "";
    text += item(bold(command.method), about);
    if (!command.arguments.empty()) {
      text += ".RS\n" + argument_items({command.arguments.begin(), command.arguments.end()}) + ".RE\n";
    }
  }
  return text;
}

/// The arguments that no command's own list has, each once.
std::string shared_list() {
  std::map<std::string_view, ArgumentSpec> shared;
  for (const CommandSpec& command : protocol::commands()) {
    for (const ArgumentSpec& argument : shared_arguments(command)) {
      shared.emplace(argument.name, argument);
    }
  }
  std::vector<ArgumentSpec> arguments;
  for (const auto& [name, argument] : shared) {
    arguments.push_back(argument);
  }
  return argument_items(arguments);
}

std::string error_list() {
  using protocol::ErrorCode;
  std::string text;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    const std::string_view name = protocol::to_text(static_cast<ErrorCode>(code));
    text += item(bold(name), "tradectl exits with " + std::to_string(protocol::exit_status(name)) + ".");
  }
  return text;
}

std::string setting_list() {
  const config::Settings defaults =
      config::default_settings({"/etc/tradingd/tradingd.toml", "/run/tradingd/tradingd.sock", "/var/lib/tradingd"});
  std::string text;
  std::string_view section;
  for (const config::Setting& setting : config::settings_table()) {
    if (setting.section != section) {
      section = setting.section;
      text += ".SS [" + roff(section) + "]\n";
    }
    text += item(bold(setting.key) + " = " + roff(setting.show(defaults)),
                 std::string(setting.help) + (setting.reloadable ? " A reload applies a change." : ""));
  }
  return text;
}

std::string replaced(std::string text, std::string_view word, std::string_view by) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
  return text;
}

}  // namespace

std::vector<ArgumentSpec> all_arguments(const CommandSpec& command) {
  std::vector<ArgumentSpec> arguments(command.arguments.begin(), command.arguments.end());
  for (const ArgumentSpec& shared : shared_arguments(command)) {
    arguments.push_back(shared);
  }
  const auto own = ctl::own_options(command.method);
  arguments.insert(arguments.end(), own.begin(), own.end());
  return arguments;
}

std::string make_page(std::string_view page_template) {
  const std::map<std::string_view, std::string (*)()> lists{{"@COMMANDS@", command_list}, {"@DATABASE@", database_list},
                                                            {"@METHODS@", method_list},   {"@SHARED@", shared_list},
                                                            {"@ERRORS@", error_list},     {"@SETTINGS@", setting_list}};
  std::istringstream lines{std::string(page_template)};
  std::string page;
  for (std::string line; std::getline(lines, line);) {
    if (const auto list = lists.find(line); list != lists.end()) {
      page += list->second();
    } else {
      TD_ASSERT(!line.starts_with('@'));
      page += replaced(line, "@VERSION@", TD_VERSION) + "\n";
    }
  }
  return page;
}

}  // namespace tradingd::documents
