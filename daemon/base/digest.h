#pragma once
// BLAKE2b-256 digests (RFC 7693, by libb2): of a run's effects, of configurations, of arguments.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tradingd {

using Digest = std::array<std::uint8_t, 32>;

/// The digest of `bytes`.
[[nodiscard]] Digest digest_of(std::string_view bytes);
/// The next link of a chain: the digest of `previous` followed by `bytes`.
[[nodiscard]] Digest digest_chain(const Digest& previous, std::string_view bytes);

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Digest& digest);

}  // namespace tradingd
