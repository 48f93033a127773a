// Completions of tradectl's command line. The scripts carry the command table as data: `words`, what may follow where;
// names that only the daemon knows are asked of it when they are wanted.

#include <set>
#include <sstream>

#include "ctl/database.h"
#include "ctl/help.h"
#include "packaging/documents/documents.h"

namespace tradingd::documents {

namespace {

using protocol::ArgumentSpec;
using protocol::ArgumentType;
using protocol::CommandSpec;

constexpr std::string_view kFlags = "--help --version --json --csv --wide";
constexpr std::string_view kValueOptions = "--socket --user --color";
constexpr std::string_view kColors = "auto always never";
constexpr int kTopics = 4;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

bool is_equity(const CommandSpec& command) { return command.method == "equity.list"; }

using WordTable = std::vector<std::pair<std::string, std::string>>;

/// tradectl db …, which is the tool's own.
void add_database(WordTable& table) {
  std::string verbs;
  std::string options = std::string(kFlags) + " " + std::string(kValueOptions);
  for (const ctl::DatabaseOption& option : ctl::database_options()) {
    options += " --" + std::string(option.name);
  }
  for (const ctl::DatabaseCommand& command : ctl::database_commands()) {
    const std::string name = "db " + std::string(command.verb);
    verbs += (verbs.empty() ? "" : " ") + std::string(command.verb);
    for (const ctl::DatabaseOption& option : ctl::database_options()) {
      if (!option.value.empty()) {
        table.emplace_back(name + " --" + std::string(option.name), "");
      }
    }
    if (!command.argument.empty()) {
      table.emplace_back(name + " 0", "@file");
    }
    table.emplace_back(name + " options", options);
  }
  table.emplace_back("db", verbs);
}

/// What bash and zsh look up: a key to the words that may stand there. "" has the nouns, "order" its verbs,
/// "order place" the options, "order place 0" the first positional argument, "order place --tif" an option's value.
/// A key of an option without a value is not there.
WordTable word_table() {
  WordTable table;
  std::vector<std::string> nouns;
  std::vector<std::string> verbs;
  const auto& commands = ctl::commands();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const CommandSpec& command = *commands[i];
    const std::string name = ctl::command_name(command);
    if (nouns.empty() || nouns.back() != command.noun()) {
      nouns.emplace_back(command.noun());
      verbs.clear();
    }
    if (!ctl::has_no_verb(command)) {
      verbs.push_back(ctl::option_name(command.verb()));
    }
    const bool last_of_noun = i + 1 == commands.size() || commands[i + 1]->noun() != command.noun();
    if (last_of_noun && !verbs.empty()) {
      table.emplace_back(nouns.back(), joined(verbs));
    }
    std::string options = std::string(kFlags) + " " + std::string(kValueOptions);
    int position = 0;
    for (const ArgumentSpec& argument : all_arguments(command)) {
      const std::string option = "--" + ctl::option_name(argument.name);
      const std::string values = joined(values_of(command, argument));
      if (argument.type == ArgumentType::rows || argument.name == "user") {
        continue;
      }
      if (argument.positional) {
        table.emplace_back(name + " " + std::to_string(position++), values);
        continue;
      }
      options += " " + option;
      if (argument.type != ArgumentType::boolean) {
        table.emplace_back(name + " " + option, values);
      }
    }
    if (is_equity(command)) {
      table.emplace_back(name + " 0", "@run");
    }
    while (command.method == "watch" && position < kTopics) {  // one after the other
      table.emplace_back(name + " " + std::to_string(position++),
                         joined(values_of(command, command.arguments.front())));
    }
    table.emplace_back(name + " options", options);
  }
  add_database(table);
  table.emplace_back("nouns", joined(nouns) + " db");
  return table;
}

/// `word_table` as an associative array of bash or zsh.
std::string shell_table() {
  std::string text;
  for (const auto& [key, words] : word_table()) {
    text.append("    ['").append(key).append("']='").append(words).append("'\n");
  }
  return text;
}

std::string replaced(std::string text, std::string_view word, std::string_view by) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
  return text;
}

std::string fish_quoted(std::string_view text) {
  return "'" + replaced(replaced(std::string(text), "\\", "\\\\"), "'", "\\'") + "'";
}

/// fish: where an argument's values come from, as arguments of `complete`.
std::string fish_values(const std::vector<std::string>& values) {
  const std::string first = values.empty() ? "" : values.front();
  if (first == "@file") {
    return " -r -F";
  }
  const std::string list = first == "@user"     ? "(__tradectl_names name user list)"
                           : first == "@feed"   ? "(__tradectl_names name feed list)"
                           : first == "@run"    ? "(__tradectl_names run_id run list)"
                           : first == "@symbol" ? "(__tradectl_symbols)"
                                                : joined(values);
  return list.empty() ? " -x" : " -x -a " + fish_quoted(list);
}

/// The commands, as calls of fish's `complete`.
std::string fish_commands() {
  std::string text;
  std::set<std::string_view> nouns;
  for (const CommandSpec* one : ctl::commands()) {
    const CommandSpec& command = *one;
    const bool has_verb = !ctl::has_no_verb(command);
    const std::string help = " -d " + fish_quoted(command.help) + "\n";
    if (nouns.insert(command.noun()).second) {
      text += "complete -c tradectl -n __tradectl_at -a " + std::string(command.noun()) + (has_verb ? "\n" : help);
    }
    if (has_verb) {
      text += "complete -c tradectl -n '__tradectl_at " + std::string(command.noun()) + " --verb' -a " +
              ctl::option_name(command.verb()) + help;
    }
    const std::string here = "complete -c tradectl -n '__tradectl_at " + ctl::command_name(command) + "'";
    for (const ArgumentSpec& argument : all_arguments(command)) {
      const std::vector<std::string> values = values_of(command, argument);
      if (argument.positional && !values.empty()) {
        text += here + fish_values(values) + "\n";
      } else if (!argument.positional && argument.type != ArgumentType::rows && argument.name != "user") {
        text += here + " -l " + ctl::option_name(argument.name) +
                (argument.type == ArgumentType::boolean ? "" : fish_values(values)) + " -d " +
                fish_quoted(argument.help) + "\n";
      }
    }
  }
  text += "complete -c tradectl -n __tradectl_at -a db\n";
  for (const ctl::DatabaseCommand& command : ctl::database_commands()) {
    text += "complete -c tradectl -n '__tradectl_at db --verb' -a " + std::string(command.verb) + " -d " +
            fish_quoted(command.help) + "\n";
    if (!command.argument.empty()) {
      text += "complete -c tradectl -n '__tradectl_at db " + std::string(command.verb) + "' -r -F\n";
    }
  }
  for (const ctl::DatabaseOption& option : ctl::database_options()) {
    text += "complete -c tradectl -n '__tradectl_at db' -l " + std::string(option.name) +
            (option.value.empty() ? "" : " -x") + " -d " + fish_quoted(option.help) + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> values_of(const CommandSpec& command, const ArgumentSpec& argument) {
  if (!argument.choices.empty()) {
    std::vector<std::string> words;
    std::istringstream choices{std::string(argument.choices)};
    for (std::string word; std::getline(choices, word, '|');) {
      words.push_back(word);
    }
    return words;
  }
  if (argument.type == ArgumentType::text) {
    return {"@file"};
  }
  const bool names_new = command.verb() == "add" || command.verb() == "start";
  if (argument.name == "name" && !names_new) {
    return {"@" + std::string(command.noun())};
  }
  for (const std::string_view known : {"user", "feed", "run", "symbol"}) {
    if (argument.name == known && !(names_new && known == "symbol")) {
      return {"@" + std::string(known)};
    }
  }
  return {};
}

std::string make_completion(std::string_view script_template, std::string_view names) {
  std::string text(script_template);
  text = replaced(std::move(text), "@NAMES@\n", names);
  text = replaced(std::move(text), "@TABLE@", shell_table());
  text = replaced(std::move(text), "@COMMANDS@\n", fish_commands());
  text = replaced(std::move(text), "@COLORS@", kColors);
  return replaced(std::move(text), "@FLAGS@", std::string(kFlags) + " " + std::string(kValueOptions));
}

}  // namespace tradingd::documents
