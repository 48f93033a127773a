#include "daemon/protocol/frame.h"

#include <algorithm>
#include <utility>

namespace tradingd::protocol {

namespace {

enum class Kind : std::uint8_t { scalar, string, array, map, refused };

/// What the first byte of an object says. Either `value` holds its payload's length or its number of
/// elements, or the next `length_bytes` bytes do, big-endian.
struct Header {
  Kind kind = Kind::scalar;
  std::uint8_t length_bytes = 0;
  std::uint8_t value = 0;
};

/// 0xc0 … 0xdf, in order; the other first bytes carry their length in themselves.
constexpr std::array<Header, 32> kHeaders{{
    {Kind::scalar, 0, 0},   // nil
    {Kind::refused, 0, 0},  // never used
    {Kind::scalar, 0, 0},   // false
    {Kind::scalar, 0, 0},   // true
    {Kind::refused, 1, 0},  // bin 8
    {Kind::refused, 2, 0},  // bin 16
    {Kind::refused, 4, 0},  // bin 32
    {Kind::refused, 1, 0},  // ext 8
    {Kind::refused, 2, 0},  // ext 16
    {Kind::refused, 4, 0},  // ext 32
    {Kind::scalar, 0, 4},   // float 32
    {Kind::scalar, 0, 8},   // float 64
    {Kind::scalar, 0, 1},   // uint 8
    {Kind::scalar, 0, 2},   // uint 16
    {Kind::scalar, 0, 4},   // uint 32
    {Kind::scalar, 0, 8},   // uint 64
    {Kind::scalar, 0, 1},   // int 8
    {Kind::scalar, 0, 2},   // int 16
    {Kind::scalar, 0, 4},   // int 32
    {Kind::scalar, 0, 8},   // int 64
    {Kind::refused, 0, 0},  // fixext 1
    {Kind::refused, 0, 0},  // fixext 2
    {Kind::refused, 0, 0},  // fixext 4
    {Kind::refused, 0, 0},  // fixext 8
    {Kind::refused, 0, 0},  // fixext 16
    {Kind::string, 1, 0},   // str 8
    {Kind::string, 2, 0},   // str 16
    {Kind::string, 4, 0},   // str 32
    {Kind::array, 2, 0},    // array 16
    {Kind::array, 4, 0},    // array 32
    {Kind::map, 2, 0},      // map 16
    {Kind::map, 4, 0},      // map 32
}};

constexpr Header header_of(std::uint8_t first) {
  if (first <= 0x7f || first >= 0xe0) return {Kind::scalar, 0, 0};
  if (first <= 0x8f) return {Kind::map, 0, static_cast<std::uint8_t>(first & 0x0f)};
  if (first <= 0x9f) return {Kind::array, 0, static_cast<std::uint8_t>(first & 0x0f)};
  if (first <= 0xbf) return {Kind::string, 0, static_cast<std::uint8_t>(first & 0x1f)};
  return kHeaders[first - 0xc0U];
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<std::uint8_t>(byte);
  return value;
}

}  // namespace

void FrameReader::feed(std::string_view bytes) {
  if (!error_.empty()) return;
  buffer_.erase(0, start_ + returned_);
  start_ = 0;
  returned_ = 0;
  buffer_.append(bytes);
}

std::optional<std::string_view> FrameReader::next() {
  start_ += std::exchange(returned_, 0);
  while (error_.empty()) {
    switch (scan_object()) {
      case Step::advanced:
        break;
      case Step::need_more:
      case Step::broken:
        return std::nullopt;
      case Step::complete:
        returned_ = std::exchange(scanned_, 0);
        return std::string_view(buffer_).substr(start_, returned_);
    }
  }
  return std::nullopt;
}

FrameReader::Step FrameReader::scan_object() {
  const std::string_view frame = std::string_view(buffer_).substr(start_);
  if (scanned_ >= frame.size()) return Step::need_more;
  const auto first = static_cast<std::uint8_t>(frame[scanned_]);
  const Header header = header_of(first);
  if (header.kind == Kind::refused) {
    return break_stream("binary, extension and unassigned MessagePack types are not used here; send text as str");
  }
  if (scanned_ == 0 && header.kind != Kind::array) {
    return break_stream("a message is an array: [0, msgid, method, [{arguments}]]; this is not MessagePack-RPC");
  }
  if (frame.size() - scanned_ < 1U + header.length_bytes) return Step::need_more;
  const std::uint64_t count =
      header.length_bytes == 0 ? header.value : big_endian(frame.substr(scanned_ + 1, header.length_bytes));

  const bool container = header.kind == Kind::array || header.kind == Kind::map;
  const std::uint64_t children = header.kind == Kind::map ? 2 * count : container ? count : 0;
  const std::uint64_t end = scanned_ + 1 + header.length_bytes + (container ? 0 : count);
  // Each object to come takes a byte at least. In each open container, one of them is under way already.
  const std::uint64_t least = end + children + outstanding_ - depth_;
  if (least > bytes_max_) {
    return break_stream("the message is larger than " + std::to_string(bytes_max_) + " bytes; send less at once");
  }
  if (container && depth_ == kDepthMax) {
    return break_stream("the message is nested deeper than " + std::to_string(kDepthMax) + " levels");
  }
  // A payload that hasn't arrived whole: come back to this header later.
  if (end > frame.size()) return Step::need_more;

  scanned_ = static_cast<std::size_t>(end);
  if (container && children > 0) {
    open_.at(depth_++) = children;
    outstanding_ += children;
    return Step::advanced;
  }
  return finish_object();
}

FrameReader::Step FrameReader::finish_object() {
  while (depth_ > 0) {
    --outstanding_;
    if (--open_.at(depth_ - 1) > 0) return Step::advanced;
    --depth_;
  }
  return Step::complete;
}

FrameReader::Step FrameReader::break_stream(std::string reason) {
  error_ = std::move(reason);
  return Step::broken;
}

std::optional<std::uint32_t> FrameReader::broken_msgid() const {
  // [0, msgid, …: an array's header, a zero, an unsigned integer of up to 32 bits.
  const std::string_view frame = std::string_view(buffer_).substr(start_);
  if (frame.size() < 3 || static_cast<std::uint8_t>(frame[0]) != 0x94 || frame[1] != 0) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(frame[2]);
  if (first <= 0x7f) return first;
  if (first < 0xcc || first > 0xce) return std::nullopt;
  const std::size_t length = std::size_t{1} << (first - 0xccU);
  if (frame.size() < 3 + length) return std::nullopt;
  return static_cast<std::uint32_t>(big_endian(frame.substr(3, length)));
}

}  // namespace tradingd::protocol
