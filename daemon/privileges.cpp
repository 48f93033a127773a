#include "daemon/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "daemon/base/trust.h"

namespace tradingd {

namespace {

Error failed(const std::string& what) { return Error{what + ": " + std::strerror(errno)}; }

/// The missing folders above `path`, open to all as those of the system are.
std::optional<Error> make_parents(const std::filesystem::path& path) {
  std::filesystem::path parent;
  for (const std::filesystem::path& part : path.parent_path()) {
    parent /= part;
    if (::mkdir(parent.c_str(), 0755) == 0) {
      ::chmod(parent.c_str(), 0755);  // whatever the umask is
    } else if (errno != EEXIST) {
      return failed("can't make " + parent.string());
    }
  }
  return std::nullopt;
}

/// `entry`: of the account that the process will become; nullptr: it stays who it is.
std::optional<Error> check_trust(const OwnedDirectory& directory, const struct stat& status, const passwd* entry) {
  if (directory.shared) {
    return std::nullopt;
  }
  return distrust(directory.path, status, entry != nullptr ? entry->pw_uid : ::geteuid(),
                  entry != nullptr ? entry->pw_gid : ::getegid());
}

}  // namespace

Result<bool> take_identity(const std::string& account, const std::vector<OwnedDirectory>& directories) {
  const bool root = ::geteuid() == 0;
  const passwd* entry = root ? ::getpwnam(account.c_str()) : nullptr;
  if (root && entry == nullptr) {
    return Error{"there is no account \"" + account +
                 "\" to run as, and PostgreSQL refuses root; create it: useradd --system --shell /usr/sbin/nologin " +
                 account + ", or name another one in [daemon] user"};
  }
  if (root && entry->pw_uid == 0) {
    return Error{"[daemon] user = \"" + account + "\" is root, which PostgreSQL refuses; name an unprivileged account"};
  }
  for (const OwnedDirectory& directory : directories) {
    struct stat status {};
    if (::stat(directory.path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      if (std::optional<Error> error = check_trust(directory, status, entry)) {
        return *error;
      }
      continue;
    }
    if (std::optional<Error> failure = make_parents(directory.path)) {
      return *failure;
    }
    if (::mkdir(directory.path.c_str(), directory.mode) != 0) {
      return failed("can't make " + directory.path);
    }
    if (::chmod(directory.path.c_str(), directory.mode) != 0) {
      return failed("can't set the mode of " + directory.path);
    }
    if (root && ::chown(directory.path.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
      return failed("can't give " + directory.path + " to " + account);
    }
  }
  if (!root) {
    return false;
  }
  if (::initgroups(account.c_str(), entry->pw_gid) != 0 || ::setgid(entry->pw_gid) != 0 ||
      ::setuid(entry->pw_uid) != 0) {
    return failed("can't become " + account);
  }
  return true;
}

}  // namespace tradingd
