#include "ctl/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "daemon/protocol/codec.h"
#include "daemon/protocol/commands.h"

namespace tradingd::ctl {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kPatience = std::chrono::seconds(8);  // with a daemon that is busy or went away
constexpr int kAnswerTimeoutMs = 120'000;            // with one that is there and says nothing
constexpr milliseconds kFirstPause{20};
constexpr milliseconds kLongestPause{1'000};
constexpr std::string_view kSystemSocket = "/run/tradingd/tradingd.sock";
constexpr std::string_view kUrlScheme = "unix://";

}  // namespace

Result<std::string> socket_path(const std::optional<std::string>& option) {
  if (option) return *option;
  if (const char* url = std::getenv("BASE_URL"); url != nullptr && *url != '\0') {
    const std::string_view text(url);
    if (!text.starts_with(kUrlScheme) || text.size() == kUrlScheme.size()) {
      return Error{"BASE_URL is '" + std::string(text) + "'; it must be like unix:///run/tradingd/tradingd.sock"};
    }
    return std::string(text.substr(kUrlScheme.size()));
  }
  // Where an ordinary user's own daemon listens by default.
  for (const auto& [variable, below] :
       {std::pair{"XDG_RUNTIME_DIR", ""}, std::pair{"XDG_STATE_HOME", ""}, std::pair{"HOME", "/.local/state"}}) {
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder == '/') {
      std::string own = std::string(folder) + below + "/tradingd/tradingd.sock";
      if (::access(own.c_str(), F_OK) == 0) return own;
    }
  }
  return std::string(kSystemSocket);
}

Client::~Client() { disconnect(); }

void Client::disconnect() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Client::connect() {
  if (fd_ >= 0) return true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    connect_error_ = ENAMETOOLONG;
    return false;
  }
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    connect_error_ = errno;
    disconnect();
    return false;
  }
  ++connections_;
  early_.clear();
  reader_ = protocol::FrameReader(2 * protocol::kResponseBytesMax);
  return true;
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Client::Outcome Client::receive(nlohmann::json& error, nlohmann::json& result) {
  std::array<char, 64 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  for (;;) {
    while (const auto frame = reader_.next()) {
      protocol::Message message = protocol::decode(*frame, protocol::Numbers::any);
      if (auto* answer = std::get_if<protocol::ResponseMessage>(&message); answer && answer->msgid == last_msgid_) {
        error = std::move(answer->error);
        result = std::move(answer->result);
        return Outcome::answered;
      }
      // The daemon's last words before it closes a connection that it didn't like.
      if (auto* notice = std::get_if<protocol::NotificationMessage>(&message); notice && notice->method == "error") {
        error = std::move(notice->arguments);
        disconnect();
        return Outcome::answered;
      }
      if (auto* notice = std::get_if<protocol::NotificationMessage>(&message)) early_.push_back(std::move(*notice));
    }
    if (!reader_.error().empty()) return Outcome::lost;
    pollfd readable{.fd = fd_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, kAnswerTimeoutMs);
    if (ready == 0) return Outcome::silent;
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t length = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return Outcome::lost;
    reader_.feed({buffer.data(), static_cast<std::size_t>(length)});
  }
}

std::optional<protocol::NotificationMessage> Client::listen() {
  std::array<char, 64 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  while (fd_ >= 0) {
    if (!early_.empty()) {
      protocol::NotificationMessage notice = std::move(early_.front());
      early_.pop_front();
      return notice;
    }
    while (const auto frame = reader_.next()) {
      protocol::Message message = protocol::decode(*frame, protocol::Numbers::any);
      if (auto* notice = std::get_if<protocol::NotificationMessage>(&message)) return std::move(*notice);
    }
    const ssize_t length = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0 || !reader_.error().empty()) {
      disconnect();
    } else {
      reader_.feed({buffer.data(), static_cast<std::size_t>(length)});
    }
  }
  return std::nullopt;
}

Client::Outcome Client::attempt(std::string_view method, const nlohmann::json& arguments, nlohmann::json& error,
                                nlohmann::json& result) {
  if (!connect()) return connections_ > 0 ? Outcome::lost : Outcome::unreachable;
  // What can't be sent may have been answered before the connection was closed, so look in any case.
  static_cast<void>(send(protocol::encode_request(++last_msgid_, method, arguments)));
  const Outcome outcome = receive(error, result);
  if (outcome != Outcome::answered) disconnect();
  return outcome;
}

Answer Client::call(std::string_view method, const nlohmann::json& arguments) {
  Answer answer = call_as_it_stands(method, arguments);
  const auto* failure = std::get_if<CallFailure>(&answer);
  if (failure == nullptr || !failure->not_found || !correction_) return answer;
  const Correction correction = std::exchange(correction_, nullptr);  // its own calls are not corrected
  nlohmann::json corrected = arguments;
  auto fault = correction(method, corrected);
  correction_ = correction;
  if (fault) return fault->exit_status == kRefused ? Answer(*std::move(fault)) : answer;
  return corrected == arguments ? answer : call_as_it_stands(method, corrected);
}

Answer Client::call_as_it_stands(std::string_view method, const nlohmann::json& arguments) {
  const auto deadline = Clock::now() + kPatience;
  milliseconds pause = kFirstPause;
  bool told = false;
  for (;;) {
    nlohmann::json error;
    nlohmann::json result;
    const Outcome outcome = attempt(method, arguments, error, result);
    const bool busy = outcome == Outcome::answered && error.is_object() && error.value("code", "") == "BUSY";
    const bool again = (busy || outcome == Outcome::lost) && Clock::now() + pause < deadline;
    if (again) {
      if (busy && pause == kLongestPause && !std::exchange(told, true)) {
        std::fprintf(stderr, "tradectl: the daemon is busy; trying again for up to %lld s\n",
                     static_cast<long long>(kPatience.count()));
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
      continue;
    }
    switch (outcome) {
      case Outcome::unreachable:
        return unreachable();
      case Outcome::lost:
        return CallFailure{kUnreachable, "the daemon at " + path_ +
                                             " went away and did not come back; whether the command took "
                                             "effect is not known. Start it (systemctl start tradingd) and look"};
      case Outcome::silent:
        return CallFailure{kUnreachable, "the daemon at " + path_ + " took the command but did not answer in " +
                                             std::to_string(kAnswerTimeoutMs / 1000) + " s; its log may say why"};
      case Outcome::answered:
        break;
    }
    if (error.is_null()) return result;
    if (!error.is_object()) return CallFailure{kRefused, "the daemon answered with an error: " + error.dump()};
    const std::string tried = busy ? "\n(still so after " + std::to_string(kPatience.count()) + " s)" : "";
    return CallFailure{protocol::exit_status(error.value("code", "")),
                       error.value("message", "the daemon gave no reason") + tried,
                       error.value("details", nlohmann::json::object()),
                       error.value("code", "") == to_text(protocol::ErrorCode::not_found)};
  }
}

CallFailure Client::unreachable() const {
  const std::string what = "can't reach the daemon at " + path_ + ": " + std::strerror(connect_error_);
  if (connect_error_ == EACCES) {
    return CallFailure{kNotPermitted,
                       what + "\nThe socket is for members of its group; ask an admin to add you to it (ls -l " +
                           path_ + " shows which)"};
  }
  return CallFailure{kUnreachable,
                     what +
                         "\nStart it: systemctl start tradingd. If its socket is elsewhere: --socket PATH, or "
                         "BASE_URL=unix:///PATH"};
}

}  // namespace tradingd::ctl
