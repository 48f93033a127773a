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

struct Place {
  std::string action;  // empty: not armed
  long due_at = 0;
  long hits = 0;
};

/// By name, of those in kFailpoints.
using Table = std::map<std::string, Place, std::less<>>;

[[noreturn]] void refuse(std::string_view entry) {
  std::fprintf(stderr,
               "TRADINGD_FAILPOINTS: can't read \"%.*s\"; write NAME=kill|abort|throw|hang[:N], list or count\n",
               static_cast<int>(entry.size()), entry.data());
  std::_Exit(64);
}

[[noreturn]] void list() {
  for (const std::string_view name : kFailpoints) {
    std::printf("%.*s\n", static_cast<int>(name.size()), name.data());
  }
  std::fflush(stdout);
  std::_Exit(0);
}

void arm(Table& table, std::string_view entry) {
  const std::size_t equals = entry.find('=');
  const auto place = table.find(entry.substr(0, equals));
  if (equals == std::string_view::npos || place == table.end()) {
    refuse(entry);
  }
  std::string_view action = entry.substr(equals + 1);
  long due_at = 1;
  if (const std::size_t colon = action.find(':'); colon != std::string_view::npos) {
    const std::string_view count = action.substr(colon + 1);
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), due_at);
    if (error != std::errc{} || end != count.data() + count.size() || due_at < 1) {
      refuse(entry);
    }
    action = action.substr(0, colon);
  }
  if (action != "kill" && action != "abort" && action != "throw" && action != "hang") {
    refuse(entry);
  }
  place->second.action = action;
  place->second.due_at = due_at;
}

/// The places' state, for the life of the process.
struct Failpoints {
  std::mutex mutex;
  Table table;

  Failpoints() {
    for (const std::string_view name : kFailpoints) {
      table.emplace(name, Place{});
    }
    const char* variable = std::getenv("TRADINGD_FAILPOINTS");
    std::string_view rest = variable == nullptr ? "" : variable;
    if (rest == "list") {
      list();
    }
    if (rest == "count") {
      std::atexit(tell_counts);
      return;
    }
    while (!rest.empty()) {
      const std::string_view entry = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
      arm(table, entry);
    }
  }

  static void tell_counts();
};

Failpoints& failpoints() {
  static auto& all = *new Failpoints;  // outlives what runs at exit
  return all;
}

void Failpoints::tell_counts() {
  Failpoints& all = failpoints();
  const std::lock_guard lock(all.mutex);
  for (const auto& [name, place] : all.table) {
    std::fprintf(stderr, "failpoint %s: %ld hits\n", name.c_str(), place.hits);
  }
}

}  // namespace

bool failpoint_due(const char* name) {
  Failpoints& all = failpoints();
  const std::lock_guard lock(all.mutex);
  Place& place = all.table.find(std::string_view(name))->second;
  return ++place.hits == place.due_at;
}

void failpoint_act(const char* name) {
  std::string action;
  {
    Failpoints& all = failpoints();
    const std::lock_guard lock(all.mutex);
    action = all.table.find(std::string_view(name))->second.action;
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

void failpoint_hit(const char* name) {
  if (failpoint_due(name)) {
    failpoint_act(name);
  }
}

}  // namespace tradingd

#endif
