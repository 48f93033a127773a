#pragma once
// A server on a real socket with its loop in a thread, and a blocking client that can send anything.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "daemon/admin/server.h"
#include "daemon/protocol/codec.h"
#include "daemon/protocol/frame.h"
#include "tests/unit/admin/fake_backend.h"

namespace tradingd::admin {

/// A directory of mode 0700 that goes away with its content.
class PrivateDirectory {
 public:
  PrivateDirectory() {
    char name[] = "/tmp/tradingd-admin-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  ~PrivateDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

class Client {
 public:
  explicit Client(const std::string& path) : fd_(connect_to(path)) {
    BOOST_REQUIRE(fd_ >= 0);
    // A server that hangs fails the test instead of stopping it.
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    BOOST_REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    BOOST_REQUIRE(::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(fd_); }

  /// False if the server has closed.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool request(std::uint32_t msgid, std::string_view method,
               const nlohmann::json& arguments = nlohmann::json::object()) const {
    return send(protocol::encode_request(msgid, method, arguments));
  }

  /// The next message; nullopt when the server has closed.
  std::optional<protocol::Message> receive() {
    for (;;) {
      if (const auto frame = reader_.next()) return protocol::decode(*frame, protocol::Numbers::any);
      BOOST_REQUIRE(reader_.error().empty());
      char buffer[65536];
      const ssize_t length = ::recv(fd_, buffer, sizeof buffer, 0);
      if (length < 0) BOOST_REQUIRE_MESSAGE(errno == ECONNRESET, "the server is silent");
      if (length <= 0) return std::nullopt;
      reader_.feed({buffer, static_cast<std::size_t>(length)});
    }
  }
  protocol::ResponseMessage response() {
    auto message = receive();
    BOOST_REQUIRE(message.has_value());
    BOOST_REQUIRE(std::holds_alternative<protocol::ResponseMessage>(*message));
    return std::get<protocol::ResponseMessage>(*message);
  }
  /// The code of an error, in an answer or in a notification.
  std::string error_code() {
    const auto message = receive();
    BOOST_REQUIRE(message.has_value());
    if (const auto* answer = std::get_if<protocol::ResponseMessage>(&*message)) return answer->error.value("code", "");
    return std::get<protocol::NotificationMessage>(*message).arguments.value("code", "");
  }
  bool closed() { return !receive().has_value(); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
  protocol::FrameReader reader_{2 * protocol::kResponseBytesMax};
};

class ServerFixture {
 public:
  explicit ServerFixture(const Limits& limits = {}) : path(directory_.path("socket")) {
    backend.add(::getuid(), "alice");
    BOOST_REQUIRE(uv_loop_init(&loop_) == 0);
    BOOST_REQUIRE(uv_async_init(&loop_, &stop_, [](uv_async_t* handle) {
                    static_cast<ServerFixture*>(handle->data)->begin_stop();
                  }) == 0);
    stop_.data = this;
    ServerOptions options;
    options.path = path;
    options.limits = limits;
    auto created = Server::create(&loop_, options, backend);
    BOOST_REQUIRE_MESSAGE(created.ok(), (created.ok() ? "" : created.error().message));
    server_ = std::move(created).value();
    thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
  }
  ServerFixture(const ServerFixture&) = delete;
  ServerFixture& operator=(const ServerFixture&) = delete;
  ~ServerFixture() { join(); }

  /// Asks the server to stop, from the loop.
  void stop() { uv_async_send(&stop_); }
  /// Stops if need be and waits for the loop's end. The server's counters can be read then.
  void join() {
    if (!thread_.joinable()) return;
    stop();
    thread_.join();
    counters = server_->counters();
    server_.reset();
    BOOST_TEST(uv_loop_close(&loop_) == 0);
  }

  FakeBackend backend;
  Counters counters;

 private:
  void begin_stop() {
    if (stopping_) return;
    stopping_ = true;
    server_->stop([this] { uv_close(reinterpret_cast<uv_handle_t*>(&stop_), nullptr); });
  }

  PrivateDirectory directory_;

 public:
  const std::string path;

 private:
  uv_loop_t loop_{};
  uv_async_t stop_{};
  bool stopping_ = false;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace tradingd::admin
