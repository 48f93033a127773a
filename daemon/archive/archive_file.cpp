#include "daemon/archive/archive_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "daemon/archive/gzip.h"
#include "daemon/base/digest.h"
#include "daemon/base/failpoint.h"
#include "daemon/base/write_all.h"

namespace tradingd::archive {

namespace {

using nlohmann::json;

constexpr const char* kRows = ".csv.gz";
constexpr const char* kManifest = ".json";
constexpr const char* kPartial = ".partial";
constexpr mode_t kMode = 0600;

std::string reason() { return std::generic_category().message(errno); }

/// Into a new file, to the disk.
bool write_file(const std::string& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode);
  if (file < 0) return false;
  const bool durable = write_all(file, bytes) && ::fsync(file) == 0;
  return ::close(file) == 0 && durable;
}

bool sync_directory(const std::string& directory) {
  const int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool durable = ::fsync(folder) == 0;
  ::close(folder);
  return durable;
}

std::optional<std::string> read_at(int file, std::uint64_t offset, std::uint64_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t have = 0; have < text.size();) {
    const ssize_t count = ::pread(file, text.data() + have, text.size() - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    have += static_cast<std::size_t>(count);
  }
  return text;
}

json to_json(RunKey key) { return {key.user.value, key.run.value}; }

RunKey key_from(const json& pair) {
  return {UserId{pair.at(0).get<std::int64_t>()}, RunId{pair.at(1).get<std::int64_t>()}};
}

std::string to_text(const Manifest& manifest) {
  json blocks = json::array();
  for (const Block& block : manifest.blocks) {
    blocks.push_back({{"offset", block.offset},
                      {"bytes", block.bytes},
                      {"rows", block.rows},
                      {"first", to_json(block.first)},
                      {"last", to_json(block.last)},
                      {"digest", block.digest}});
  }
  return json{{"format", 1}, {"columns", manifest.columns}, {"rows", manifest.rows}, {"blocks", std::move(blocks)}}
             .dump(1) +
         "\n";
}

Manifest manifest_from(const std::string& text) {
  const json document = json::parse(text);
  Manifest manifest;
  manifest.columns = document.at("columns").get<std::string>();
  manifest.rows = document.at("rows").get<std::int64_t>();
  for (const json& each : document.at("blocks")) {
    manifest.blocks.push_back({each.at("offset").get<std::uint64_t>(), each.at("bytes").get<std::uint64_t>(),
                               each.at("rows").get<std::int64_t>(), key_from(each.at("first")),
                               key_from(each.at("last")), each.at("digest").get<std::string>()});
  }
  return manifest;
}

}  // namespace

// --- Writer

Writer::Writer(std::string directory, std::string name, int file)
    : directory_(std::move(directory)), name_(std::move(name)), file_(file) {}

Writer::Writer(Writer&& other) noexcept
    : directory_(std::move(other.directory_)),
      name_(std::move(other.name_)),
      file_(std::exchange(other.file_, -1)),
      offset_(other.offset_),
      manifest_(std::move(other.manifest_)) {}

Writer::~Writer() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink((directory_ + "/" + name_ + kRows + kPartial).c_str());
}

Error Writer::failed(const std::string& what) const {
  return Error{what + " " + directory_ + "/" + name_ + kRows + ": " + reason() +
               "; make room there, or name another folder: [archive] directory"};
}

Result<Writer> Writer::create(const std::string& directory, const std::string& name, const std::string& columns) {
  std::error_code trouble;
  if (std::filesystem::create_directories(directory, trouble)) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, trouble);
  }
  const std::string path = directory + "/" + name + kRows + kPartial;
  Writer writer(directory, name, ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (writer.file_ < 0) return writer.failed("can't make");
  writer.manifest_.columns = columns;
  if (auto error = writer.add(columns + "\n", 0, {}, {})) return *error;
  return writer;
}

std::optional<Error> Writer::add(std::string_view lines, std::int64_t rows, RunKey first, RunKey last) {
  const std::string member = compress(lines);
  if (!write_all(file_, member)) return failed("can't write");
  manifest_.blocks.push_back({offset_, member.size(), rows, first, last, to_hex(digest_of(member))});
  manifest_.rows += rows;
  offset_ += member.size();
  return std::nullopt;
}

Result<std::string> Writer::finish() {
  const std::string path = directory_ + "/" + name_;
  const std::string manifest = to_text(manifest_);
  if (::fsync(file_) != 0) return failed("can't make durable");
  FAILPOINT("archive.rows_durable");
  if (!write_file(path + kManifest + kPartial, manifest)) return failed("can't write the manifest of");
  if (::rename((path + kRows + kPartial).c_str(), (path + kRows).c_str()) != 0 ||
      ::rename((path + kManifest + kPartial).c_str(), (path + kManifest).c_str()) != 0 || !sync_directory(directory_)) {
    return failed("can't make durable");
  }
  ::close(std::exchange(file_, -1));
  FAILPOINT("archive.files_durable");
  return to_hex(digest_of(manifest));
}

// --- Reader

Reader::Reader(Reader&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)), manifest_(std::move(other.manifest_)) {}

Reader::~Reader() {
  if (file_ >= 0) ::close(file_);
}

Result<Reader> Reader::open(const std::string& directory, const std::string& name, std::string_view manifest_digest) {
  const std::string manifest_path = directory + "/" + name + kManifest;
  const int manifest = ::open(manifest_path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (manifest < 0 || ::fstat(manifest, &status) != 0) {
    const Error error{"the archive's " + manifest_path + " can't be read: " + reason()};
    if (manifest >= 0) ::close(manifest);
    return error;
  }
  const std::optional<std::string> text = read_at(manifest, 0, static_cast<std::uint64_t>(status.st_size));
  ::close(manifest);
  if (!text || to_hex(digest_of(*text)) != manifest_digest) {
    return Error{"the archive's " + manifest_path + " is not what was written: its digest is not the ledger's"};
  }
  const std::string path = directory + "/" + name + kRows;
  Reader reader(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (reader.file_ < 0) return Error{"the archive's " + path + " can't be read: " + reason()};
  try {
    reader.manifest_ = manifest_from(*text);
  } catch (const json::exception& error) {
    return Error{"the archive's " + manifest_path + " is of a form that this version doesn't know: " + error.what()};
  }
  return reader;
}

Result<std::string> Reader::read(std::size_t block) const {
  const Block& wanted = manifest_.blocks.at(block);
  const std::optional<std::string> member = read_at(file_, wanted.offset, wanted.bytes);
  if (!member) return Error{"the archive's " + path_ + " ends within block " + std::to_string(block)};
  if (to_hex(digest_of(*member)) != wanted.digest) {
    return Error{"the archive's " + path_ + " is damaged: block " + std::to_string(block) + ", at byte " +
                 std::to_string(wanted.offset) + ", is not what was written"};
  }
  std::optional<std::string> lines = decompress(*member);
  if (!lines || (block > 0 && std::count(lines->begin(), lines->end(), '\n') != wanted.rows)) {
    return Error{"the archive's " + path_ + " is damaged: block " + std::to_string(block) + " can't be read"};
  }
  return std::move(*lines);
}

std::optional<Error> Reader::check() const {
  std::uint64_t bytes = 0;
  for (std::size_t block = 0; block < manifest_.blocks.size(); ++block) {
    if (const Result<std::string> lines = read(block); !lines) return lines.error();
    bytes += manifest_.blocks[block].bytes;
  }
  struct stat status {};
  if (::fstat(file_, &status) != 0 || static_cast<std::uint64_t>(status.st_size) != bytes) {
    return Error{"the archive's " + path_ + " is longer than what was written"};
  }
  return std::nullopt;
}

}  // namespace tradingd::archive
