#pragma once
// What a log line is about, for programs: fields beside its text, which `journalctl RUN=7` finds.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tradingd {

/// Names in capitals, as the journal wants them. These are used: USER and RUN (their ids), FEED (its name),
/// FEED_ID, CALLER_UID and CALLER_PID (a client's), METHOD.
using LogField = std::pair<std::string_view, std::string>;

/// While it lives, the lines that its thread logs bear these fields. Scopes nest; each thread has its own.
class LogScope {
 public:
  LogScope(std::initializer_list<LogField> fields);
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
  ~LogScope();

  /// The fields of the calling thread's scopes, the outermost's first. Valid until one opens or ends.
  [[nodiscard]] static const std::vector<LogField>& current();

 private:
  std::size_t outer_;  // how many fields the scopes around this one have
};

}  // namespace tradingd
