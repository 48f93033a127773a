// The server over a real socket: honest clients, limits at their edges, hostile clients.
#include "daemon/admin/server.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <future>

#include "tests/unit/admin/server_fixture.h"

using namespace tradingd::admin;
using namespace tradingd::protocol;
using namespace std::string_literals;
using nlohmann::json;

namespace {

/// A request whose text makes it `size` bytes.
std::string request_of_size(std::size_t size) {
  const auto make = [](std::size_t length) {
    return encode_request(1, "run.start", {{"feed", "us"}, {"strategy", std::string(length, 'x')}});
  };
  const std::size_t overhead = make(60'000).size() - 60'000;
  return make(size - overhead);
}

std::size_t open_descriptors() {
  const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

/// The server serves others as before.
void check_alive(const ServerFixture& server) {
  Client client(server.path);
  BOOST_TEST(client.request(1, "status"));
  BOOST_TEST(client.response().error.is_null());
}

}  // namespace

BOOST_AUTO_TEST_CASE(server_answers) {
  ServerFixture server;
  Client client(server.path);
  client.request(9, "order.place", {{"side", "buy"}, {"quantity", 10}, {"symbol", "AAPL"}});
  const ResponseMessage answer = client.response();
  BOOST_TEST(answer.msgid == 9U);
  BOOST_TEST(answer.error.is_null());
  BOOST_TEST(answer.result == json({{"side", "buy"}, {"quantity", "10"}, {"symbol", "AAPL"}}));
}

BOOST_AUTO_TEST_CASE(server_answers_out_of_order) {
  ServerFixture server;
  HeldReplies held;
  std::promise<void> both;
  server.backend.set_handler([&](const Request&, ReplyFunction reply) {
    held.hold(std::move(reply));
    if (held.count() == 2) both.set_value();
  });
  Client client(server.path);
  client.send(encode_request(1, "status", json::object()) + encode_request(2, "status", json::object()));
  both.get_future().wait();
  held.take_last()(Reply{"second", {}});
  const ResponseMessage first_back = client.response();
  BOOST_TEST(first_back.msgid == 2U);
  BOOST_TEST(first_back.result == "second");
  held.take_last()(Reply{"first", {}});
  BOOST_TEST(client.response().msgid == 1U);
}

BOOST_AUTO_TEST_CASE(server_second_answer_is_dropped) {
  ServerFixture server;
  server.backend.set_handler([&](const Request&, const ReplyFunction& reply) {
    reply(Reply{1, {}});
    reply(Reply{2, {}});
  });
  Client client(server.path);
  client.request(1, "status");
  BOOST_TEST(client.response().result == 1);
  client.request(2, "status");
  const ResponseMessage next = client.response();
  BOOST_TEST(next.msgid == 2U);
  BOOST_TEST(next.result == 1);
}

BOOST_AUTO_TEST_CASE(server_pipelines_many) {
  ServerFixture server;
  Client client(server.path);
  constexpr std::uint32_t kCount = 5'000;
  std::thread sender([&] {
    std::string bytes;
    for (std::uint32_t i = 0; i < kCount; ++i) bytes += encode_request(i, "status", json::object());
    client.send(bytes);
  });
  std::vector<bool> seen(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) seen.at(client.response().msgid) = true;
  sender.join();
  BOOST_TEST(std::count(seen.begin(), seen.end(), true) == static_cast<std::ptrdiff_t>(kCount));
}

BOOST_AUTO_TEST_CASE(server_errors_of_calls_keep_the_connection) {
  ServerFixture server;
  server.backend.set_handler([](const Request& request, const ReplyFunction& reply) {
    if (request.command->method == "status") throw std::runtime_error("broken");
    reply(Reply{nullptr, Failure{ErrorCode::refused, "no", {{"reason", "INSUFFICIENT_CASH"}}}});
  });
  Client client(server.path);
  const auto code_of = [&](std::string_view method, const json& arguments) {
    client.request(1, method, arguments);
    return client.response().error.value("code", "");
  };
  BOOST_TEST(code_of("no.such", json::object()) == "UNKNOWN_METHOD");
  BOOST_TEST(code_of("order.place", json::object()) == "INVALID_ARGUMENT");
  BOOST_TEST(code_of("user.list", json::object()) == "NOT_PERMITTED");
  BOOST_TEST(code_of("status", json::object()) == "INTERNAL");
  BOOST_TEST(code_of("run.stop", json::object()) == "REFUSED");
  BOOST_TEST(code_of("run.show", {{"run", 1.5}}) == "INVALID_ARGUMENT");
}

BOOST_AUTO_TEST_CASE(server_request_size_limit) {
  ServerFixture server;
  for (const std::size_t size : {kRequestBytesMax - 1, kRequestBytesMax}) {
    Client client(server.path);
    client.send(request_of_size(size));
    BOOST_TEST(client.response().error.is_null());
  }
  Client client(server.path);
  client.send(request_of_size(kRequestBytesMax + 1));
  const ResponseMessage answer = client.response();
  BOOST_TEST(answer.msgid == 1U);
  BOOST_TEST(answer.error.value("message", "").find("larger than 65536 bytes") != std::string::npos);
  BOOST_TEST(client.closed());
  check_alive(server);
}

BOOST_AUTO_TEST_CASE(server_hostile_frames) {
  struct Case {
    const char* what;
    std::string bytes;
  };
  const std::string head = "\x94\x00\x05\xa6status"s;
  const std::vector<Case> cases = {
      {"array bomb", head + "\xdd\xff\xff\xff\xff"s},
      {"map bomb", head + "\x91\xdf\xff\xff\xff\xff"s},
      {"string bomb", head + "\x91\x81\xa1x\xdb\xff\xff\xff\xff"s},
      {"bin", head + "\x91\x81\xa1x\xc4\x01z"s},
      {"ext", head + "\x91\x81\xa1x\xc7\x01\x01z"s},
      {"a million levels", head + std::string(1'000'000, '\x91')},
      {"nine levels", head + std::string(8, '\x91') + "\x90"s},
      {"unassigned byte", head + "\xc1"s},
      {"duplicate key", head + "\x91\x82\xa4user\xa1z\xa4user\xa1y"s},
      {"65 entries", encode_request(5, "status",
                                    [] {
                                      json map = json::object();
                                      for (int i = 0; i < 65; ++i) map["k" + std::to_string(i)] = i;
                                      return map;
                                    }())},
      {"no UTF-8", head + "\x91\x81\xa1x\xa1\xff"s},
      {"NUL", head + "\x91\x81\xa1x\xa1\x00"s},
      {"HTTP", "GET / HTTP/1.0\r\n\r\n"s},
      {"a response", "\x94\x01\x05\xc0\xc0"s},
      {"negative id", "\x94\x00\xff\xa6status\x90"s},
      {"empty array", "\x90"s},
  };
  ServerFixture server;
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.what) {
      Client client(server.path);
      client.send(test.bytes);
      BOOST_TEST(client.error_code() == "INVALID_ARGUMENT");
      BOOST_TEST(client.closed());
    }
  }
  check_alive(server);
  server.join();
  BOOST_TEST(server.counters.malformed == cases.size());
  BOOST_TEST(server.counters.requests == 1U);
}

BOOST_AUTO_TEST_CASE(server_good_requests_before_a_bad_one_are_answered) {
  ServerFixture server;
  Client client(server.path);
  client.send(encode_request(1, "status", json::object()) + encode_request(2, "status", json::object()) + "\xc1");
  int answers = 0;
  while (const auto message = client.receive()) {
    if (std::holds_alternative<ResponseMessage>(*message)) ++answers;
  }
  BOOST_TEST(answers == 2);
}

BOOST_AUTO_TEST_CASE(server_half_closed_client_gets_its_answers) {
  ServerFixture server;
  Client client(server.path);
  client.send(encode_request(1, "status", json::object()) + encode_request(2, "status", json::object()));
  BOOST_REQUIRE(::shutdown(client.fd(), SHUT_WR) == 0);
  client.response();
  client.response();
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(server_slow_writer_is_cut_off) {
  Limits limits;
  limits.frame_timeout_ms = 50;
  ServerFixture server(limits);
  Client client(server.path);
  const std::string frame = encode_request(1, "status", json::object());
  client.send(frame + frame.substr(0, 3));
  BOOST_TEST(client.response().error.is_null());
  BOOST_TEST(client.error_code() == "INVALID_ARGUMENT");
  BOOST_TEST(client.closed());
  check_alive(server);
  server.join();
  BOOST_TEST(server.counters.timeouts == 1U);
}

BOOST_AUTO_TEST_CASE(server_drip_of_bytes_does_not_extend_the_deadline) {
  Limits limits;
  limits.frame_timeout_ms = 100;
  ServerFixture server(limits);
  Client client(server.path);
  const std::string frame = request_of_size(60'000);
  std::size_t sent = 0;
  // One byte each millisecond would take a minute; the deadline ends it.
  while (sent < frame.size() && client.send(std::string_view(frame).substr(sent, 1))) {
    ++sent;
    ::usleep(1'000);
  }
  BOOST_TEST(sent < frame.size());
}

BOOST_AUTO_TEST_CASE(server_idle_connection_is_closed) {
  Limits limits;
  limits.idle_timeout_ms = 50;
  ServerFixture server(limits);
  Client client(server.path);
  BOOST_TEST(client.closed());
  check_alive(server);
}

BOOST_AUTO_TEST_CASE(server_waiting_for_the_backend_is_not_idle) {
  Limits limits;
  limits.idle_timeout_ms = 30;
  ServerFixture server(limits);
  HeldReplies held;
  std::promise<void> arrived;
  server.backend.set_handler([&](const Request& request, ReplyFunction reply) {
    if (request.command->method != "run.show") {
      reply(Reply{1, {}});
      return;
    }
    held.hold(std::move(reply));
    arrived.set_value();
  });
  Client busy(server.path);
  busy.request(1, "run.show");
  arrived.get_future().wait();
  Client idle(server.path);
  BOOST_TEST(idle.closed());
  held.take_last()(Reply{"late", {}});
  BOOST_TEST(busy.response().result == "late");
}

BOOST_AUTO_TEST_CASE(server_connection_limit_per_user) {
  Limits limits;
  limits.connections_per_uid = 3;
  ServerFixture server(limits);
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(server.path));
    clients.back()->request(1, "status");
    BOOST_TEST(clients.back()->response().error.is_null());
  }
  Client fourth(server.path);
  BOOST_TEST(fourth.error_code() == "BUSY");
  BOOST_TEST(fourth.closed());
  BOOST_REQUIRE(::shutdown(clients.front()->fd(), SHUT_WR) == 0);
  BOOST_TEST(clients.front()->closed());
  clients.erase(clients.begin());
  // The server counts a connection until it has let go of it, which the client can't see.
  for (;;) {
    Client again(server.path);
    again.request(1, "status");
    const auto message = again.receive();
    if (message && std::holds_alternative<ResponseMessage>(*message)) break;
  }
}

BOOST_AUTO_TEST_CASE(server_connection_limit_of_all) {
  for (const std::size_t limit : {1U, 2U}) {
    Limits limits;
    limits.connections = limit;
    ServerFixture server(limits);
    Client first(server.path);
    first.request(1, "status");
    BOOST_TEST(first.response().error.is_null());
    Client second(server.path);
    if (limit == 1) {
      BOOST_TEST(second.error_code() == "BUSY");
    } else {
      second.request(1, "status");
      BOOST_TEST(second.response().error.is_null());
    }
  }
}

BOOST_AUTO_TEST_CASE(server_answer_size_limit) {
  ServerFixture server;
  server.backend.set_handler([](const Request& request, const ReplyFunction& reply) {
    reply(Reply{std::string(static_cast<std::size_t>(request.arguments.at("run").get<int>()), 'x'), {}});
  });
  // [1, msgid, nil, str 32] takes nine bytes besides the text.
  const int most = static_cast<int>(kResponseBytesMax) - 9;
  Client client(server.path);
  for (const int size : {most - 1, most, most + 1}) {
    client.request(1, "run.show", {{"run", size}});
    const ResponseMessage answer = client.response();
    BOOST_TEST(answer.error.is_null() == (size <= most));
    if (!answer.error.is_null()) BOOST_TEST(answer.error.value("message", "").find("'limit'") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(server_large_lists_one_after_the_other) {
  ServerFixture server;
  server.backend.set_handler([](const Request&, const ReplyFunction& reply) {
    reply(Reply{std::string(1'000'000, 'x'), {}});
  });
  Client client(server.path);
  for (std::uint32_t i = 0; i < 8; ++i) client.request(i, "order.list");
  for (std::uint32_t i = 0; i < 8; ++i) BOOST_TEST(client.response().msgid == i);
}

BOOST_AUTO_TEST_CASE(server_client_that_never_reads_is_cut_off) {
  ServerFixture server;
  HeldReplies held;
  std::promise<void> all;
  server.backend.set_handler([&](const Request& request, ReplyFunction reply) {
    if (request.command->method == "status") {
      reply(Reply{1, {}});
      return;
    }
    held.hold(std::move(reply));
    if (held.count() == 3) all.set_value();
  });
  Client client(server.path);
  for (std::uint32_t i = 0; i < 3; ++i) client.request(i, "run.show");
  all.get_future().wait();
  for (int i = 0; i < 3; ++i) held.take_last()(Reply{std::string(900'000, 'x'), {}});
  // A second client's answer comes after the first one's fate is sealed.
  check_alive(server);
  server.join();
  BOOST_TEST(server.counters.overflows == 1U);
}

namespace {

/// Notifies each subscriber again and again, as fast as he reads; counts how it ended.
class Babbler {
 public:
  void tell(const std::shared_ptr<Subscriber>& subscriber) {
    const json note = {{"text", std::string(50'000, 'x')}};
    subscriber->notify("watch.rows", note, false, [this, subscriber](bool sent) {
      if (sent) {
        ++sent_;
        tell(subscriber);
      }
    });
  }
  int sent() const { return sent_; }

 private:
  std::atomic<int> sent_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(server_drops_a_subscriber_who_does_not_read_and_says_so) {
  Limits limits;
  limits.stall_timeout_ms = 200;
  ServerFixture server(limits);
  Babbler babbler;
  std::promise<std::shared_ptr<Subscriber>> promised;
  server.backend.set_handler([&](const Request& request, const ReplyFunction& reply) {
    reply(Reply{1, {}});
    if (!request.subscriber) return;
    promised.set_value(request.subscriber);
    babbler.tell(request.subscriber);
  });
  Client client(server.path);
  client.request(1, "watch");
  const auto subscriber = promised.get_future().get();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (subscriber->alive() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  BOOST_TEST(!subscriber->alive());
  const int sent = babbler.sent();
  BOOST_TEST(sent < 50);  // what the kernel holds, not more
  check_alive(server);
  client.response();
  int heard = 0;
  std::optional<tradingd::protocol::Message> message;
  while ((message = client.receive()) &&
         std::get<tradingd::protocol::NotificationMessage>(*message).method == "watch.rows")
    ++heard;
  BOOST_TEST(heard == sent + 1);  // whole ones, the last one that was on its way among them
  BOOST_REQUIRE(message.has_value());
  BOOST_TEST(std::get<tradingd::protocol::NotificationMessage>(*message).arguments.at("code") == "BUSY");
  BOOST_TEST(client.closed());
  server.join();
  BOOST_TEST(server.counters.overflows == 1U);
}

BOOST_AUTO_TEST_CASE(server_keeps_a_silent_subscriber_and_forgets_a_closed_one) {
  Limits limits;
  limits.idle_timeout_ms = 50;
  ServerFixture server(limits);
  std::promise<std::shared_ptr<Subscriber>> promised;
  server.backend.set_handler([&](const Request& request, const ReplyFunction& reply) {
    reply(Reply{1, {}});
    if (request.subscriber) promised.set_value(request.subscriber);
  });
  auto client = std::make_unique<Client>(server.path);
  client->request(1, "watch");
  client->response();
  const auto subscriber = promised.get_future().get();
  // A connection without a subscription is idle and is closed meanwhile.
  Client idle(server.path);
  BOOST_TEST(idle.closed());
  std::promise<bool> first;
  subscriber->notify("watch.rows", json::object(), false, [&](bool sent) { first.set_value(sent); });
  BOOST_TEST(first.get_future().get());
  BOOST_TEST(subscriber->alive());
  client.reset();
  for (bool sent = true; sent;) {
    std::promise<bool> next;
    subscriber->notify("watch.rows", json::object(), false, [&](bool one) { next.set_value(one); });
    sent = next.get_future().get();
  }
  BOOST_TEST(!subscriber->alive());
}

BOOST_AUTO_TEST_CASE(server_unread_answers_stop_the_reading) {
  Limits limits;
  limits.requests_in_flight = 4;
  ServerFixture server(limits);
  HeldReplies held;
  std::promise<void> four;
  std::atomic<int> calls = 0;
  server.backend.set_handler([&](const Request& request, ReplyFunction reply) {
    if (request.command->method == "status") {
      reply(Reply{calls.load(), {}});
      return;
    }
    held.hold(std::move(reply));
    if (++calls == 4) four.set_value();
  });
  Client client(server.path);
  for (std::uint32_t i = 0; i < 5; ++i) client.request(i, "run.show");
  four.get_future().wait();
  check_alive(server);
  BOOST_TEST(calls == 4);
  held.take_last()(Reply{1, {}});
  client.response();
  client.request(9, "run.show");
  for (int answers = 0; answers < 5;) {
    if (held.count() == 0) continue;
    held.take_last()(Reply{1, {}});
    client.response();
    ++answers;
  }
  BOOST_TEST(calls == 6);
}

BOOST_AUTO_TEST_CASE(server_descriptors_sent_along_do_not_stay) {
  ServerFixture server;
  check_alive(server);
  Client client(server.path);
  client.request(1, "status");
  client.response();
  const std::size_t before = open_descriptors();

  std::string frame = encode_request(2, "status", json::object());
  iovec part{.iov_base = frame.data(), .iov_len = frame.size()};
  constexpr std::size_t kCount = 253;
  alignas(cmsghdr) char control[CMSG_SPACE(kCount * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(kCount * sizeof(int));
  std::vector<int> fds(kCount, client.fd());
  std::memcpy(CMSG_DATA(header), fds.data(), kCount * sizeof(int));
  BOOST_REQUIRE(::sendmsg(client.fd(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(frame.size()));
  BOOST_TEST(client.response().msgid == 2U);
  BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(server_answers_for_a_client_that_left_go_nowhere) {
  ServerFixture server;
  HeldReplies held;
  std::promise<void> arrived;
  server.backend.set_handler([&](const Request& request, ReplyFunction reply) {
    if (request.command->method == "status") {
      reply(Reply{1, {}});
      return;
    }
    held.hold(std::move(reply));
    arrived.set_value();
  });
  {
    Client client(server.path);
    client.request(1, "run.show");
    arrived.get_future().wait();
  }
  check_alive(server);
  held.take_last()(Reply{std::string(100'000, 'x'), {}});
  check_alive(server);
}

BOOST_AUTO_TEST_CASE(server_stop_answers_what_is_in_flight) {
  ServerFixture server;
  HeldReplies held;
  std::promise<void> arrived;
  server.backend.set_handler([&](const Request&, ReplyFunction reply) {
    held.hold(std::move(reply));
    arrived.set_value();
  });
  Client idle(server.path);
  Client busy(server.path);
  busy.request(1, "run.show");
  arrived.get_future().wait();
  server.stop();
  BOOST_TEST(idle.closed());
  held.take_last()(Reply{"in time", {}});
  BOOST_TEST(busy.response().result == "in time");
  BOOST_TEST(busy.closed());
  server.join();
  BOOST_TEST(!std::filesystem::exists(server.path));
}

BOOST_AUTO_TEST_CASE(server_late_answer_after_the_end) {
  HeldReplies held;
  {
    ServerFixture server;
    std::promise<void> arrived;
    server.backend.set_handler([&](const Request&, ReplyFunction reply) {
      held.hold(reply);
      arrived.set_value();
      reply(Reply{1, {}});
    });
    Client client(server.path);
    client.request(1, "status");
    client.response();
  }
  held.take_last()(Reply{2, {}});
}
