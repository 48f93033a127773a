#pragma once
// Who the daemon runs as. PostgreSQL refuses root, and nothing here needs it: started by root, the
// daemon makes its folders for an account of its own and becomes that account for good.

#include <string>
#include <vector>

#include "daemon/base/result.h"

namespace tradingd {

struct OwnedDirectory {
  std::string path;
  unsigned mode = 0700;
  bool shared = false;  // others may own it or write to it: feeds
};

/// Makes the directories, parents included, as far as they are missing. When started by root, they
/// become `account`'s, and the process drops to `account` with its groups. An error names the missing
/// account and how to create it, the directory that can't be made, or the one that is there but that somebody
/// else than the account and root owns or may write to.
[[nodiscard]] Result<bool> take_identity(const std::string& account, const std::vector<OwnedDirectory>& directories);

}  // namespace tradingd
