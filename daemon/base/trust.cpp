#include "daemon/base/trust.h"

namespace tradingd {

std::optional<Error> distrust(const std::string& path, const struct stat& status, uid_t uid, gid_t gid) {
  if (status.st_uid != 0 && status.st_uid != uid) {
    return Error{path + " belongs to uid " + std::to_string(status.st_uid) +
                 ", who could change it at will, so it can't be trusted: chown " + std::to_string(uid) + " " + path};
  }
  if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0) {
    return std::nullopt;
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return Error{path + ": every user may write to it, so it can't be trusted: chmod o-w " + path};
  }
  if ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 && status.st_gid != gid) {
    return Error{path + ": the members of the group " + std::to_string(status.st_gid) +
                 " may write to it, so it can't be trusted: chmod g-w " + path};
  }
  return std::nullopt;
}

}  // namespace tradingd
