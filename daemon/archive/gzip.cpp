#include "daemon/archive/gzip.h"

#define ZLIB_CONST  // what it only reads is const then
#include <zlib.h>

#include <array>
#include <limits>

#include "daemon/base/assert.h"

namespace tradingd::archive {

namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header and trailer
constexpr int kMemoryLevel = 8;       // zlib's default

const Bytef* input(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }
Bytef* output(char* room) { return reinterpret_cast<Bytef*>(room); }

}  // namespace

std::string compress(std::string_view text) {
  TD_ASSERT(text.size() <= std::numeric_limits<uInt>::max());
  z_stream stream{};
  TD_ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) ==
            Z_OK);
  std::string member(deflateBound(&stream, text.size()), '\0');
  stream.next_in = input(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = output(member.data());
  stream.avail_out = static_cast<uInt>(member.size());
  TD_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  member.resize(stream.total_out);
  deflateEnd(&stream);
  return member;
}

std::optional<std::string> decompress(std::string_view member) {
  z_stream stream{};
  TD_ASSERT(inflateInit2(&stream, kGzipWindow) == Z_OK);
  stream.next_in = input(member);
  stream.avail_in = static_cast<uInt>(member.size());
  std::string text;
  std::array<char, 64 * 1024> piece{};
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = output(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(piece.data(), piece.size() - stream.avail_out);
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return whole ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace tradingd::archive
