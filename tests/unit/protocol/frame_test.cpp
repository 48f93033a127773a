// Frames cut from hostile and honest byte streams.
#include "daemon/protocol/frame.h"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace tradingd::protocol;
using namespace std::string_literals;

namespace {

std::string hello() { return "\x94\x00\x07\xa6status\x91\x80"s; }

struct Outcome {
  std::vector<std::string> frames;
  std::string error;
};

Outcome read_all(FrameReader& reader) {
  Outcome outcome;
  while (const auto frame = reader.next()) outcome.frames.emplace_back(*frame);
  outcome.error = reader.error();
  return outcome;
}

Outcome read(std::string_view bytes, std::size_t bytes_max = kRequestBytesMax) {
  FrameReader reader(bytes_max);
  reader.feed(bytes);
  return read_all(reader);
}

/// [0, 1, "text", [{"key": "xx…"}]] of exactly `size` bytes.
std::string request_of_size(std::size_t size) {
  const std::string head = "\x94\x00\x01\xa6status\x91\x81\xa3key\xdb"s;
  const std::size_t payload = size - head.size() - 4;
  std::string frame = head;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(payload >> shift & 0xffU);
  return frame + std::string(payload, 'x');
}

std::string nested_arrays(std::size_t depth) { return std::string(depth - 1, '\x91') + "\x90"; }

}  // namespace

BOOST_AUTO_TEST_CASE(frame_whole) {
  const Outcome outcome = read(hello());
  BOOST_TEST(outcome.frames.size() == 1U);
  BOOST_TEST(outcome.frames.at(0) == hello());
  BOOST_TEST(outcome.error.empty());
}

BOOST_AUTO_TEST_CASE(frame_two_in_one_write) {
  FrameReader reader(kRequestBytesMax);
  reader.feed(hello() + hello() + hello().substr(0, 5));
  BOOST_TEST(read_all(reader).frames.size() == 2U);
  BOOST_TEST(reader.partial());
  reader.feed(hello().substr(5));
  BOOST_TEST(read_all(reader).frames.size() == 1U);
  BOOST_TEST(!reader.partial());
}

BOOST_AUTO_TEST_CASE(frame_in_single_bytes) {
  const std::string frame = request_of_size(kRequestBytesMax);
  FrameReader reader(kRequestBytesMax);
  for (std::size_t i = 0; i + 1 < frame.size(); ++i) {
    reader.feed(std::string_view(frame).substr(i, 1));
    BOOST_REQUIRE(!reader.next());
  }
  reader.feed(std::string_view(frame).substr(frame.size() - 1));
  const auto whole = reader.next();
  BOOST_REQUIRE(whole.has_value());
  BOOST_TEST((*whole == frame));
}

BOOST_AUTO_TEST_CASE(frame_size_limit) {
  BOOST_TEST(read(request_of_size(kRequestBytesMax - 1)).frames.size() == 1U);
  BOOST_TEST(read(request_of_size(kRequestBytesMax)).frames.size() == 1U);
  const Outcome over = read(request_of_size(kRequestBytesMax + 1));
  BOOST_TEST(over.frames.empty());
  BOOST_TEST(over.error.find("larger than 65536 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(frame_depth_limit) {
  BOOST_TEST(read(nested_arrays(kDepthMax - 1)).frames.size() == 1U);
  BOOST_TEST(read(nested_arrays(kDepthMax)).frames.size() == 1U);
  BOOST_TEST(read(nested_arrays(kDepthMax + 1)).error.find("deeper than 8") != std::string::npos);
  BOOST_TEST(read(std::string(1'000'000, '\x91')).error.find("deeper than 8") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(frame_bombs_are_refused_at_their_header) {
  struct Case {
    const char* what;
    std::string bytes;
  };
  const std::vector<Case> cases = {
      {"array 32 of 2^32-1", "\xdd\xff\xff\xff\xff"s},
      {"array 16 of arrays 16", "\xdc\xff\xff\xdc\xff\xff"s},
      {"map 32 of 2^32-1", "\x91\xdf\xff\xff\xff\xff"s},
      {"map 16 of 65535, two objects an entry", "\x91\xde\xff\xff"s},
      {"str 32 of 2^32-1", "\x91\xdb\xff\xff\xff\xff"s},
      {"str 32 of 2^31", "\x91\xdb\x80\x00\x00\x00"s},
      {"bin 8", "\x91\xc4\x01\x00"s},
      {"bin 32", "\x91\xc6\xff\xff\xff\xff"s},
      {"ext 32", "\x91\xc9\xff\xff\xff\xff\x01"s},
      {"fixext 16", "\x91\xd8\x01"s},
      {"unassigned 0xc1", "\x91\xc1"s},
      {"outermost is no array", "\x80"s},
      {"another protocol", "GET / HTTP/1.1\r\n"s},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.what) {
      const Outcome outcome = read(test.bytes);
      BOOST_TEST(outcome.frames.empty());
      BOOST_TEST(!outcome.error.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(frame_broken_stays_broken) {
  FrameReader reader(kRequestBytesMax);
  reader.feed(hello() + "\xc1"s + hello());
  BOOST_TEST(reader.next().has_value());
  BOOST_TEST(!reader.next().has_value());
  reader.feed(hello());
  BOOST_TEST(!reader.next().has_value());
}

BOOST_AUTO_TEST_CASE(frame_broken_msgid) {
  struct Case {
    std::string bytes;
    std::optional<std::uint32_t> msgid;
  };
  const std::vector<Case> cases = {
      {"\x94\x00\x07\xc1"s, 7},
      {"\x94\x00\xcc\xff\xc1"s, 255},
      {"\x94\x00\xcd\x01\x00\xc1"s, 256},
      {"\x94\x00\xce\xff\xff\xff\xff\xc1"s, 0xffffffffU},
      {"\x94\x01\x07\xc1"s, std::nullopt},
      {"\xc1"s, std::nullopt},
  };
  for (const Case& test : cases) {
    FrameReader reader(kRequestBytesMax);
    reader.feed(test.bytes);
    BOOST_TEST(!reader.next().has_value());
    BOOST_TEST(!reader.error().empty());
    BOOST_TEST((reader.broken_msgid() == test.msgid));
  }
}

BOOST_AUTO_TEST_CASE(frame_every_cut_gives_the_same) {
  const std::string stream = hello() + request_of_size(300) + nested_arrays(8) + hello();
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    FrameReader reader(kRequestBytesMax);
    reader.feed(std::string_view(stream).substr(0, cut));
    std::size_t count = read_all(reader).frames.size();
    reader.feed(std::string_view(stream).substr(cut));
    count += read_all(reader).frames.size();
    BOOST_TEST(count == 4U);
  }
}
