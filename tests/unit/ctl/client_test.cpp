// The tool's end of the socket, against a daemon that follows a script.
#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "daemon/protocol/codec.h"

using namespace tradingd;
using namespace tradingd::ctl;
using nlohmann::json;

namespace {

/// Handles one connection after the other, each by its step of the script.
class ScriptedDaemon {
 public:
  using Step = std::function<void(ScriptedDaemon&, int fd)>;

  explicit ScriptedDaemon(std::vector<Step> steps) : steps_(std::move(steps)) {
    char name[] = "/tmp/tradectl-test-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name) != nullptr);
    directory_ = name;
    path = directory_ + "/socket";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    BOOST_REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(::listen(listener_, 8) == 0);
    thread_ = std::thread([this] {
      for (const Step& step : steps_) {
        const int fd = ::accept(listener_, nullptr, nullptr);
        if (fd < 0) return;
        step(*this, fd);
        ::close(fd);
      }
    });
  }
  ScriptedDaemon(const ScriptedDaemon&) = delete;
  ScriptedDaemon& operator=(const ScriptedDaemon&) = delete;
  ~ScriptedDaemon() {
    join();
    ::close(listener_);
    std::filesystem::remove_all(directory_);
  }

  /// Waits for the end of the script; `requests` can be read then.
  void join() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }

  /// Reads one request and keeps it.
  protocol::RequestMessage read(int fd) {
    protocol::FrameReader reader(protocol::kRequestBytesMax);
    for (;;) {
      if (const auto frame = reader.next()) {
        auto message = std::get<protocol::RequestMessage>(protocol::decode(*frame, protocol::Numbers::exact));
        requests.push_back(message);
        return message;
      }
      char buffer[4096];
      const ssize_t length = ::recv(fd, buffer, sizeof buffer, 0);
      if (length <= 0) throw std::runtime_error("no request came");
      reader.feed({buffer, static_cast<std::size_t>(length)});
    }
  }
  static void write(int fd, const std::string& bytes) {
    static_cast<void>(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  std::string path;
  std::vector<protocol::RequestMessage> requests;

 private:
  std::string directory_;
  int listener_ = -1;
  std::vector<Step> steps_;
  std::thread thread_;
};

void drop(ScriptedDaemon& daemon, int fd) { daemon.read(fd); }
void answer(ScriptedDaemon& daemon, int fd) {
  ScriptedDaemon::write(fd, protocol::encode_result(daemon.read(fd).msgid, "ok"));
}
void half_an_answer(ScriptedDaemon& daemon, int fd) {
  const std::string bytes = protocol::encode_result(daemon.read(fd).msgid, "ok");
  ScriptedDaemon::write(fd, bytes.substr(0, bytes.size() - 1));
}
void busy(ScriptedDaemon& daemon, int fd) {
  const auto request = daemon.read(fd);
  ScriptedDaemon::write(fd, protocol::encode_error(request.msgid, protocol::ErrorCode::busy, "full", json::object()));
  // The tool asks again on the same connection.
  ScriptedDaemon::write(fd, protocol::encode_result(daemon.read(fd).msgid, "ok"));
}
void too_many(ScriptedDaemon& /*daemon*/, int fd) {
  ScriptedDaemon::write(fd, protocol::encode_notification("error", {{"code", "BUSY"}, {"message", "too many"}}));
}
void refuse(ScriptedDaemon& daemon, int fd) {
  ScriptedDaemon::write(
      fd, protocol::encode_error(daemon.read(fd).msgid, protocol::ErrorCode::not_permitted, "not you", {{"uid", 5}}));
}

const json kArguments = {{"amount", "5"}, {"request_id", "abc"}};

}  // namespace

BOOST_AUTO_TEST_CASE(client_retries_with_the_same_arguments) {
  struct Case {
    const char* what;
    std::vector<ScriptedDaemon::Step> steps;
    std::size_t requests;
  };
  const std::vector<Case> cases = {
      {"answered at once", {answer}, 1},
      {"connection lost before the answer", {drop, answer}, 2},
      {"connection lost twice, once in the answer", {half_an_answer, drop, answer}, 3},
      {"busy", {busy}, 2},
      {"too many connections", {too_many, answer}, 1},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.what) {
      ScriptedDaemon daemon(test.steps);
      Client client(daemon.path);
      const Answer result = client.call("cash.deposit", kArguments);
      daemon.join();
      BOOST_REQUIRE(std::holds_alternative<json>(result));
      BOOST_TEST(std::get<json>(result) == "ok");
      BOOST_TEST(daemon.requests.size() == test.requests);
      for (const auto& request : daemon.requests) BOOST_TEST(request.arguments == kArguments);
    }
  }
}

BOOST_AUTO_TEST_CASE(client_error_becomes_an_exit_status) {
  ScriptedDaemon daemon({refuse});
  Client client(daemon.path);
  const Answer result = client.call("status", json::object());
  BOOST_REQUIRE(std::holds_alternative<CallFailure>(result));
  BOOST_TEST(std::get<CallFailure>(result).exit_status == kNotPermitted);
  BOOST_TEST(std::get<CallFailure>(result).message == "not you");
  BOOST_TEST(std::get<CallFailure>(result).details == json({{"uid", 5}}));
}

BOOST_AUTO_TEST_CASE(client_without_a_daemon) {
  for (const std::string& path : {std::string("/nonexistent/socket"), "/" + std::string(200, 'x')}) {
    Client client(path);
    const Answer result = client.call("status", json::object());
    BOOST_REQUIRE(std::holds_alternative<CallFailure>(result));
    const auto& failure = std::get<CallFailure>(result);
    BOOST_TEST(failure.exit_status == kUnreachable);
    BOOST_TEST(failure.message.find(path) != std::string::npos);
    BOOST_TEST(failure.message.find("systemctl start tradingd") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(client_socket_path) {
  ::setenv("BASE_URL", "unix:///from/url", 1);
  BOOST_TEST(*socket_path(std::nullopt) == "/from/url");
  BOOST_TEST(*socket_path("/from/option") == "/from/option");
  for (const char* url : {"http://localhost", "unix://", "/plain/path"}) {
    ::setenv("BASE_URL", url, 1);
    BOOST_TEST(!socket_path(std::nullopt).ok());
  }
  ::unsetenv("BASE_URL");
  const std::string runtime =
      std::filesystem::temp_directory_path() / ("tradectl-runtime-" + std::to_string(::getpid()));
  ::setenv("XDG_RUNTIME_DIR", runtime.c_str(), 1);
  BOOST_TEST(*socket_path(std::nullopt) == "/run/tradingd/tradingd.sock");
  std::filesystem::create_directories(runtime + "/tradingd/tradingd.sock");
  BOOST_TEST(*socket_path(std::nullopt) == runtime + "/tradingd/tradingd.sock");
  std::filesystem::remove_all(runtime);
  ::unsetenv("XDG_RUNTIME_DIR");
}
