#pragma once
// The documents that are made from the tables of commands and settings. Of the build; not shipped.

#include <string>
#include <string_view>
#include <vector>

#include "daemon/protocol/commands.h"

namespace tradingd::documents {

/// A man page from its template: a line that is one of @COMMANDS@, @DATABASE@, @METHODS@, @SHARED@, @ERRORS@ or
/// @SETTINGS@ is replaced by that list, and @VERSION@ anywhere by the version. Asserts that no other such word is left.
[[nodiscard]] std::string make_page(std::string_view page_template);

/// A shell's script from its template: @NAMES@ is replaced by `names`, the functions that ask the daemon, @TABLE@ (bash
/// and zsh) or @COMMANDS@ (fish) by the commands, @COLORS@ and @FLAGS@ by the words that these options allow.
[[nodiscard]] std::string make_completion(std::string_view script_template, std::string_view names);

/// What may stand where an argument is asked for: words, or one of "@user", "@feed", "@run", "@symbol" (asked of the
/// daemon), "@file"; none: anything.
[[nodiscard]] std::vector<std::string> values_of(const protocol::CommandSpec& command,
                                                 const protocol::ArgumentSpec& argument);

/// A command's arguments with those that it shares with others, in the order of the tool's help.
[[nodiscard]] std::vector<protocol::ArgumentSpec> all_arguments(const protocol::CommandSpec& command);

}  // namespace tradingd::documents
