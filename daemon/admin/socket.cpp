#include "daemon/admin/socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tradingd::admin {

namespace {

constexpr mode_t kMode = 0660;
constexpr std::int64_t kNobody = 65534;  // what a uid that this user namespace lacks looks like
constexpr int kBacklog = 128;
constexpr std::size_t kGroupsMax = 65536;  // NGROUPS_MAX of Linux

Error failure(const std::string& what) { return Error{what + ": " + std::strerror(errno)}; }

Result<bool> check_path(const std::string& path) {
  if (path.empty() || path.front() != '/') {
    return Error{"the socket's path '" + path + "' is not absolute; begin it with '/'"};
  }
  if (path.size() > kSocketPathMax) {
    return Error{"the socket's path '" + path + "' is longer than " + std::to_string(kSocketPathMax) +
                 " bytes; choose a shorter one"};
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == 0 ? "/" : path.substr(0, slash);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return failure("can't use the socket's directory " + folder);
  if (!S_ISDIR(status.st_mode)) return Error{folder + " is not a directory; choose another path for the socket"};
  if ((status.st_mode & S_IWOTH) != 0) {
    return Error{"everyone can write to " + folder +
                 ", so anyone could replace the socket; use a directory of mode 0750"};
  }
  return true;
}

Result<int> take_lock(const std::string& path) {
  const std::string name = path + ".lock";
  const int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failure("can't open the lock " + name);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const bool taken = errno == EWOULDBLOCK;
  const Error error = failure("can't lock " + name);
  ::close(fd);
  if (!taken) return error;
  return Error{"another tradingd serves " + path + "; stop it, or choose another path for this one's socket"};
}

/// With the lock held, a socket that is there belongs to nobody alive.
Result<bool> remove_stale(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return true;
    return failure("can't look at " + path);
  }
  if (!S_ISSOCK(status.st_mode)) return Error{path + " is there already and is not a socket; move it away"};
  if (::unlink(path.c_str()) != 0) return failure("can't remove the old socket " + path);
  return true;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// The groups beyond the first; false if the kernel doesn't tell.
bool read_groups(int fd, std::vector<std::int64_t>& groups) {
  std::vector<gid_t> buffer(64);
  for (;;) {
    auto length = static_cast<socklen_t>(buffer.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, buffer.data(), &length) == 0) {
      buffer.resize(length / sizeof(gid_t));
      groups.assign(buffer.begin(), buffer.end());
      return true;
    }
    if (errno != ERANGE || length / sizeof(gid_t) > kGroupsMax) return false;
    buffer.resize(length / sizeof(gid_t));
  }
}

}  // namespace

Result<Socket> Socket::bind(const std::string& path, std::optional<gid_t> group) {
  if (auto good = check_path(path); !good) return good.error();
  Socket socket;
  const Result<int> lock = take_lock(path);
  if (!lock) return lock.error();
  socket.lock_ = *lock;
  if (auto gone = remove_stale(path); !gone) return gone.error();

  socket.fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket.fd_ < 0) return failure("can't create a socket");
  // bind() gives the file this mode less the umask, so it is born narrow. It is made exact before it
  // listens: until then, nobody can connect.
  if (::fchmod(socket.fd_, kMode) != 0) return failure("can't set the mode of the socket");
  const sockaddr_un address = address_of(path);
  if (::bind(socket.fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failure("can't bind the socket " + path);
  }
  socket.path_ = path;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return failure("can't look at the new socket " + path);
  socket.device_ = status.st_dev;
  socket.inode_ = status.st_ino;
  if (group && ::lchown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
    return failure("can't give " + path + " to the group " + std::to_string(*group));
  }
  if (::chmod(path.c_str(), kMode) != 0) return failure("can't set the mode of " + path);
  if (::listen(socket.fd_, kBacklog) != 0) return failure("can't listen on " + path);
  return socket;
}

Result<Socket> Socket::adopt(int fd) {
  Socket socket;
  int family = 0;
  int type = 0;
  int listening = 0;
  socklen_t length = sizeof family;
  const bool known = ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length) == 0 &&
                     ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
                     ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0;
  if (!known) return failure("the inherited descriptor " + std::to_string(fd) + " is no socket");
  if (family != AF_UNIX || type != SOCK_STREAM || listening == 0) {
    return Error{
        "the inherited socket is not a listening Unix stream socket; use ListenStream=/path in the .socket unit"};
  }
  socket.fd_ = fd;
  return socket;
}

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      lock_(std::exchange(other.lock_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    remove();
    fd_ = std::exchange(other.fd_, -1);
    lock_ = std::exchange(other.lock_, -1);
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

Socket::~Socket() { remove(); }

int Socket::release() { return std::exchange(fd_, -1); }

void Socket::remove() noexcept {
  struct stat status {};
  const bool ours =
      !path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
  path_.clear();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

std::optional<Peer> read_peer(int fd) {
  ucred credentials{.pid = -1, .uid = static_cast<uid_t>(-1), .gid = static_cast<gid_t>(-1)};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0 || length != sizeof credentials) {
    return std::nullopt;
  }
  if (credentials.uid == static_cast<uid_t>(-1) || credentials.uid == kNobody) return std::nullopt;
  Peer peer{.uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid, .groups = {}};
  if (!read_groups(fd, peer.groups)) return std::nullopt;
  return peer;
}

}  // namespace tradingd::admin
