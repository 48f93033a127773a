#include "ctl/arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "ctl/client.h"
#include "ctl/help.h"
#include "daemon/protocol/frame.h"
#include "daemon/protocol/suggest.h"
#include "daemon/protocol/validate.h"

namespace tradingd::ctl {

namespace {

using protocol::ArgumentSpec;
using protocol::ArgumentType;
using protocol::CommandSpec;

constexpr std::size_t kTextBytesMax = protocol::kRequestBytesMax - 4096;  // leaves room for the rest of the request
constexpr std::int64_t kPlotSizeMin = 10;
constexpr std::int64_t kPlotSizeMax = 1000;
constexpr int kSeveralMax = 1000;

/// Hides a negative number from CLI11, which would take it for an option.
constexpr char kMask = '\x1f';

bool is_negative_number(std::string_view text) {
  return text.size() > 1 && text[0] == '-' &&
         (std::isdigit(static_cast<unsigned char>(text[1])) != 0 || text[1] == '.');
}

std::string unmasked(const std::string& text) { return !text.empty() && text.front() == kMask ? text.substr(1) : text; }

/// An argument of the table with what the command line gave for it.
struct Slot {
  ArgumentSpec spec;
  CLI::Option* option = nullptr;
  std::string value;
  bool flag = false;
  bool own = false;  // the tool's, not the daemon's
};

/// A command of the table with its part of the CLI11 tree.
struct Leaf {
  const CommandSpec* command = nullptr;
  CLI::App* app = nullptr;
  std::deque<Slot> slots;            // CLI11 keeps addresses of their values
  std::vector<std::string> several;  // options beside them
};

struct Parser {
  CLI::App root;
  std::map<std::string, CLI::App*> nouns;
  std::deque<Leaf> leaves;
  Invocation invocation;
  std::string socket;
  std::string user;
  std::vector<std::string> runs;
  std::vector<std::string> topics;
  bool version = false;
  bool help = false;

  explicit Parser(const std::vector<std::string>& words);
  void add_leaf(const CommandSpec& command);
  std::variant<Invocation, Ending> parse(std::vector<std::string> words);
  std::variant<Invocation, Ending> conclude();
  std::variant<Invocation, Ending> collect(Leaf& leaf);
  std::optional<Ending> take(Leaf& leaf, Slot& slot);
  std::optional<Ending> take_runs(const CommandSpec& command);
  std::optional<Ending> take_topics(const CommandSpec& command);
  std::optional<Ending> check(const CommandSpec& command) const;
  Leaf* chosen();
};

Ending usage_error(const std::string& what, const std::string& hint) { return Ending{kUsage, "", what + "\n" + hint}; }

Ending usage_error(const CommandSpec& command, const std::string& what) {
  return usage_error(what, "Usage: " + usage_line(command) + "\nMore: tradectl " + command_name(command) + " --help");
}

std::optional<std::int64_t> read_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A file's content; '-' is standard input.
Result<std::string> read_text(const std::string& name) {
  std::string content;
  if (name == "-") {
    content.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(name, std::ios::binary);
    if (!file) return Error{"can't read '" + name + "': " + std::strerror(errno)};
    content.assign(std::istreambuf_iterator<char>(file), {});
    if (file.bad()) return Error{"can't read '" + name + "': is it a file?"};
  }
  if (content.size() > kTextBytesMax) {
    return Error{"'" + name + "' has " + std::to_string(content.size()) + " bytes, more than the " +
                 std::to_string(kTextBytesMax) + " that the daemon takes"};
  }
  return content;
}

/// Whether the tool may be given a name instead of the number: of a run, or of an order.
bool may_be_name(const ArgumentSpec& spec) {
  return spec.type == ArgumentType::integer && (spec.name == "run" || spec.name == "order_id" || spec.name == "oco");
}

/// What of a command can be given several times, which the daemon takes once a call.
struct Several {
  std::string_view method;
  std::string_view argument;
  bool positional = false;
};
constexpr Several kSeveral[] = {{"equity.list", "run", true}, {"watch", "topic", true}, {"watch", "run", false}};

const Several* several_of(const CommandSpec& command, const ArgumentSpec& spec) {
  const auto* const found = std::find_if(std::begin(kSeveral), std::end(kSeveral), [&](const Several& one) {
    return one.method == command.method && one.argument == spec.name;
  });
  return found == std::end(kSeveral) ? nullptr : found;
}

constexpr std::string_view kDefaultTopic = "events";

Parser::Parser(const std::vector<std::string>& words) {
  // Help is our own: made from the table, examples first.
  root.set_help_flag();
  root.add_flag("-h,--help", help);
  root.add_flag("--version", version);
  root.add_option("--socket", socket);
  root.add_option("--user", user);
  root.add_flag("--json", invocation.json);
  root.add_flag("--csv", invocation.csv);
  root.add_flag("--wide", invocation.wide);
  root.add_option("--color", invocation.color);
  root.add_option("--sort", invocation.sort);
  root.allow_extras();
  root.require_subcommand(0, 1);
  // Only what can be meant: the whole tree costs more than a call to the daemon.
  for (const CommandSpec* command : commands()) {
    if (std::find(words.begin(), words.end(), command->noun()) != words.end()) add_leaf(*command);
  }
}

void Parser::add_leaf(const CommandSpec& command) {
  const std::string noun(command.noun());
  CLI::App*& parent = nouns[noun];
  if (parent == nullptr) {
    parent = root.add_subcommand(noun)->fallthrough()->require_subcommand(0, 1);
    parent->set_help_flag();
  }
  Leaf& leaf = leaves.emplace_back();
  leaf.command = &command;
  leaf.app = parent;
  if (!has_no_verb(command)) {
    leaf.app = parent->add_subcommand(option_name(command.verb()))->fallthrough();
    leaf.app->set_help_flag();
  }
  std::vector<ArgumentSpec> specs(command.arguments.begin(), command.arguments.end());
  for (const ArgumentSpec& shared : shared_arguments(command)) specs.push_back(shared);
  const auto own = own_options(command.method);
  const std::size_t sent = specs.size();
  specs.insert(specs.end(), own.begin(), own.end());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const ArgumentSpec& spec = specs[i];
    if (spec.type == ArgumentType::rows || spec.name == "user") continue;
    if (const Several* several = several_of(command, spec)) {
      const std::string name = "--" + std::string(spec.name);
      CLI::Option* option = leaf.app->add_option(several->positional ? name + "," + std::string(spec.name) : name,
                                                 spec.name == "topic" ? topics : runs);
      option->expected(1, kSeveralMax)->allow_extra_args(several->positional)->delimiter(',');
      leaf.several.push_back(name);
      continue;
    }
    Slot& slot = leaf.slots.emplace_back();
    slot.spec = spec;
    slot.own = i >= sent;
    const std::string name = option_name(spec.name);
    if (spec.type == ArgumentType::boolean) {
      slot.option = leaf.app->add_flag("--" + name, slot.flag);
    } else {
      slot.option = leaf.app->add_option(spec.positional ? "--" + name + "," + name : "--" + name, slot.value);
    }
  }
}

Leaf* Parser::chosen() {
  for (Leaf& leaf : leaves) {
    if (leaf.app->parsed()) return &leaf;
  }
  return nullptr;
}

std::variant<Invocation, Ending> Parser::parse(std::vector<std::string> words) {
  // "equity list" is what the table calls it.
  for (const CommandSpec* command : commands()) {
    if (!has_no_verb(*command) || command->verb().empty()) continue;
    const auto noun = std::find(words.begin(), words.end(), command->noun());
    if (noun != words.end() && std::next(noun) != words.end() && *std::next(noun) == command->verb()) {
      words.erase(std::next(noun));
    }
  }
  for (std::string& word : words) {
    if (is_negative_number(word)) word.insert(word.begin(), kMask);
  }
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    root.parse(words);
  } catch (const CLI::ParseError& error) {
    if (help) return Ending{kDone, general_help(), ""};
    const std::string hint = "More: tradectl --help";
    const Leaf* leaf = chosen();
    return leaf == nullptr ? usage_error(error.what(), hint) : usage_error(*leaf->command, error.what());
  }
  return conclude();
}

std::variant<Invocation, Ending> Parser::conclude() {
  if (version) return Ending{kDone, "tradectl " TD_VERSION "\n", ""};
  Leaf* leaf = chosen();
  const auto nouns_parsed = root.get_subcommands();
  if (help && leaf != nullptr) return Ending{kDone, command_help(*leaf->command), ""};
  if (help && !nouns_parsed.empty()) return Ending{kDone, noun_help(nouns_parsed.front()->get_name()), ""};
  std::vector<std::string> extras = root.remaining(true);
  for (std::string& extra : extras) extra = unmasked(extra);
  if (help || (nouns_parsed.empty() && extras.empty())) return Ending{kDone, general_help(), ""};

  const auto is_option = [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && !is_negative_number(word);
  };
  const auto word = std::find_if_not(extras.begin(), extras.end(), is_option);
  if (leaf == nullptr && word != extras.end()) {
    std::vector<std::string> words;
    const std::string noun = nouns_parsed.empty() ? "" : nouns_parsed.front()->get_name();
    for (const CommandSpec* command : commands()) {
      if (noun.empty() || command->noun() == noun) {
        words.push_back(noun.empty() ? std::string(command->noun()) : option_name(command->verb()));
      }
    }
    if (noun.empty()) words.emplace_back("db");
    const std::vector<std::string_view> known(words.begin(), words.end());
    const std::string what = noun.empty() ? "'" + *word + "'" : "'" + noun + " " + *word + "'";
    return usage_error("there is no command " + what + protocol::did_you_mean(*word, known),
                       noun.empty() ? "More: tradectl --help" : "More: tradectl " + noun + " --help");
  }
  if (!extras.empty()) {
    std::vector<std::string> names{"--help", "--version", "--socket", "--user", "--json",
                                   "--csv",  "--wide",    "--color",  "--sort"};
    if (leaf != nullptr) {
      for (const Slot& slot : leaf->slots) names.push_back("--" + option_name(slot.spec.name));
      names.insert(names.end(), leaf->several.begin(), leaf->several.end());
    }
    const auto option = std::find_if(extras.begin(), extras.end(), is_option);
    const std::string what = option == extras.end() ? "there is one argument too many: '" + extras.front() + "'"
                                                    : "there is no option " + *option +
                                                          protocol::did_you_mean(option->substr(0, option->find('=')),
                                                                                 {names.begin(), names.end()});
    return leaf == nullptr ? usage_error(what, "More: tradectl --help") : usage_error(*leaf->command, what);
  }
  if (leaf == nullptr) {
    const std::string noun = nouns_parsed.front()->get_name();
    return Ending{kUsage, "", "say what to do with '" + noun + "'\n\n" + noun_help(noun)};
  }
  return collect(*leaf);
}

std::variant<Invocation, Ending> Parser::collect(Leaf& leaf) {
  const CommandSpec& command = *leaf.command;
  invocation.command = &command;
  if (!socket.empty()) invocation.socket = socket;
  if (!user.empty()) invocation.arguments["user"] = user;
  if (invocation.json && invocation.csv) return usage_error(command, "--json and --csv exclude each other");
  if (invocation.color != "auto" && invocation.color != "always" && invocation.color != "never") {
    return usage_error(command, "--color is '" + invocation.color + "'; it must be auto, always or never");
  }
  for (Slot& slot : leaf.slots) {
    if (auto ending = take(leaf, slot)) return *std::move(ending);
  }
  if (auto ending = take_runs(command)) return *std::move(ending);
  if (auto ending = take_topics(command)) return *std::move(ending);
  if (!invocation.sort.empty() && command.shape != protocol::ResultShape::list && command.method != "backtest") {
    return usage_error(command, "--sort is for lists");
  }
  if (auto ending = check(command)) return *std::move(ending);
  return std::move(invocation);
}

std::optional<Ending> Parser::check(const CommandSpec& command) const {
  nlohmann::json checked = invocation.arguments;
  for (const ArgumentSpec& spec : command.arguments) {
    if (spec.type == ArgumentType::rows) checked[std::string(spec.name)] = nlohmann::json::array();
    // A name is looked up when there is a connection.
    const auto given = checked.find(std::string(spec.name));
    if (may_be_name(spec) && given != checked.end() && given->is_string() &&
        !given->get_ref<const std::string&>().empty()) {
      *given = 1;
    }
  }
  std::vector<std::string> errors = protocol::check_arguments(command, checked);
  CommandSpec own = command;
  own.arguments = own_options(command.method);
  nlohmann::json options = invocation.options;
  for (std::string& error : protocol::check_arguments(own, options)) errors.push_back(std::move(error));
  for (const char* name : {"width", "height"}) {
    if (!options.contains(name) || !options.at(name).is_number_integer()) continue;
    const auto size = options.at(name).get<std::int64_t>();
    if (size < kPlotSizeMin || size > kPlotSizeMax) {
      errors.push_back("--width and --height are whole numbers from " + std::to_string(kPlotSizeMin) + " to " +
                       std::to_string(kPlotSizeMax));
    }
  }
  if (errors.empty()) return std::nullopt;
  std::string lines;
  for (const std::string& error : errors) lines += (lines.empty() ? "" : "\n") + error;
  return usage_error(command, lines);
}

std::optional<Ending> Parser::take(Leaf& leaf, Slot& slot) {
  if (slot.option->count() == 0) return std::nullopt;
  const std::string key(slot.spec.name);
  const std::string value = unmasked(slot.value);
  const bool list = leaf.command->shape == protocol::ResultShape::list;
  nlohmann::json& arguments = slot.own ? invocation.options : invocation.arguments;
  if (slot.spec.type == ArgumentType::boolean) {
    arguments[key] = slot.flag;
  } else if (slot.spec.type == ArgumentType::integer) {
    const auto number = read_integer(value);
    if (list && key == "limit") {
      if (!number || *number < 1) return usage_error(*leaf.command, "limit: '" + value + "' is not a number of rows");
      invocation.limit = number;
    } else if (number) {
      arguments[key] = *number;
    } else {
      arguments[key] = value;  // the check will say what is wrong with it
    }
  } else if (slot.spec.type == ArgumentType::text) {
    auto content = read_text(value);
    if (!content) return usage_error(*leaf.command, key + ": " + content.error().message);
    arguments[key] = std::move(content).value();
  } else {
    arguments[key] = value;
  }
  return std::nullopt;
}

std::optional<Ending> Parser::take_runs(const CommandSpec& command) {
  for (const std::string& masked : runs) {
    const std::string text = unmasked(masked);
    if (text.empty()) return usage_error(command, "run: is empty");
    const auto number = read_integer(text);
    invocation.runs.push_back(number ? nlohmann::json(*number) : nlohmann::json(text));
  }
  return std::nullopt;
}

std::optional<Ending> Parser::take_topics(const CommandSpec& command) {
  if (command.method != "watch") return std::nullopt;
  if (topics.empty()) topics.emplace_back(kDefaultTopic);
  for (const std::string& topic : topics) {
    nlohmann::json checked = {{"topic", topic}};
    if (const auto errors = protocol::check_arguments(command, checked); !errors.empty()) {
      return usage_error(command, errors.front());
    }
  }
  if (invocation.csv && topics.size() > 1) return usage_error(command, "--csv is for one topic; --json takes several");
  if (invocation.options.value("all", false) && !runs.empty()) {
    return usage_error(command, "--all and --run exclude each other");
  }
  invocation.topics = topics;
  return std::nullopt;
}

}  // namespace

std::variant<Invocation, Ending> parse_arguments(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  Parser parser(words);
  return parser.parse(std::move(words));
}

}  // namespace tradingd::ctl
