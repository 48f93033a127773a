#pragma once
// The listening socket: its birth with the right mode, its lock, its end. Blocking calls, all short;
// for start-up and shutdown.

#include <sys/types.h>

#include <optional>
#include <string>

#include "daemon/admin/backend.h"
#include "daemon/base/result.h"

namespace tradingd::admin {

/// Longest path of a Unix socket, in bytes.
inline constexpr std::size_t kSocketPathMax = 107;

/// Owns a listening Unix socket, and with one that it bound also the path and the lock.
class Socket {
 public:
  /// Binds `path` with mode 0660 and, if given, `group`, and listens. The lock file PATH.lock keeps a
  /// second daemon away; under it, a socket left by a dead one is removed. Fails if the path is too
  /// long, relative, something else than a socket, or in a directory that others can write to.
  [[nodiscard]] static Result<Socket> bind(const std::string& path, std::optional<gid_t> group);

  /// Takes over a listening socket that someone else bound: systemd. Its path stays his.
  [[nodiscard]] static Result<Socket> adopt(int fd);

  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  /// Hands the descriptor over to a new owner. The path and the lock stay here.
  [[nodiscard]] int release();

  /// Closes; unlinks the path if it still is this socket, then gives up the lock. The destructor does it, too.
  void remove() noexcept;

 private:
  Socket() = default;

  int fd_ = -1;
  int lock_ = -1;
  std::string path_;  // empty: not ours to unlink
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Who is at the other end of the connected Unix socket `fd`. nullopt if the kernel doesn't say, or says a
/// uid that stands for nobody: then close the connection.
[[nodiscard]] std::optional<Peer> read_peer(int fd);

}  // namespace tradingd::admin
