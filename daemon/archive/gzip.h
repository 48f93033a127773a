#pragma once
// One gzip member (RFC 1952) from and to text, by zlib. The same text gives the same bytes.

#include <optional>
#include <string>
#include <string_view>

namespace tradingd::archive {

[[nodiscard]] std::string compress(std::string_view text);
/// nullopt: not one whole member.
[[nodiscard]] std::optional<std::string> decompress(std::string_view member);

}  // namespace tradingd::archive
