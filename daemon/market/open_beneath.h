#pragma once
// Opening a file that a user names, without leaving the folder that he may name files in.

#include <cstdint>
#include <string>
#include <utility>

#include "daemon/base/result.h"

namespace tradingd::market {

/// A file descriptor that closes itself.
class FileHandle {
 public:
  explicit FileHandle(int descriptor = -1) : descriptor_(descriptor) {}
  FileHandle(FileHandle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  ~FileHandle();

  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool valid() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

struct OpenedFile {
  FileHandle handle;
  std::int64_t bytes = 0;
};

/// Opens the regular file `path`, relative to `folder`, for reading. `folder` itself may be or contain a
/// symbolic link, nothing in `path` may. Refuses an absolute path, "..", a symbolic link, and whatever is
/// no regular file (it is not opened then, so that a FIFO or device isn't touched).
[[nodiscard]] Result<OpenedFile> open_beneath(const std::string& folder, const std::string& path);

}  // namespace tradingd::market
