#include "daemon/base/digest.h"

#include <blake2.h>

#include "daemon/base/assert.h"

namespace tradingd {

Digest digest_of(std::string_view bytes) {
  Digest digest{};
  TD_ASSERT(blake2b(digest.data(), bytes.data(), nullptr, digest.size(), bytes.size(), 0) == 0);
  return digest;
}

Digest digest_chain(const Digest& previous, std::string_view bytes) {
  // `previous` goes in as the key: one call, no copy of `bytes`, and no way to mistake one for the other.
  Digest digest{};
  TD_ASSERT(blake2b(digest.data(), bytes.data(), previous.data(), digest.size(), bytes.size(), previous.size()) == 0);
  return digest;
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace tradingd
