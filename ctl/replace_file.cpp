#include "ctl/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "daemon/base/write_all.h"

namespace tradingd::ctl {

std::optional<Error> replace_file(const std::string& name, std::string_view content) {
  // Beside it, since only within a file system a file can be replaced at once.
  const std::string fresh = name + "." + std::to_string(::getpid()) + ".tmp";
  const auto failed = [&](const char* what) {
    Error error{std::string("can't ") + what + " '" + name + "': " + std::strerror(errno)};
    static_cast<void>(::unlink(fresh.c_str()));
    return error;
  };
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return failed("write beside");
  const bool whole = write_all(fd, content) && ::fchmod(fd, 0644) == 0 && ::fsync(fd) == 0;
  if (!whole) {
    Error error = failed("write");
    static_cast<void>(::close(fd));
    return error;
  }
  if (::close(fd) != 0) return failed("write");
  if (::rename(fresh.c_str(), name.c_str()) != 0) return failed("replace");
  return std::nullopt;
}

}  // namespace tradingd::ctl
