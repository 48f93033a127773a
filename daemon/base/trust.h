#pragma once
// Whether a file or folder can be relied on: only its reader and root may change it.

#include <sys/stat.h>

#include <optional>
#include <string>

#include "daemon/base/result.h"

namespace tradingd {

/// nullopt if nobody but root and the account `uid`, with its group `gid`, owns or may write to what `status` (of
/// stat()) tells of `path`. A folder with the sticky bit counts as one that only its owner may write to: others can't
/// replace what is in it. Otherwise an error that says who can, and the command that ends it.
[[nodiscard]] std::optional<Error> distrust(const std::string& path, const struct stat& status, uid_t uid, gid_t gid);

}  // namespace tradingd
