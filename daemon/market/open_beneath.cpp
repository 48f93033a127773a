#include "daemon/market/open_beneath.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace tradingd::market {

namespace {

std::string system_message(int error) { return std::generic_category().message(error); }

/// Opens `name` in the folder `parent`: a folder, or, as the path's last part, a regular file.
Result<FileHandle> open_part(const FileHandle& parent, const std::string& name, bool is_last) {
  struct stat status {};
  if (fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return Error{system_message(errno)};
  }
  if (S_ISLNK(status.st_mode)) {
    return Error{"\"" + name + "\" is a symbolic link; put the file itself there"};
  }
  if (is_last ? !S_ISREG(status.st_mode) : !S_ISDIR(status.st_mode)) {
    return Error{"\"" + name + (is_last ? "\" is not a regular file" : "\" is not a folder")};
  }
  // Against a swap between the two calls: no link is followed, and a FIFO doesn't block.
  const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (is_last ? 0 : O_DIRECTORY);
  FileHandle opened(openat(parent.get(), name.c_str(), flags));
  if (!opened.valid()) {
    return Error{system_message(errno)};
  }
  return opened;
}

}  // namespace

FileHandle::~FileHandle() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

Result<OpenedFile> open_beneath(const std::string& folder, const std::string& path) {
  const auto failed = [&](const std::string& reason) {
    return Error{"can't open \"" + path + "\" in the feed folder " + folder + ": " + reason};
  };
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string::npos) {
    return failed("name a file in that folder by its path from there");
  }
  FileHandle current(open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
  if (!current.valid()) {
    return failed(system_message(errno) + "; create it, or set feeds.directory");
  }
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const bool is_last = slash == std::string_view::npos;
    const std::string name(rest.substr(0, slash));
    rest.remove_prefix(is_last ? rest.size() : slash + 1);
    if (name.empty() || name == "." || name == ".." || (!is_last && rest.empty())) {
      return failed("a path may have no empty part, no \".\" and no \"..\"");
    }
    Result<FileHandle> next = open_part(current, name, is_last);
    if (!next) {
      return failed(next.error().message);
    }
    current = std::move(next).value();
  }
  struct stat status {};
  if (fstat(current.get(), &status) != 0) {
    return failed(system_message(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return failed("it is not a regular file");
  }
  return OpenedFile{std::move(current), static_cast<std::int64_t>(status.st_size)};
}

}  // namespace tradingd::market
