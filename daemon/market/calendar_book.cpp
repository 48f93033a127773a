#include "daemon/market/calendar_book.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tradingd::market {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameMax = 16;
constexpr std::size_t kFileBytesMax = 1 << 20;

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && name != kAlways &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

Result<Calendar> load_file(const fs::path& path) {
  const std::string name = path.stem().string();
  if (!is_name(name)) {
    return Error{path.string() + ": a calendar's file is named for it, such as XNYS.toml: at most " +
                 std::to_string(kNameMax) + " capital letters, digits and '_', and not " + std::string(kAlways)};
  }
  std::ifstream stream(path, std::ios::binary);
  std::string content;
  if (stream) {
    content.assign(std::istreambuf_iterator<char>(stream), {});
  }
  if (!stream || content.size() > kFileBytesMax) {
    return Error{path.string() + " can't be read: " + (content.empty() ? std::strerror(errno) : "it is too large")};
  }
  Result<config::CalendarFile> file = config::parse_calendar_file(content, path.string());
  return file ? Calendar::make(name, std::move(file).value()) : file.error();
}

}  // namespace

Result<CalendarBook> CalendarBook::load(std::span<const std::string> folders) {
  std::map<std::string, fs::path> files;
  for (const std::string& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() == ".toml") {
        files[entry->path().stem().string()] = entry->path();
      }
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return Error{"the calendars in " + folder + " can't be read: " + error.message()};
    }
  }
  CalendarBook book;
  book.calendars_.emplace(kAlways, Calendar::always());
  for (const auto& [name, path] : files) {
    Result<Calendar> calendar = load_file(path);
    if (!calendar) {
      return calendar.error();
    }
    book.calendars_.emplace(name, std::move(calendar).value());
  }
  return book;
}

Result<Calendar> CalendarBook::find(std::string_view name) const {
  if (const auto found = calendars_.find(name); found != calendars_.end()) {
    return found->second;
  }
  std::string message = "there is no calendar \"" + std::string(name) + "\"; there are";
  for (const auto& [known, calendar] : calendars_) {
    message.append(" ").append(known);
  }
  return Error{std::move(message)};
}

}  // namespace tradingd::market
