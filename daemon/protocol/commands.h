#pragma once
// The command table: every method of the protocol with its arguments, help, role and idempotency. The
// daemon validates and authorises by it, and tradectl's arguments and help come from it.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tradingd::protocol {

enum class ArgumentType : std::uint8_t {
  string,
  decimal,  // a decimal string, or an integer; a float is refused
  integer,
  boolean,
  time,    // ISO 8601 with a zone
  moment,  // a time, a date (its beginning in UTC), or how long back: "2d" (daemon/protocol/moment.h)
  text,    // a file's content, as long as fits in a request. The tool reads it from the file named.
  rows,    // an array of flat maps: feed rows. The tool reads them from standard input.
  cursor,  // what the `next` of a list's answer was, given back as it came
};

/// What it takes to call a command.
enum class Role : std::uint8_t {
  user,       // anyone known to the daemon, for himself; an admin for anyone; an operator too, where it only reads
  operators,  // the same, and operators and admins for anyone
  any_user,   // reads what is nobody's own: feeds, the daemon's status
  staff,      // operators and admins; it is about nobody in particular
  admin,      // admins: members of an admin group, and users with the role admin
};

struct ArgumentSpec {
  std::string_view name;  // wire key; the tool's option is the same with '-' for '_'
  ArgumentType type = ArgumentType::string;
  bool required = false;
  bool positional = false;   // on the tool's command line; in table order
  std::string_view choices;  // "buy|sell"; empty: any
  std::string_view help;
  bool admin_only = false;  // the argument is for those who may act for others; the command then needs no user
};

/// What a successful answer is.
enum class ResultShape : std::uint8_t {
  row,     // a map; keys are SQL column names
  list,    // {columns: [name …], rows: [[…] …], next: cursor or nil}
  stream,  // {run_id, topic, columns, next}; then notifications with `rows` and their `next`, until one with the end
};

struct CommandSpec {
  std::string_view method;  // "order.place"
  std::string_view help;
  Role role = Role::user;
  bool mutating = false;  // carries `request_id`; the same id with the same arguments returns the first answer
  ResultShape shape = ResultShape::row;
  std::span<const ArgumentSpec> arguments;
  std::string_view example;  // a tradectl command line

  [[nodiscard]] std::string_view noun() const { return method.substr(0, method.find('.')); }
  /// Empty for a method without a point: "status".
  [[nodiscard]] std::string_view verb() const {
    return method.find('.') == std::string_view::npos ? std::string_view{} : method.substr(method.find('.') + 1);
  }
};

/// All commands, grouped by noun. Besides what is listed, every command takes `user` (a name; admins act
/// for others by it; one that lists `user` itself is about the user as a whole), every mutating one `request_id`, and
/// every list `after` (a cursor), `limit` and `reverse`.
[[nodiscard]] std::span<const CommandSpec> commands();
/// Those shared arguments, as far as `command` takes them; not in its own list.
[[nodiscard]] std::vector<ArgumentSpec> shared_arguments(const CommandSpec& command);
/// nullptr for a method that doesn't exist.
[[nodiscard]] const CommandSpec* find_command(std::string_view method);

/// `code` of an error on the wire, and the exit status that tradectl gives it.
enum class ErrorCode : std::uint8_t {
  invalid_argument,  // 2
  unknown_method,    // 2
  not_permitted,     // 4
  not_found,         // 1
  conflict,          // 1: a RUNNING run is there already, a request id with other arguments …
  refused,           // 1: by a rule of trading
  busy,              // 1: queues are full; try again
  unavailable,       // 3: the database can't be reached
  internal,          // 1: a bug; the log has more
};
[[nodiscard]] std::string_view to_text(ErrorCode code);  // "INVALID_ARGUMENT"
[[nodiscard]] int exit_status(std::string_view code);

}  // namespace tradingd::protocol
