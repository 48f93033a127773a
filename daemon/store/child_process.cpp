#include "daemon/store/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

namespace tradingd::store {

namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(5);

// What the child needs between fork and exec, made before the fork: after it, a child of a process with
// several threads may call only functions that are async-signal-safe.
struct Prepared {
  std::vector<char*> arguments;
  std::array<char*, 3> environment;
  int input;
  int output;
  int failure;  // write end of a pipe that exec closes; gets errno if something fails
  pid_t parent;
};

[[noreturn]] void become(const char* program, const Prepared& prepared) {
  for (int number = 1; number < NSIG; ++number) {
    ::signal(number, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  ::umask(0077);
  // The parent may have gone before the kernel was told to watch it.
  if (::prctl(PR_SET_PDEATHSIG, SIGINT) == 0 && ::getppid() == prepared.parent &&
      ::dup2(prepared.input, STDIN_FILENO) >= 0 && ::dup2(prepared.output, STDOUT_FILENO) >= 0 &&
      ::dup2(prepared.output, STDERR_FILENO) >= 0) {
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(program, prepared.arguments.data(), prepared.environment.data());
  }
  const int reason = errno;
  static_cast<void>(!::write(prepared.failure, &reason, sizeof reason));
  ::_exit(127);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  [[nodiscard]] int get() const { return number_; }
  void close() {
    if (number_ >= 0) {
      ::close(number_);
      number_ = -1;
    }
  }

 private:
  int number_;
};

Error system_error(std::string_view what, const std::filesystem::path& path, int reason) {
  return Error{fmt::format("{} {}: {}", what, path.string(), std::strerror(reason))};
}

struct Forked {
  pid_t pid = -1;
  int reason = 0;  // errno of a failed fork
};

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const Command& command) {
  const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Descriptor output(::open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (input.get() < 0 || output.get() < 0) {
    return system_error("can't open", input.get() < 0 ? "/dev/null" : command.output, errno);
  }
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return system_error("can't make a pipe for", command.program, errno);
  }
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);

  std::string program = command.program.string();
  std::vector<std::string> arguments = command.arguments;
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  std::string locale = "LC_ALL=C.UTF-8";
  Prepared prepared{{program.data()}, {path.data(), locale.data(), nullptr}, input.get(), output.get(), write_end.get(),
                    ::getpid()};
  for (std::string& argument : arguments) {
    prepared.arguments.push_back(argument.data());
  }
  prepared.arguments.push_back(nullptr);

  std::unique_ptr<ChildProcess> child(new ChildProcess());
  std::promise<Forked> forked;
  child->parent_thread_ = std::thread([&prepared, &program, &forked, reaped = child->reaped_.get_future()] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      become(program.c_str(), prepared);
    }
    forked.set_value({pid, errno});
    reaped.wait();
  });
  const Forked result = forked.get_future().get();
  if (result.pid < 0) {
    child->reaped_.set_value();
    child->wait_status_ = 0;
    return system_error("can't start", program, result.reason);
  }
  child->pid_ = result.pid;
  write_end.close();

  int reason = 0;
  ssize_t count = 0;
  do {
    count = ::read(read_end.get(), &reason, sizeof reason);
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    return system_error("can't run", program, reason);
  }
  return child;
}

ChildProcess::~ChildProcess() {
  if (running()) {
    ::kill(pid_, SIGKILL);
    while (running()) {
      std::this_thread::sleep_for(kPollInterval);
    }
  }
  parent_thread_.join();
}

bool ChildProcess::running() {
  if (wait_status_) {
    return false;
  }
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) {
    return true;
  }
  // Only this object waits for its child, so nothing but its end can be answered.
  TD_ASSERT(ended == pid_);
  wait_status_ = status;
  reaped_.set_value();
  return false;
}

bool ChildProcess::wait(std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (running()) {
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return true;
}

void ChildProcess::signal(int number) {
  if (running()) {
    ::kill(pid_, number);
  }
}

std::string ChildProcess::how_it_ended() const {
  TD_ASSERT(wait_status_);
  return WIFSIGNALED(*wait_status_) ? fmt::format("signal {}", WTERMSIG(*wait_status_))
                                    : fmt::format("exit status {}", WEXITSTATUS(*wait_status_));
}

std::optional<Error> run_to_end(const Command& command, std::chrono::milliseconds deadline) {
  auto started = ChildProcess::start(command);
  if (!started) {
    return started.error();
  }
  ChildProcess& child = *started.value();
  if (!child.wait(deadline)) {
    return Error{fmt::format("{} did not end within {} ms", command.program.string(), deadline.count())};
  }
  if (child.how_it_ended() != "exit status 0") {
    return Error{fmt::format("{} failed with {}", command.program.string(), child.how_it_ended())};
  }
  return std::nullopt;
}

}  // namespace tradingd::store
