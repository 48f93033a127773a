#pragma once
// The daemon's socket: accepts, identifies, counts, and carries requests to the backend and answers back.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/admin/backend.h"
#include "daemon/admin/limits.h"
#include "daemon/base/result.h"

struct uv_loop_s;

namespace tradingd::admin {

struct ServerOptions {
  std::string path;                        // of the socket, absolute; unused with `inherited_fd`
  std::optional<gid_t> group;              // of the socket's file
  std::optional<int> inherited_fd;         // a listening socket from systemd; becomes the server's
  std::vector<std::int64_t> admin_groups;  // gids
  Limits limits;
};

/// Loop thread only.
class Server {
 public:
  /// Listens from now on, and serves when `loop` runs. `loop` and `backend` outlive the server. The failure
  /// says what is wrong with the path, or that another daemon serves it. The process ignores SIGPIPE from
  /// then on.
  [[nodiscard]] static Result<std::unique_ptr<Server>> create(uv_loop_s* loop, ServerOptions options, Backend& backend);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Only when stop() has reported.
  ~Server();

  /// For requests from now on; a change of the configuration.
  void set_admin_groups(std::vector<std::int64_t> admin_groups);
  /// For what is checked from now on; connections over a lowered limit stay.
  void set_limits(const Limits& limits);

  /// Accepts no more, answers what is in flight, closes every connection, removes the socket, and then
  /// calls `stopped`, where the server may be deleted. Call once. It takes as long as the backend's answers do.
  void stop(std::function<void()> stopped);

  [[nodiscard]] const Counters& counters() const;
  /// Open connections.
  [[nodiscard]] std::size_t connections() const;

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tradingd::admin
