#pragma once
// Files that others read at any moment.

#include <optional>
#include <string>
#include <string_view>

#include "daemon/base/result.h"

namespace tradingd::ctl {

/// Writes `content` to the file `name`, whole or not at all: whoever reads it has the old content or the new one.
/// The file can be read by everybody. nullopt: done.
[[nodiscard]] std::optional<Error> replace_file(const std::string& name, std::string_view content);

}  // namespace tradingd::ctl
