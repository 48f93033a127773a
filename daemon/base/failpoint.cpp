#include "daemon/base/failpoint.h"

#ifdef TD_FAILPOINTS

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tradingd {

namespace {

struct Armed {
  std::string action;
  long hits_left = 1;
};

using Table = std::map<std::string, Armed, std::less<>>;

[[noreturn]] void refuse(std::string_view entry) {
  std::fprintf(stderr, "TRADINGD_FAILPOINTS: can't read \"%.*s\"; write NAME=kill|abort|throw|hang[:N]\n",
               static_cast<int>(entry.size()), entry.data());
  std::_Exit(64);
}

Table read_environment() {
  Table table;
  const char* variable = std::getenv("TRADINGD_FAILPOINTS");
  std::string_view rest = variable == nullptr ? "" : variable;
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) {
      refuse(entry);
    }
    std::string_view action = entry.substr(equals + 1);
    Armed armed;
    if (const std::size_t colon = action.find(':'); colon != std::string_view::npos) {
      const std::string_view count = action.substr(colon + 1);
      const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), armed.hits_left);
      if (error != std::errc{} || end != count.data() + count.size() || armed.hits_left < 1) {
        refuse(entry);
      }
      action = action.substr(0, colon);
    }
    if (action != "kill" && action != "abort" && action != "throw" && action != "hang") {
      refuse(entry);
    }
    armed.action = action;
    table[std::string(entry.substr(0, equals))] = armed;
  }
  return table;
}

}  // namespace

void failpoint_hit(const char* name) {
  static std::mutex mutex;
  static Table table = read_environment();
  std::string action;
  {
    const std::lock_guard lock(mutex);
    const auto found = table.find(std::string_view(name));
    if (found == table.end() || --found->second.hits_left != 0) {
      return;
    }
    action = found->second.action;
  }
  std::fprintf(stderr, "failpoint %s: %s\n", name, action.c_str());
  if (action == "kill") {
    ::kill(::getpid(), SIGKILL);
  } else if (action == "abort") {
    std::abort();
  } else if (action == "throw") {
    throw std::runtime_error(std::string("failpoint ") + name);
  }
  for (;;) {
    ::pause();
  }
}

}  // namespace tradingd

#endif
