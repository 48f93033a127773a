#pragma once
// A file's lines, one after another or from any offset, in bounded memory.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/result.h"

namespace tradingd::market {

inline constexpr std::size_t kLineBytesMax = 64 * 1024;

struct Line {
  std::int64_t offset = 0;  // of its first byte in the file
  std::int64_t number = 0;  // from 1
  std::string_view text;    // without its end (LF or CRLF); valid until the next call
  bool too_long = false;    // longer than kLineBytesMax; `text` is empty
};

/// Reads the descriptor with pread, so that its position doesn't matter. The descriptor stays its owner's.
class LineReader {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}

  /// Fills `line` and returns true, or returns false at the end. Fails when the file can't be read.
  [[nodiscard]] Result<bool> next(Line& line);
  /// Goes to the line that begins at `offset` and has this number.
  void seek(std::int64_t offset, std::int64_t number);

 private:
  /// Reads more behind what is in the buffer; false at the file's end.
  [[nodiscard]] Result<bool> fill();
  void finish(Line& line, std::string_view text);

  int descriptor_;
  std::vector<char> buffer_ = std::vector<char>(kLineBytesMax + 2);
  std::size_t begin_ = 0;  // of what is unread in the buffer
  std::size_t end_ = 0;
  std::int64_t offset_ = 0;  // of `begin_` in the file
  std::int64_t next_number_ = 1;
};

}  // namespace tradingd::market
