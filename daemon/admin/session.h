#pragma once
// One connection: bytes to requests, answers to bytes, and the limits that keep it harmless.

#include <uv.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "daemon/admin/backend.h"
#include "daemon/admin/limits.h"
#include "daemon/protocol/codec.h"
#include "daemon/protocol/frame.h"

namespace tradingd::admin {

class Session;

/// What a session needs from the server. Loop thread.
class SessionHost {
 public:
  SessionHost() = default;
  SessionHost(const SessionHost&) = delete;
  SessionHost& operator=(const SessionHost&) = delete;
  virtual ~SessionHost() = default;

  /// Carries a request out. The answer goes to session.answer() under the same `serial`, not before this returns.
  virtual void request(Session& session, std::uint64_t serial, protocol::RequestMessage message) = 0;
  /// All of the session's handles are closed; the host may delete it.
  virtual void closed(Session& session) = 0;
  /// A line for the log about what a client did wrong.
  virtual void complain(const Peer& peer, const std::string& what) = 0;

  [[nodiscard]] virtual const Limits& limits() const = 0;
  [[nodiscard]] virtual Counters& counters() = 0;
  /// Where to read to; used only until the bytes are copied.
  [[nodiscard]] virtual uv_buf_t read_buffer() = 0;
};

/// Loop thread only. Must be closed, and closed() heard, before it is deleted.
class Session {
 public:
  /// Takes over a connected pipe. The host outlives the session.
  Session(SessionHost& host, std::uint64_t id, Peer peer, std::unique_ptr<uv_pipe_t> pipe);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Begins to read. Call once.
  void start();

  /// Sends the answer to request `serial`, encoded; ignored if there was one already.
  void answer(std::uint64_t serial, std::string bytes);

  /// A request that makes this connection a subscriber's; false: it has as many subscriptions as it may have.
  [[nodiscard]] bool open_stream();
  void close_stream();
  /// Sends a notification; `done` is called as Subscriber has it.
  void notify(std::string bytes, std::function<void(bool)> done);
  /// False from the connection's end on. Any thread may read it, also when the session is gone.
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> alive() const { return alive_; }

  /// Reads no more; closes when everything under way is answered and sent.
  void drain();

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] const Peer& peer() const { return peer_; }

 private:
  enum class State : std::uint8_t { open, draining, closing };
  enum class Deadline : std::uint8_t { none, frame, idle, stall, drain };
  struct Write;

  void on_read(ssize_t length, const char* bytes);
  void on_timeout();
  void on_written(int status);
  /// Starts requests as far as the limits allow, then sets reading and the timer accordingly.
  void proceed();
  [[nodiscard]] std::optional<protocol::RequestMessage> next_request();
  [[nodiscard]] bool may_start(const protocol::RequestMessage& message) const;
  void update_reading();
  void update_timer();
  void set_timer(Deadline deadline, std::uint64_t ms);
  void send(std::string bytes, std::function<void(bool)> done = nullptr);
  /// Tells the client what is wrong, in the answer to `msgid` if that is known, and drains.
  void fail(std::optional<std::uint32_t> msgid, const std::string& what,
            protocol::ErrorCode code = protocol::ErrorCode::invalid_argument);
  void close();
  [[nodiscard]] std::size_t queued_bytes() const;
  [[nodiscard]] uv_stream_t* stream() const { return reinterpret_cast<uv_stream_t*>(pipe_.get()); }

  SessionHost& host_;
  std::uint64_t id_;
  Peer peer_;
  std::unique_ptr<uv_pipe_t> pipe_;
  uv_timer_t timer_{};
  int open_handles_ = 2;

  State state_ = State::open;
  bool reading_ = false;
  protocol::FrameReader reader_;
  std::optional<protocol::RequestMessage> waiting_;  // read, but not to be started yet
  std::unordered_set<std::uint64_t> in_flight_;      // serials
  std::uint64_t last_serial_ = 0;
  std::size_t streams_ = 0;
  std::shared_ptr<std::atomic<bool>> alive_ = std::make_shared<std::atomic<bool>>(true);
  std::size_t writes_ = 0;        // handed to libuv, not reported back
  std::size_t notice_bytes_ = 0;  // of the notifications among them

  Deadline deadline_ = Deadline::none;
  std::uint64_t frames_ = 0;          // read so far
  std::uint64_t deadline_frame_ = 0;  // frames_ when the deadline of a frame was set
};

}  // namespace tradingd::admin
