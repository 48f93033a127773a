#include "daemon/market/line_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace tradingd::market {

Result<bool> LineReader::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  ssize_t got = 0;
  do {
    got = pread(descriptor_, buffer_.data() + end_, buffer_.size() - end_, offset_ + static_cast<std::int64_t>(end_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return Error{"reading failed: " + std::generic_category().message(errno)};
  }
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

Result<bool> LineReader::next(Line& line) {
  line = {offset_, next_number_, {}, false};
  std::size_t searched = 0;
  for (;;) {
    const char* const start = buffer_.data() + begin_;
    const std::size_t available = end_ - begin_;
    const void* const found = std::memchr(start + searched, '\n', available - searched);
    if (found != nullptr || (available > searched && available == buffer_.size())) {
      const std::size_t length =
          found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - start) : available;
      const std::string_view text(start, length);
      const std::size_t taken = length + (found != nullptr ? 1 : 0);
      begin_ += taken;
      offset_ += static_cast<std::int64_t>(taken);
      if (found == nullptr) {  // a part of a line that is too long: go on to its end
        line.too_long = true;
        searched = 0;
        continue;
      }
      finish(line, text);
      return true;
    }
    searched = available;
    const Result<bool> more = fill();
    if (!more) {
      return more.error();
    }
    if (!*more) {
      break;
    }
  }
  // The last line may lack its end.
  const std::size_t rest = end_ - begin_;
  if (rest == 0 && !line.too_long) {
    return false;
  }
  finish(line, std::string_view(buffer_.data() + begin_, rest));
  begin_ = end_;
  offset_ += static_cast<std::int64_t>(rest);
  return true;
}

void LineReader::finish(Line& line, std::string_view text) {
  if (!text.empty() && text.back() == '\r') {
    text.remove_suffix(1);
  }
  line.too_long = line.too_long || text.size() > kLineBytesMax;
  line.text = line.too_long ? std::string_view{} : text;
  ++next_number_;
}

void LineReader::seek(std::int64_t offset, std::int64_t number) {
  const std::int64_t buffered_from = offset_ - static_cast<std::int64_t>(begin_);
  if (offset >= buffered_from && offset < buffered_from + static_cast<std::int64_t>(end_)) {
    begin_ = static_cast<std::size_t>(offset - buffered_from);
  } else {
    begin_ = end_ = 0;
  }
  offset_ = offset;
  next_number_ = number;
}

}  // namespace tradingd::market
