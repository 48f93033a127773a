#include "daemon/admin/server.h"

#include <spdlog/spdlog.h>
#include <uv.h>

#include <array>
#include <csignal>
#include <unordered_map>
#include <utility>

#include "daemon/admin/dispatcher.h"
#include "daemon/admin/mailbox.h"
#include "daemon/admin/session.h"
#include "daemon/admin/socket.h"
#include "daemon/base/assert.h"
#include "daemon/base/log_fields.h"

namespace tradingd::admin {

namespace {

using nlohmann::json;
using protocol::ErrorCode;

constexpr int kBacklog = 128;
constexpr std::uint64_t kComplaintIntervalMs = 1'000;

/// Any thread.
std::string encode_reply(std::uint32_t msgid, const Reply& reply, std::size_t bytes_max) {
  if (reply.failure) {
    return protocol::encode_error(msgid, reply.failure->code, reply.failure->message, reply.failure->details);
  }
  std::string bytes = protocol::encode_result(msgid, reply.result);
  if (bytes.size() <= bytes_max) return bytes;
  return protocol::encode_error(msgid, ErrorCode::invalid_argument,
                                "the answer would have " + std::to_string(bytes.size()) + " bytes, more than the " +
                                    std::to_string(bytes_max) + " allowed; ask for fewer rows with 'limit'",
                                json::object());
}

std::string encode_refusal(ErrorCode code, const std::string& message) {
  return protocol::encode_notification(
      "error", {{"code", protocol::to_text(code)}, {"message", message}, {"details", json::object()}});
}

/// Reaches a session by its number, which may be gone.
class SessionSubscriber final : public Subscriber {
 public:
  SessionSubscriber(std::shared_ptr<Mailbox> mailbox, const Session& session)
      : mailbox_(std::move(mailbox)), session_(session.id()), alive_(session.alive()) {}

  void notify(std::string_view method, const json& arguments, bool last, Done done) override {
    mailbox_->post({session_, 0, protocol::encode_notification(method, arguments), last, std::move(done)});
  }
  bool alive() const override { return *alive_; }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  std::uint64_t session_;
  std::shared_ptr<const std::atomic<bool>> alive_;
};

}  // namespace

class Server::Implementation final : public SessionHost {
 public:
  Implementation(uv_loop_t* loop, Socket socket, ServerOptions options, Backend& backend)
      : loop_(loop),
        socket_(std::move(socket)),
        limits_(options.limits),
        dispatcher_(backend, std::move(options.admin_groups)) {
    set_limits(limits_);
  }
  ~Implementation() override { TD_ASSERT(handles_ == 0 && sessions_.empty()); }

  Result<bool> listen();
  void stop(std::function<void()> stopped);

  void request(Session& session, std::uint64_t serial, protocol::RequestMessage message) override;
  void closed(Session& session) override;
  void complain(const Peer& peer, const std::string& what) override;
  const Limits& limits() const override { return limits_; }
  Counters& counters() override { return counters_; }
  uv_buf_t read_buffer() override { return uv_buf_init(buffer_.data(), static_cast<unsigned int>(buffer_.size())); }

  void set_limits(const Limits& limits) {
    limits_ = limits;
    dispatcher_.set_rates(limits.commands_per_second, limits.changes_per_second);
  }
  Dispatcher& dispatcher() { return dispatcher_; }
  std::size_t connections() const { return sessions_.size(); }

 private:
  void on_connection(int status);
  /// Why the peer gets no session, encoded for him; empty if he gets one.
  std::string refusal(const std::optional<Peer>& peer) const;
  void refuse(std::unique_ptr<uv_pipe_t> pipe, const std::string& answer);
  void deliver();
  void close_handle(uv_handle_t* handle);
  void handle_gone();
  void report_if_stopped();

  uv_loop_t* loop_;
  Socket socket_;
  Limits limits_;
  Dispatcher dispatcher_;
  Counters counters_;
  uv_pipe_t listener_{};
  uv_async_t bell_{};
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::size_t handles_ = 0;  // open ones besides the sessions'

  std::unordered_map<std::uint64_t, std::unique_ptr<Session>> sessions_;
  std::unordered_map<std::int64_t, std::size_t> connections_of_;  // by uid
  std::uint64_t last_session_ = 0;
  std::array<char, 64 * 1024> buffer_{};

  bool stopping_ = false;
  std::function<void()> stopped_;
  std::uint64_t complained_at_ms_ = 0;
  std::uint64_t complaints_unsaid_ = 0;
};

Result<bool> Server::Implementation::listen() {
  const int result =
      uv_async_init(loop_, &bell_, [](uv_async_t* bell) { static_cast<Implementation*>(bell->data)->deliver(); });
  if (result != 0) return Error{std::string("can't set up the socket's thread hand-over: ") + uv_strerror(result)};
  bell_.data = this;
  mailbox_->open(&bell_);
  // The socket is listening already and the handle is new, so these can't fail.
  TD_ASSERT(uv_pipe_init(loop_, &listener_, 0) == 0);
  listener_.data = this;
  TD_ASSERT(uv_pipe_open(&listener_, socket_.release()) == 0);
  const auto connected = [](uv_stream_t* listener, int status) {
    static_cast<Implementation*>(listener->data)->on_connection(status);
  };
  TD_ASSERT(uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), kBacklog, connected) == 0);
  handles_ = 2;
  return true;
}

void Server::Implementation::on_connection(int status) {
  if (status != 0) {
    spdlog::warn("a connection could not be accepted: {}", uv_strerror(status));
    return;
  }
  auto pipe = std::make_unique<uv_pipe_t>();
  TD_ASSERT(uv_pipe_init(loop_, pipe.get(), 0) == 0);
  ++handles_;
  if (uv_accept(reinterpret_cast<uv_stream_t*>(&listener_), reinterpret_cast<uv_stream_t*>(pipe.get())) != 0) {
    refuse(std::move(pipe), {});
    return;
  }
  uv_os_fd_t fd = -1;
  std::optional<Peer> peer;
  if (uv_fileno(reinterpret_cast<uv_handle_t*>(pipe.get()), &fd) == 0) peer = read_peer(fd);
  const std::string answer = refusal(peer);
  if (!answer.empty()) {
    refuse(std::move(pipe), answer);
    return;
  }
  --handles_;  // the session's from now on
  ++counters_.connections;
  ++connections_of_[peer->uid];
  const std::uint64_t id = ++last_session_;
  auto session = std::make_unique<Session>(*this, id, *std::move(peer), std::move(pipe));
  sessions_.emplace(id, std::move(session)).first->second->start();
}

std::string Server::Implementation::refusal(const std::optional<Peer>& peer) const {
  if (!peer) return encode_refusal(ErrorCode::not_permitted, "the kernel does not say which user is calling");
  if (sessions_.size() >= limits_.connections) {
    return encode_refusal(ErrorCode::busy, "the daemon has " + std::to_string(limits_.connections) +
                                               " connections, as many as it takes; try again later");
  }
  const auto mine = connections_of_.find(peer->uid);
  if (mine != connections_of_.end() && mine->second >= limits_.connections_per_uid) {
    return encode_refusal(ErrorCode::busy, "your user has " + std::to_string(limits_.connections_per_uid) +
                                               " connections, as many as one may have; close some");
  }
  return {};
}

void Server::Implementation::refuse(std::unique_ptr<uv_pipe_t> pipe, const std::string& answer) {
  ++counters_.refused;
  uv_buf_t buffer = uv_buf_init(const_cast<char*>(answer.data()), static_cast<unsigned int>(answer.size()));
  // The kernel's buffer of a new connection is empty, so this goes out at once or not at all.
  if (!answer.empty()) uv_try_write(reinterpret_cast<uv_stream_t*>(pipe.get()), &buffer, 1);
  pipe->data = this;
  uv_close(reinterpret_cast<uv_handle_t*>(pipe.release()), [](uv_handle_t* handle) {
    auto* self = static_cast<Implementation*>(handle->data);
    delete reinterpret_cast<uv_pipe_t*>(handle);
    self->handle_gone();
  });
}

void Server::Implementation::request(Session& session, std::uint64_t serial, protocol::RequestMessage message) {
  const protocol::CommandSpec* command = protocol::find_command(message.method);
  const bool stream = command != nullptr && command->shape == protocol::ResultShape::stream;
  const bool opened = stream && session.open_stream();
  auto reply = [mailbox = mailbox_, session = session.id(), serial, opened, msgid = message.msgid,
                bytes_max = limits_.response_bytes](const Reply& answer) {
    mailbox->post({session, serial, encode_reply(msgid, answer, bytes_max), opened && answer.failure.has_value(), {}});
  };
  if (stream && !opened) {
    reply({nullptr, Failure{ErrorCode::conflict,
                            "this connection has as many subscriptions as it may have; open another", json::object()}});
    return;
  }
  dispatcher_.dispatch(session.peer(), message.method, std::move(message.arguments), std::move(reply),
                       stream ? std::make_shared<SessionSubscriber>(mailbox_, session) : nullptr);
}

void Server::Implementation::deliver() {
  for (Mailbox::Letter& letter : mailbox_->take()) {
    const auto found = sessions_.find(letter.session);
    if (found == sessions_.end()) {
      if (letter.done) letter.done(false);
      continue;
    }
    if (letter.ends_stream) found->second->close_stream();
    if (letter.done) {
      found->second->notify(std::move(letter.bytes), std::move(letter.done));
    } else {
      found->second->answer(letter.serial, std::move(letter.bytes));
    }
  }
}

void Server::Implementation::closed(Session& session) {
  const auto mine = connections_of_.find(session.peer().uid);
  TD_ASSERT(mine != connections_of_.end());
  if (--mine->second == 0) connections_of_.erase(mine);
  sessions_.erase(session.id());
  report_if_stopped();
}

void Server::Implementation::complain(const Peer& peer, const std::string& what) {
  // One line a second, so that a client can't fill the log.
  const std::uint64_t now_ms = uv_now(loop_);
  if (complained_at_ms_ != 0 && now_ms - complained_at_ms_ < kComplaintIntervalMs) {
    ++complaints_unsaid_;
    return;
  }
  complained_at_ms_ = now_ms;
  const LogScope scope{{"CALLER_UID", std::to_string(peer.uid)}, {"CALLER_PID", std::to_string(peer.pid)}};
  spdlog::warn("client uid {} pid {}: {} ({} more such lines left out)", peer.uid, peer.pid, what,
               std::exchange(complaints_unsaid_, 0));
}

void Server::Implementation::stop(std::function<void()> stopped) {
  TD_ASSERT(!stopping_);
  stopping_ = true;
  stopped_ = std::move(stopped);
  close_handle(reinterpret_cast<uv_handle_t*>(&listener_));
  std::vector<Session*> sessions;
  for (const auto& [id, session] : sessions_) sessions.push_back(session.get());
  for (Session* session : sessions) session->drain();
  report_if_stopped();
}

void Server::Implementation::close_handle(uv_handle_t* handle) {
  uv_close(handle, [](uv_handle_t* closing) { static_cast<Implementation*>(closing->data)->handle_gone(); });
}

void Server::Implementation::handle_gone() {
  --handles_;
  report_if_stopped();
}

void Server::Implementation::report_if_stopped() {
  if (!stopping_ || !sessions_.empty()) return;
  // The bell is the last to go: it carries the answers.
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&bell_)) == 0) {
    mailbox_->close();
    close_handle(reinterpret_cast<uv_handle_t*>(&bell_));
  }
  if (handles_ > 0) return;
  socket_.remove();
  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
}

Result<std::unique_ptr<Server>> Server::create(uv_loop_t* loop, ServerOptions options, Backend& backend) {
  // A client that goes away while an answer is written must not end the daemon.
  TD_ASSERT(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  Result<Socket> socket =
      options.inherited_fd ? Socket::adopt(*options.inherited_fd) : Socket::bind(options.path, options.group);
  if (!socket) return socket.error();
  auto implementation = std::make_unique<Implementation>(loop, std::move(socket).value(), std::move(options), backend);
  if (auto listening = implementation->listen(); !listening) return listening.error();
  return std::unique_ptr<Server>(new Server(std::move(implementation)));
}

Server::Server(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Server::~Server() = default;

void Server::set_admin_groups(std::vector<std::int64_t> admin_groups) {
  implementation_->dispatcher().set_admin_groups(std::move(admin_groups));
}

void Server::set_limits(const Limits& limits) { implementation_->set_limits(limits); }

void Server::stop(std::function<void()> stopped) { implementation_->stop(std::move(stopped)); }

const Counters& Server::counters() const { return implementation_->counters(); }

std::size_t Server::connections() const { return implementation_->connections(); }

}  // namespace tradingd::admin
