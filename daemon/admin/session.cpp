#include "daemon/admin/session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "daemon/base/assert.h"
#include "daemon/base/failpoint.h"
#include "daemon/base/log_fields.h"

namespace tradingd::admin {

using protocol::ErrorCode;

namespace {

template <typename Handle>
Session& session_of(Handle* handle) {
  return *static_cast<Session*>(handle->data);
}

#ifdef TD_FAILPOINTS
void write_half(uv_stream_t* stream, std::string& bytes) {
  const uv_buf_t half = uv_buf_init(bytes.data(), static_cast<unsigned int>(bytes.size() / 2));
  uv_try_write(stream, &half, 1);
}
#endif

}  // namespace

/// An answer on its way; deletes itself when libuv reports it back.
struct Session::Write {
  uv_write_t request{};
  std::string bytes;
  std::function<void(bool)> done;
};

Session::Session(SessionHost& host, std::uint64_t id, Peer peer, std::unique_ptr<uv_pipe_t> pipe)
    : host_(host), id_(id), peer_(std::move(peer)), pipe_(std::move(pipe)), reader_(host.limits().request_bytes) {
  pipe_->data = this;
  TD_ASSERT(uv_timer_init(pipe_->loop, &timer_) == 0);
  timer_.data = this;
}

Session::~Session() { TD_ASSERT(open_handles_ == 0); }

void Session::start() { proceed(); }

void Session::on_read(ssize_t length, const char* bytes) {
  if (length == 0) return;  // libuv's "try again"
  if (length == UV_EOF) {
    // A client may shut its writing side down and still wait for answers.
    drain();
    return;
  }
  if (length < 0) {
    close();
    return;
  }
  reader_.feed({bytes, static_cast<std::size_t>(length)});
  proceed();
}

void Session::proceed() {
  while (state_ == State::open) {
    if (!waiting_) waiting_ = next_request();
    if (!waiting_ || !may_start(*waiting_)) break;
    protocol::RequestMessage message = *std::exchange(waiting_, std::nullopt);
    const std::uint64_t serial = ++last_serial_;
    in_flight_.insert(serial);
    ++host_.counters().requests;
    host_.request(*this, serial, std::move(message));
  }
  if (state_ == State::draining && in_flight_.empty() && writes_ == 0) close();
  if (state_ == State::closing) return;
  update_reading();
  update_timer();
}

std::optional<protocol::RequestMessage> Session::next_request() {
  while (state_ == State::open) {
    const auto frame = reader_.next();
    if (!frame) {
      if (!reader_.error().empty()) fail(reader_.broken_msgid(), reader_.error());
      return std::nullopt;
    }
    ++frames_;
    protocol::Message message = protocol::decode(*frame, protocol::Numbers::exact);
    if (auto* request = std::get_if<protocol::RequestMessage>(&message)) {
      FAILPOINT("command.frame_complete");
      return std::move(*request);
    }
    if (const auto* failure = std::get_if<protocol::DecodeFailure>(&message)) {
      if (failure->malformed || !failure->msgid) {
        fail(failure->msgid, failure->message);
      } else {
        send(protocol::encode_error(*failure->msgid, ErrorCode::invalid_argument, failure->message,
                                    nlohmann::json::object()));
      }
    } else if (std::holds_alternative<protocol::ResponseMessage>(message)) {
      fail(std::nullopt, "the daemon asks nothing, so it takes no answers; send requests: [0, msgid, method, [{…}]]");
    }
    // A notification asks for no answer, and there is none that the daemon listens to.
  }
  return std::nullopt;
}

bool Session::may_start(const protocol::RequestMessage& message) const {
  if (in_flight_.size() >= host_.limits().requests_in_flight) return false;
  if (queued_bytes() > host_.limits().output_bytes / 2) return false;
  // A list's answer can be large: one of them at a time, so that an honest client never overflows.
  const protocol::CommandSpec* command = protocol::find_command(message.method);
  const bool large = command != nullptr && command->shape == protocol::ResultShape::list;
  return !large || (in_flight_.empty() && queued_bytes() == 0);
}

void Session::update_reading() {
  const bool wanted = state_ == State::open && !waiting_;
  if (wanted == reading_) return;
  reading_ = wanted;
  if (!wanted) {
    uv_read_stop(stream());
    return;
  }
  const int result = uv_read_start(
      stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) { *buffer = session_of(handle).host_.read_buffer(); },
      [](uv_stream_t* handle, ssize_t length, const uv_buf_t* buffer) {
        session_of(handle).on_read(length, buffer->base);
      });
  if (result != 0) close();
}

void Session::update_timer() {
  const Limits& limits = host_.limits();
  if (state_ == State::draining) {
    // With requests in flight it is the daemon who is to act.
    if (in_flight_.empty() && deadline_ != Deadline::drain) set_timer(Deadline::drain, limits.frame_timeout_ms);
    if (!in_flight_.empty()) set_timer(Deadline::none, 0);
  } else if (reading_ && reader_.partial()) {
    if (deadline_ == Deadline::frame && deadline_frame_ == frames_) return;
    deadline_frame_ = frames_;
    set_timer(Deadline::frame, limits.frame_timeout_ms);
  } else if (streams_ > 0 && in_flight_.empty()) {
    // A subscriber may be silent for as long as he likes, if only he reads.
    if (queued_bytes() == 0) set_timer(Deadline::none, 0);
    if (queued_bytes() > 0 && deadline_ != Deadline::stall) set_timer(Deadline::stall, limits.stall_timeout_ms);
  } else if (in_flight_.empty()) {
    set_timer(Deadline::idle, limits.idle_timeout_ms);
  } else {
    set_timer(Deadline::none, 0);
  }
}

void Session::set_timer(Deadline deadline, std::uint64_t ms) {
  deadline_ = deadline;
  if (deadline == Deadline::none) {
    uv_timer_stop(&timer_);
    return;
  }
  TD_ASSERT(uv_timer_start(
                &timer_, [](uv_timer_t* timer) { session_of(timer).on_timeout(); }, ms, 0) == 0);
}

void Session::on_timeout() {
  if (deadline_ == Deadline::frame) {
    ++host_.counters().timeouts;
    fail(std::nullopt,
         "the request did not arrive whole within " + std::to_string(host_.limits().frame_timeout_ms) + " ms");
    proceed();
    return;
  }
  if (deadline_ == Deadline::stall) {
    *alive_ = false;
    ++host_.counters().overflows;
    fail(std::nullopt,
         "the notifications are not read, so they are no longer sent; subscribe again with the last 'next' as 'after'",
         ErrorCode::busy);
    proceed();
    return;
  }
  if (queued_bytes() > 0) {
    ++host_.counters().timeouts;
    host_.complain(peer_, "does not read its answers");
  }
  close();
}

void Session::answer(std::uint64_t serial, std::string bytes) {
  if (state_ == State::closing) return;
  if (in_flight_.erase(serial) == 0) {
    const LogScope scope{{"CALLER_UID", std::to_string(peer_.uid)}, {"CALLER_PID", std::to_string(peer_.pid)}};
    spdlog::error("a request of uid {} was answered twice; the second answer is dropped", peer_.uid);
    return;
  }
  send(std::move(bytes));
  proceed();
}

bool Session::open_stream() {
  if (streams_ >= host_.limits().streams) return false;
  ++streams_;
  return true;
}

void Session::close_stream() {
  TD_ASSERT(streams_ > 0);
  --streams_;
}

void Session::notify(std::string bytes, std::function<void(bool)> done) {
  if (state_ != State::open) {
    done(false);
    return;
  }
  send(std::move(bytes), std::move(done));
  if (state_ == State::open) update_timer();
}

void Session::send(std::string bytes, std::function<void(bool)> done) {
  if (state_ == State::closing) {
    if (done) done(false);
    return;
  }
  const std::size_t answers = queued_bytes() - std::min(queued_bytes(), notice_bytes_);
  if (!done && answers > 0 && answers + bytes.size() > host_.limits().output_bytes) {
    ++host_.counters().overflows;
    host_.complain(peer_, "lets answers pile up unread; its connection is closed");
    close();
    return;
  }
  FAILPOINT_AFTER("command.reply_half_written", write_half(stream(), bytes));
  if (done) notice_bytes_ += bytes.size();
  auto write = std::make_unique<Write>();
  write->bytes = std::move(bytes);
  write->done = std::move(done);
  write->request.data = write.get();
  const uv_buf_t buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned int>(write->bytes.size()));
  const int result = uv_write(&write->request, stream(), &buffer, 1, [](uv_write_t* request, int status) {
    const std::unique_ptr<Write> written(static_cast<Write*>(request->data));
    if (written->done) {
      session_of(request->handle).notice_bytes_ -= written->bytes.size();
      written->done(status == 0);
    }
    session_of(request->handle).on_written(status);
  });
  if (result != 0) {
    close();
    if (write->done) write->done(false);
    return;
  }
  ++writes_;
  static_cast<void>(write.release());  // the callback's from now on
}

void Session::on_written(int status) {
  --writes_;
  if (deadline_ == Deadline::stall) deadline_ = Deadline::none;  // he has read something
  if (state_ == State::closing) return;
  if (status != 0) {
    close();
    return;
  }
  proceed();
}

void Session::fail(std::optional<std::uint32_t> msgid, const std::string& what, ErrorCode code) {
  host_.counters().malformed += code == ErrorCode::invalid_argument ? 1 : 0;
  host_.complain(peer_, what);
  const auto details = nlohmann::json::object();
  send(msgid ? protocol::encode_error(*msgid, code, what, details)
             : protocol::encode_notification(
                   "error", {{"code", protocol::to_text(code)}, {"message", what}, {"details", details}}));
  if (state_ == State::open) state_ = State::draining;
}

void Session::drain() {
  if (state_ != State::open) return;
  state_ = State::draining;
  waiting_.reset();
  proceed();
}

void Session::close() {
  if (state_ == State::closing) return;
  state_ = State::closing;
  *alive_ = false;
  const auto handle_closed = [](uv_handle_t* handle) {
    Session& session = session_of(handle);
    if (--session.open_handles_ == 0) session.host_.closed(session);
  };
  uv_close(reinterpret_cast<uv_handle_t*>(pipe_.get()), handle_closed);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), handle_closed);
}

std::size_t Session::queued_bytes() const { return uv_stream_get_write_queue_size(stream()); }

}  // namespace tradingd::admin
