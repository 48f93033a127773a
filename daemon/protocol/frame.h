#pragma once
// Cuts a byte stream into MessagePack objects. MessagePack has no length prefix, so the end of an
// object is found by walking its headers; nothing is unpacked, and no memory is taken for what a
// header only announces.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tradingd::protocol {

/// Largest request, in bytes.
inline constexpr std::size_t kRequestBytesMax = 64 * 1024;
/// Largest response, in bytes.
inline constexpr std::size_t kResponseBytesMax = 1024 * 1024;
/// Arrays and maps inside each other, at most.
inline constexpr std::size_t kDepthMax = 8;

class FrameReader {
 public:
  /// Frames of more than `bytes_max` bytes break the stream.
  explicit FrameReader(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Appends what was received. Ignored once the stream is broken.
  void feed(std::string_view bytes);

  /// The next complete frame, valid until the next call of feed() or next(); nullopt when more bytes are
  /// needed or the stream is broken. After a break nothing can be read any more: close the connection.
  [[nodiscard]] std::optional<std::string_view> next();

  /// Why the stream is broken, a sentence for the sender; empty while it is sound.
  [[nodiscard]] const std::string& error() const { return error_; }
  /// Whether bytes of an unfinished frame are held.
  [[nodiscard]] bool partial() const { return buffer_.size() > start_ + returned_; }
  /// The message id of the broken frame, if it began as a request: for the answer to it.
  [[nodiscard]] std::optional<std::uint32_t> broken_msgid() const;

 private:
  enum class Step { advanced, complete, need_more, broken };
  Step scan_object();
  Step finish_object();
  Step break_stream(std::string reason);

  std::size_t bytes_max_;
  std::string buffer_;
  std::size_t start_ = 0;                        // of the current frame in the buffer
  std::size_t returned_ = 0;                     // length of the frame that next() gave out last, not yet dropped
  std::size_t scanned_ = 0;                      // offset in the current frame of the next header
  std::array<std::uint64_t, kDepthMax> open_{};  // objects still to come in each open array or map
  std::size_t depth_ = 0;
  std::uint64_t outstanding_ = 0;  // sum of open_
  std::string error_;
};

}  // namespace tradingd::protocol
