// Messages to bytes and back, and what no message may hold.
#include "daemon/protocol/codec.h"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <vector>

#include "daemon/protocol/frame.h"

using namespace tradingd::protocol;
using namespace std::string_literals;
using nlohmann::json;

namespace {

/// A request with msgid 7 and the arguments' bytes as given.
std::string request(const std::string& params) { return "\x94\x00\x07\xa6status"s + params; }

DecodeFailure failure_of(const std::string& frame) {
  const Message message = decode(frame, Numbers::exact);
  const auto* failure = std::get_if<DecodeFailure>(&message);
  return failure == nullptr ? DecodeFailure{"", std::nullopt, false} : *failure;
}

}  // namespace

BOOST_AUTO_TEST_CASE(codec_request_round_trip) {
  const json arguments = {{"text", "Grüße, 株"},
                          {"least", std::numeric_limits<std::int64_t>::min()},
                          {"most", std::numeric_limits<std::int64_t>::max()},
                          {"yes", true},
                          {"nothing", nullptr},
                          {"rows", json::array({json{{"symbol", "AAPL"}, {"price", "12.5"}}, json::object()})}};
  const Message message = decode(encode_request(0xffffffffU, "order.place", arguments), Numbers::exact);
  const auto* read = std::get_if<RequestMessage>(&message);
  BOOST_REQUIRE(read != nullptr);
  BOOST_TEST(read->msgid == 0xffffffffU);
  BOOST_TEST(read->method == "order.place");
  BOOST_TEST(read->arguments == arguments);
}

BOOST_AUTO_TEST_CASE(codec_response_round_trip) {
  const json result = {{"rows", json::array({json::array({1, "2.5", nullptr})})}, {"load", 0.25}};
  const Message answer = decode(encode_result(3, result), Numbers::any);
  BOOST_REQUIRE(std::holds_alternative<ResponseMessage>(answer));
  BOOST_TEST(std::get<ResponseMessage>(answer).result == result);
  BOOST_TEST(std::get<ResponseMessage>(answer).error.is_null());

  const Message error = decode(encode_error(4, ErrorCode::busy, "full", {{"queue", 7}}), Numbers::any);
  BOOST_REQUIRE(std::holds_alternative<ResponseMessage>(error));
  BOOST_TEST(std::get<ResponseMessage>(error).error ==
             json({{"code", "BUSY"}, {"message", "full"}, {"details", {{"queue", 7}}}}));
}

BOOST_AUTO_TEST_CASE(codec_notification_round_trip) {
  const Message message = decode(encode_notification("error", {{"code", "BUSY"}}), Numbers::any);
  BOOST_REQUIRE(std::holds_alternative<NotificationMessage>(message));
  BOOST_TEST(std::get<NotificationMessage>(message).method == "error");
  BOOST_TEST(std::get<NotificationMessage>(message).arguments == json({{"code", "BUSY"}}));
}

BOOST_AUTO_TEST_CASE(codec_no_arguments_in_three_forms) {
  for (const std::string& params : {"\x90"s, "\x91\x80"s, "\x80"s}) {
    const Message message = decode(request(params), Numbers::exact);
    BOOST_REQUIRE(std::holds_alternative<RequestMessage>(message));
    BOOST_TEST(std::get<RequestMessage>(message).arguments == json::object());
  }
}

BOOST_AUTO_TEST_CASE(codec_refused_values) {
  struct Case {
    const char* part_of_message;
    std::string params;
    bool malformed;
  };
  const std::vector<Case> cases = {
      {"decimals as text", "\x91\x81\xa1q\xcb\x40\x24\x00\x00\x00\x00\x00\x00"s, false},
      {"decimals as text", "\x91\x81\xa1q\xca\x41\x20\x00\x00"s, false},
      {"9223372036854775808 does not fit", "\x91\x81\xa1q\xcf\x80\x00\x00\x00\x00\x00\x00\x00"s, false},
      {"array of one map", "\x92\x80\x80"s, false},
      {"array of one map", "\x91\x01"s, false},
      {"array of one map", "\xa0"s, false},
      {"'user' comes twice",
       "\x91\x82\xa4user\xa1"
       "a\xa4user\xa1"
       "b"s,
       true},
      {"not UTF-8", "\x91\x81\xa1q\xa1\xff"s, true},
      {"not UTF-8", "\x91\x81\xa1\xff\xa1q"s, true},
      {"not UTF-8", "\x91\x81\xa1q\xa2\xc0\x80"s, true},
      {"not UTF-8", "\x91\x81\xa1q\xa3\xed\xa0\x80"s, true},
      {"NUL", "\x91\x81\xa1q\xa1\x00"s, true},
      {"text was expected", "\x91\x81\x01\x02"s, true},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.part_of_message) {
      const DecodeFailure failure = failure_of(request(test.params));
      BOOST_TEST(failure.message.find(test.part_of_message) != std::string::npos);
      BOOST_TEST(failure.malformed == test.malformed);
      BOOST_TEST((failure.msgid == 7U));
    }
  }
}

BOOST_AUTO_TEST_CASE(codec_map_entries_limit) {
  for (const std::size_t entries : {63U, 64U, 65U}) {
    json arguments = json::object();
    for (std::size_t i = 0; i < entries; ++i) arguments["key" + std::to_string(i)] = 1;
    const Message message = decode(encode_request(1, "status", arguments), Numbers::exact);
    BOOST_TEST(std::holds_alternative<RequestMessage>(message) == (entries <= 64));
  }
}

BOOST_AUTO_TEST_CASE(codec_deepest_frame_is_read) {
  // The frame and the parameters are two of the levels, their map a third.
  json value = 1;
  for (std::size_t depth = 3; depth < kDepthMax; ++depth) value = json::array({value});
  const std::string frame = encode_request(1, "status", {{"deep", value}});
  FrameReader reader(kRequestBytesMax);
  reader.feed(frame);
  BOOST_TEST(reader.next().has_value());
  BOOST_TEST(std::holds_alternative<RequestMessage>(decode(frame, Numbers::exact)));
}

BOOST_AUTO_TEST_CASE(codec_no_message) {
  const std::vector<std::string> frames = {"\x90"s,
                                           "\x91\x00"s,
                                           "\x94\x03\x01\xa1m\x90"s,
                                           "\x94\xa0\x01\xa1m\x90"s,
                                           "\x94\x00\xff\xa1m\x90"s,
                                           "\x94\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xa1m\x90"s,
                                           "\x95\x00\x01\xa1m\x90\x90"s,
                                           "\x94\x00\x01\xa1m"s};
  for (const std::string& frame : frames) BOOST_TEST(failure_of(frame).malformed);
}

BOOST_AUTO_TEST_CASE(codec_mutated_frames_do_no_harm) {
  const std::string good = encode_request(
      7, "feed.push",
      {{"name", "us"}, {"rows", json::array({json{{"symbol", "A"}, {"price", "1.5"}, {"volume", 100}}})}});
  std::mt19937 random(20200417);
  std::size_t read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (unsigned changes = random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    FrameReader reader(kRequestBytesMax);
    reader.feed(bytes);
    while (const auto frame = reader.next()) {
      ++read;
      const Message message = decode(*frame, Numbers::exact);
      // What is taken can be sent on and read again.
      if (const auto* request = std::get_if<RequestMessage>(&message)) {
        BOOST_REQUIRE(decode(encode_request(1, request->method, request->arguments), Numbers::exact).index() == 0);
      }
    }
  }
  BOOST_TEST(read > 5'000U);
}
