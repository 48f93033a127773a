#pragma once
// Rows that have left the ledger: a compressed CSV file, and beside it a manifest by which any change of it is found.
//
// NAME.csv.gz is a gzip file of several members (RFC 1952), so that zcat shows the whole table: the first holds the
// column names, each of the others a block of rows, ascending by (user_id, run_id, time). NAME.json, the manifest,
// tells each block's place, first and last run, number of rows and BLAKE2b-256 digest. Whoever knows the manifest's own
// digest, as the ledger does, can rely on every byte. One thread at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/ids.h"
#include "daemon/base/result.h"

namespace tradingd::archive {

struct Block {
  std::uint64_t offset = 0;  // bytes, compressed
  std::uint64_t bytes = 0;
  std::int64_t rows = 0;
  RunKey first;
  RunKey last;
  std::string digest;  // of the compressed bytes; hexadecimal
};

struct Manifest {
  std::string columns;  // the first line: names with commas between
  std::int64_t rows = 0;
  std::vector<Block> blocks;  // the first one is the column names', without rows
};

/// Writes both files, under other names until all of it is on the disk. Without finish() nothing is left.
class Writer {
 public:
  /// Makes `directory` if it isn't there, for the caller's account alone.
  [[nodiscard]] static Result<Writer> create(const std::string& directory, const std::string& name,
                                             const std::string& columns);
  Writer(Writer&& other) noexcept;
  Writer& operator=(Writer&&) = delete;
  Writer(const Writer&) = delete;
  ~Writer();

  /// A block: `rows` lines of text, the first of run `first`, the last of `last`. nullopt: written.
  [[nodiscard]] std::optional<Error> add(std::string_view lines, std::int64_t rows, RunKey first, RunKey last);

  /// Makes both files durable under their names, in the place of what was there; the manifest's digest, hexadecimal.
  [[nodiscard]] Result<std::string> finish();

 private:
  Writer(std::string directory, std::string name, int file);
  [[nodiscard]] Error failed(const std::string& what) const;

  std::string directory_;
  std::string name_;
  int file_ = -1;
  std::uint64_t offset_ = 0;
  Manifest manifest_;
};

/// Reads a file block by block. Every error says which file, and what is wrong with it.
class Reader {
 public:
  /// `manifest_digest`: what Writer::finish gave.
  [[nodiscard]] static Result<Reader> open(const std::string& directory, const std::string& name,
                                           std::string_view manifest_digest);
  Reader(Reader&& other) noexcept;
  Reader& operator=(Reader&&) = delete;
  Reader(const Reader&) = delete;
  ~Reader();

  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  /// A block's lines, of the manifest's digest and number of rows, or an error.
  [[nodiscard]] Result<std::string> read(std::size_t block) const;
  /// Reads everything once; nullopt: all of it is as it was written.
  [[nodiscard]] std::optional<Error> check() const;

 private:
  Reader(std::string path, int file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  int file_ = -1;
  Manifest manifest_;
};

}  // namespace tradingd::archive
