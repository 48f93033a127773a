#include "daemon/archive/run_rows.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "daemon/base/assert.h"

namespace tradingd::archive {

struct RunRows::OpenPart {
  Part part;
  std::unique_ptr<Reader> reader;
  std::optional<std::size_t> cached;  // the block whose lines these are
  std::string lines;
};

namespace {

/// The run that a line begins with: "12,34,…".
RunKey run_of(std::string_view line) {
  RunKey key;
  const char* const end = line.data() + line.size();
  const auto user = std::from_chars(line.data(), end, key.user.value);
  TD_ASSERT(user.ec == std::errc{} && user.ptr != end);
  const auto run = std::from_chars(user.ptr + 1, end, key.run.value);
  TD_ASSERT(run.ec == std::errc{});
  return key;
}

}  // namespace

RunRows::RunRows(std::string directory, std::vector<Part> parts) : directory_(std::move(directory)) {
  parts_.reserve(parts.size());
  for (Part& part : parts) {
    parts_.push_back({std::move(part), nullptr, std::nullopt, {}});
  }
}

RunRows::~RunRows() = default;

void RunRows::seek(RunKey run) {
  run_ = run;
  part_ = 0;
  block_.reset();
}

std::optional<Error> RunRows::open(OpenPart& part) const {
  if (part.reader) return std::nullopt;
  Result<Reader> reader = Reader::open(directory_, part.part.name, part.part.manifest_digest);
  if (!reader) return reader.error();
  part.reader = std::make_unique<Reader>(std::move(reader).value());
  return std::nullopt;
}

Result<bool> RunRows::load_block(OpenPart& part) {
  const std::vector<Block>& blocks = part.reader->manifest().blocks;
  if (block_) {
    ++*block_;
  } else {
    // The first block, that of the column names, has no rows.
    const auto found =
        std::partition_point(blocks.begin() + 1, blocks.end(), [&](const Block& block) { return block.last < run_; });
    block_ = static_cast<std::size_t>(found - blocks.begin());
  }
  place_ = 0;
  if (*block_ >= blocks.size() || run_ < blocks[*block_].first) return false;
  if (part.cached != block_) {
    Result<std::string> lines = part.reader->read(*block_);
    if (!lines) return lines.error();
    part.lines = std::move(lines).value();
    part.cached = block_;
  }
  return true;
}

Result<std::optional<std::string_view>> RunRows::next() {
  for (; part_ < parts_.size(); ++part_, block_.reset()) {
    OpenPart& part = parts_[part_];
    if (auto error = open(part)) return *error;
    for (;;) {
      if (!block_ || place_ >= part.lines.size()) {
        const Result<bool> loaded = load_block(part);
        if (!loaded) return loaded.error();
        if (!*loaded) break;
      }
      const std::size_t end = part.lines.find('\n', place_);
      const std::string_view line = std::string_view(part.lines).substr(place_, end - place_);
      const RunKey key = run_of(line);
      if (run_ < key) break;
      place_ = end + 1;
      if (key == run_) return std::optional(line);
    }
  }
  return std::optional<std::string_view>();
}

}  // namespace tradingd::archive
