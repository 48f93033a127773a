#include "ctl/child.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/base/write_all.h"

namespace tradingd::ctl {

namespace {

/// Holds all of a stream: no pipe, so neither side waits for the other.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("tradectl", MFD_CLOEXEC)) {}
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int fd() const { return fd_; }

  [[nodiscard]] bool fill(std::string_view text) const {
    return fd_ >= 0 && write_all(fd_, text) && ::lseek(fd_, 0, SEEK_SET) == 0;
  }

  [[nodiscard]] std::string content() const {
    std::string text;
    std::array<char, 16 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by pread
    for (;;) {
      const ssize_t length = ::pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
      if (length <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(length));
    }
  }

 private:
  int fd_;
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Result<ChildResult> run_child(const std::vector<std::string>& words, const ChildOptions& options) {
  const MemoryFile input;
  const MemoryFile output;
  const MemoryFile errors;
  if (!input.fill(options.input) || output.fd() < 0 || errors.fd() < 0) {
    return Error{"can't run " + words.front() + ": " + std::strerror(errno)};
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.fd(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.fd(), STDERR_FILENO);
  std::vector<std::string> arguments = words;
  // Of a variable that is named twice the first counts.
  std::vector<std::string> environment = options.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  pid_t child = -1;
  const int failed = ::posix_spawnp(&child, words.front().c_str(), &actions, nullptr, pointers(arguments).data(),
                                    pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return Error{"can't run " + words.front() + ": " + std::strerror(failed)};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return Error{"can't wait for " + words.front() + ": " + std::strerror(errno)};
  }
  return ChildResult{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output.content(),
                     errors.content()};
}

}  // namespace tradingd::ctl
