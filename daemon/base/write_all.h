#pragma once
// A file descriptor takes what it wants of a write, and signals come in between.

#include <string_view>

namespace tradingd {

/// Writes all of it, from where the descriptor stands. False: it could not, and errno says why.
[[nodiscard]] bool write_all(int file, std::string_view bytes);

}  // namespace tradingd
