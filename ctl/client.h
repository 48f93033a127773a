#pragma once
// Calls to the daemon over its socket, one at a time, blocking.

#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/base/result.h"
#include "daemon/protocol/codec.h"
#include "daemon/protocol/frame.h"

namespace tradingd::ctl {

/// Exit statuses of the tool; part of its contract with scripts.
inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kUsage = 2;
inline constexpr int kUnreachable = 3;
inline constexpr int kNotPermitted = 4;

struct CallFailure {
  int exit_status = kRefused;
  std::string message;  // what happened, and the remedy
  nlohmann::json details = nlohmann::json::object();
  bool not_found = false;  // the daemon knows no such thing
};

using Answer = std::variant<nlohmann::json, CallFailure>;

/// Where the daemon listens: `option` (--socket) if given, else BASE_URL (unix:///path), else the user's own
/// daemon if there is one, else the system's.
[[nodiscard]] Result<std::string> socket_path(const std::optional<std::string>& option);

class Client {
 public:
  explicit Client(std::string path) : path_(std::move(path)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// Calls and waits for the answer. A daemon that is busy, or that goes away in the middle, is asked again
  /// with the same arguments for a few seconds: a `request_id` in them makes that harmless. One that stays busy for a
  /// second is told of on standard error.
  [[nodiscard]] Answer call(std::string_view method, const nlohmann::json& arguments);

  /// Called when a call found no such thing, with its method and arguments; may change the arguments, which are then
  /// tried once more. A failure is the call's, unless the arguments are as they were.
  using Correction = std::function<std::optional<CallFailure>(std::string_view method, nlohmann::json& arguments)>;
  void set_correction(Correction correction) { correction_ = std::move(correction); }

  /// Waits for the next notification on the connection of the last call, however long; "error" is the daemon's last
  /// word on it. nullopt: the connection has ended.
  [[nodiscard]] std::optional<protocol::NotificationMessage> listen();

  /// How often a connection has been made.
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  /// Ends the connection; the next call makes another.
  void hang_up() { disconnect(); }

 private:
  enum class Outcome { answered, lost, unreachable, silent };
  [[nodiscard]] Answer call_as_it_stands(std::string_view method, const nlohmann::json& arguments);
  [[nodiscard]] Outcome attempt(std::string_view method, const nlohmann::json& arguments, nlohmann::json& error,
                                nlohmann::json& result);
  [[nodiscard]] bool connect();
  [[nodiscard]] bool send(std::string_view bytes);
  [[nodiscard]] Outcome receive(nlohmann::json& error, nlohmann::json& result);
  void disconnect();
  [[nodiscard]] CallFailure unreachable() const;

  Correction correction_;
  std::string path_;
  int fd_ = -1;
  int connect_error_ = 0;  // errno of the last connect()
  std::uint64_t connections_ = 0;
  std::uint32_t last_msgid_ = 0;
  std::deque<protocol::NotificationMessage> early_;  // came together with an answer
  protocol::FrameReader reader_{2 * protocol::kResponseBytesMax};
};

}  // namespace tradingd::ctl
