// Completions of tradectl's command line. The scripts carry the command table as data: `words`, what may follow where;
// names that only the daemon knows are asked of it when they are wanted.

#include <set>
#include <sstream>

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

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

bool is_equity(const CommandSpec& command) { return command.method == "equity.list"; }

/// What bash and zsh look up: a key to the words that may stand there. "" has the nouns, "order" its verbs,
/// "order place" the options, "order place 0" the first positional argument, "order place --tif" an option's value.
/// A key of an option without a value is not there.
std::vector<std::pair<std::string, std::string>> word_table() {
  std::vector<std::pair<std::string, std::string>> table;
  std::vector<std::string> nouns;
  std::vector<std::string> verbs;
  const auto commands = protocol::commands();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const CommandSpec& command = commands[i];
    const std::string name = ctl::command_name(command);
    if (nouns.empty() || nouns.back() != command.noun()) {
      nouns.emplace_back(command.noun());
      verbs.clear();
    }
    if (!ctl::has_no_verb(command)) {
      verbs.emplace_back(command.verb());
    }
    const bool last_of_noun = i + 1 == commands.size() || commands[i + 1].noun() != command.noun();
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
      options += " --plot --width --height";
      table.insert(table.end(), {{name + " 0", "@run"}, {name + " --width", ""}, {name + " --height", ""}});
    }
    table.emplace_back(name + " options", options);
  }
  table.emplace_back("nouns", joined(nouns));
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

/// bash and zsh: asks the daemon; prints one name a line.
constexpr std::string_view kNamesFunction = R"script(
# Prints a column of a list of the daemon's, one name a line; nothing when it can't be had.
_tradectl_names() {
  local column=$1
  shift
  tradectl --csv "$@" 2>/dev/null | awk -F, -v column="$column" '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
    at { print $at }' | sort -u
}

# The words that an entry of the table stands for.
_tradectl_expand() {
  case $1 in
    @user) _tradectl_names name user list ;;
    @feed) _tradectl_names name feed list ;;
    @run) _tradectl_names run_id run list ;;
    @symbol) _tradectl_names symbol position list ;;
    *) printf '%s\n' $1 ;;
  esac
}
)script";

constexpr std::string_view kBash = R"script(
_tradectl() {
  local -A words=(
@TABLE@  )
  local current=${COMP_WORDS[COMP_CWORD]} noun='' command='' position=0 option='' word i values
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $option ]]; then # its value
      option=''
    elif [[ $word == -* ]]; then
      case $word in
        --socket | --user | --color) option=$word ;;
        *) [[ -n $command && -v words["$command $word"] ]] && option=$word ;;
      esac
    elif [[ -z $noun ]]; then
      noun=$word
      [[ -v words["$noun"] ]] || command=$noun
    elif [[ -z $command ]]; then
      command="$noun $word"
    else
      position=$((position + 1))
    fi
  done

  case $option in
    --socket) values=@file ;;
    --user) values=@user ;;
    --color) values='@COLORS@' ;;
    '')
      if [[ $current == -* ]]; then
        values=${words["$command options"]-@FLAGS@}
      elif [[ -n $command ]]; then
        values=${words["$command $position"]-}
      elif [[ -n $noun ]]; then
        values=${words["$noun"]-}
      else
        values=${words[nouns]}
      fi
      ;;
    *) values=${words["$command $option"]} ;;
  esac
  if [[ $values == @file ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ -n $values ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_tradectl_expand "$values")" -- "$current")
  fi
}
complete -F _tradectl tradectl
)script";

constexpr std::string_view kZsh = R"script(
_tradectl() {
  local -A table=(
@TABLE@  )
  local noun='' command='' option='' word values
  local -i position=0 i
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    if [[ -n $option ]]; then # its value
      option=''
    elif [[ $word == -* ]]; then
      case $word in
        --socket | --user | --color) option=$word ;;
        *) [[ -n $command ]] && (( ${+table[$command $word]} )) && option=$word ;;
      esac
    elif [[ -z $noun ]]; then
      noun=$word
      (( ${+table[$noun]} )) || command=$noun
    elif [[ -z $command ]]; then
      command="$noun $word"
    else
      (( position += 1 ))
    fi
  done

  case $option in
    --socket) values=@file ;;
    --user) values=@user ;;
    --color) values='@COLORS@' ;;
    '')
      if [[ ${words[CURRENT]} == -* ]]; then
        values=${table[$command options]:-@FLAGS@}
      elif [[ -n $command ]]; then
        values=${table[$command $position]}
      elif [[ -n $noun ]]; then
        values=${table[$noun]}
      else
        values=${table[nouns]}
      fi
      ;;
    *) values=${table[$command $option]} ;;
  esac
  if [[ $values == @file ]]; then
    _files
  elif [[ $values == @* ]]; then
    compadd -- ${(f)"$(_tradectl_expand "$values")"}
  elif [[ -n $values ]];
then compadd-- ${ = values} fi
}

_tradectl "$@"
)script";

constexpr std::string_view kFishHead = R"script(
# Prints a column of a list of the daemon's, one name a line; nothing when it can't be had.
function __tradectl_names
    set -l column $argv[1]
    tradectl --csv $argv[2..-1] 2>/dev/null | awk -F, -v column=$column '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i; next }
        at { print $at }' | sort -u
end

# Whether the command so far is this noun and verb; only the noun, without a verb yet; or nothing at all.
function __tradectl_at
    set -l words
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; or set -a words $word
    end
    if test (count $argv) -eq 0
        test (count $words) -eq 0
    else if test "$argv[-1]" = --verb
        test (count $words) -eq 1; and test "$words[1]" = $argv[1]
    else
        test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
    end
end

complete -c tradectl -f
complete -c tradectl -l socket -r -F -d 'The daemon\'s socket'
complete -c tradectl -l user -x -a '(__tradectl_names name user list)' -d 'Act for this user (admins)'
complete -c tradectl -l color -x -a '@COLORS@'
complete -c tradectl -l json -d 'One JSON document'
complete -c tradectl -l csv -d 'Comma-separated values'
complete -c tradectl -l wide -d 'Every column of a list'
complete -c tradectl -s h -l help -d 'Help, also of a command'
complete -c tradectl -l version -d 'The version'
)script";

std::string replaced(std::string text, std::string_view word, std::string_view by) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
  return text;
}

std::string filled(std::string_view script) {
  std::string text = replaced(std::string(script), "@TABLE@", shell_table());
  text = replaced(std::move(text), "@COLORS@", kColors);
  return replaced(std::move(text), "@FLAGS@", std::string(kFlags) + " " + std::string(kValueOptions));
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
                           : first == "@symbol" ? "(__tradectl_names symbol position list)"
                                                : joined(values);
  return list.empty() ? " -x" : " -x -a " + fish_quoted(list);
}

std::string fish_script() {
  std::string text(filled(kFishHead));
  std::set<std::string_view> nouns;
  for (const CommandSpec& command : protocol::commands()) {
    const bool has_verb = !ctl::has_no_verb(command);
    const std::string help = " -d " + fish_quoted(command.help) + "\n";
    if (nouns.insert(command.noun()).second) {
      text += "complete -c tradectl -n __tradectl_at -a " + std::string(command.noun()) + (has_verb ? "\n" : help);
    }
    if (has_verb) {
      text += "complete -c tradectl -n '__tradectl_at " + std::string(command.noun()) + " --verb' -a " +
              std::string(command.verb()) + help;
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
    if (is_equity(command)) {
      text += here + " -l plot -d 'Draw the curve'\n" + here + " -l width -x\n" + here + " -l height -x\n";
    }
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

std::string make_completion(std::string_view shell) {
  const std::string origin = "# Completion of tradectl, made from its table of commands.\n";
  if (shell == "bash") {
    return origin + std::string(kNamesFunction) + filled(kBash);
  }
  if (shell == "zsh") {
    return "#compdef tradectl\n" + origin + std::string(kNamesFunction) + filled(kZsh);
  }
  return shell == "fish" ? origin + fish_script() : "";
}

}  // namespace tradingd::documents
