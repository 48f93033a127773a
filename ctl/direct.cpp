#include "ctl/direct.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "ctl/client.h"

namespace tradingd::ctl {

namespace {

namespace fs = std::filesystem;

/// Beside this program (a build folder), or where the package has it; else PATH's.
std::string find_tradingd() {
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& candidate : {here / "tradingd", here / "../sbin/tradingd"}) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  return "tradingd";
}

}  // namespace

int halt_directly(const Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  std::string whom;
  if (arguments.value("all", false)) {
    whom = "all";
  } else if (arguments.contains("run")) {
    whom = "run:" + std::to_string(arguments.at("run").get<std::int64_t>());
  } else if (arguments.contains("user")) {
    whom = "user:" + arguments.at("user").get<std::string>();
  } else {
    std::fprintf(stderr, "tradectl: say whom to halt: --user NAME, --run RUN or --all\n");
    return kUsage;
  }
  std::vector<std::string> words{find_tradingd(), "--halt", whom};
  if (arguments.contains("reason")) words.push_back("--reason=" + arguments.at("reason").get<std::string>());
  if (arguments.value("reducing", false)) words.emplace_back("--reducing");
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  std::fprintf(stderr, "tradectl: can't run %s: %s; install tradingd on this machine, or run it where it is\n",
               words.front().c_str(), std::strerror(errno));
  return kUnreachable;
}

}  // namespace tradingd::ctl
