// The birth and the end of the socket's file.
#include "daemon/admin/socket.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/unit/admin/server_fixture.h"

using namespace tradingd::admin;

namespace {

std::string failure_of(const std::string& path) {
  const auto socket = Socket::bind(path, std::nullopt);
  return socket.ok() ? "" : socket.error().message;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

mode_t mode_of(const std::string& path) {
  struct stat status {};
  BOOST_REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

BOOST_AUTO_TEST_CASE(socket_mode_whatever_the_umask) {
  const PrivateDirectory directory;
  for (const mode_t mask : {0U, 022U, 077U, 0777U}) {
    const mode_t before = ::umask(mask);
    {
      const auto socket = Socket::bind(directory.path("socket"), ::getgid());
      ::umask(before);
      BOOST_REQUIRE(socket.ok());
      BOOST_TEST(mode_of(directory.path("socket")) == 0660U);
    }
    BOOST_TEST(!std::filesystem::exists(directory.path("socket")));
  }
}

BOOST_AUTO_TEST_CASE(socket_paths_refused) {
  const PrivateDirectory directory;
  std::ofstream(directory.path("file")) << "precious";
  std::filesystem::create_directory(directory.path("folder"));
  std::filesystem::create_symlink(directory.path("file"), directory.path("link"));
  std::filesystem::create_directory(directory.path("open"));
  std::filesystem::permissions(directory.path("open"), std::filesystem::perms(0777));
  struct Case {
    std::string path;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"", "not absolute"},
      {"relative/socket", "not absolute"},
      {"/" + std::string(107, 'x'), "longer than 107 bytes"},
      {directory.path("missing/socket"), "No such file"},
      {directory.path("file/socket"), "is not a directory"},
      {directory.path("file"), "is not a socket"},
      {directory.path("folder"), "is not a socket"},
      {directory.path("link"), "is not a socket"},
      {directory.path("open/socket"), "everyone can write"},
      {"/tmp/socket", "everyone can write"},
  };
  for (const Case& test : cases) {
    BOOST_TEST_CONTEXT(test.path) {
      const std::string message = failure_of(test.path);
      BOOST_TEST(contains(message, test.expected), "got: " << message);
    }
  }
  std::string content;
  std::ifstream(directory.path("file")) >> content;
  BOOST_TEST(content == "precious");
}

BOOST_AUTO_TEST_CASE(socket_path_of_the_longest_length) {
  const PrivateDirectory directory;
  const std::string folder = directory.path("");
  const std::string path = folder + std::string(kSocketPathMax - folder.size(), 'x');
  // The lock's name is longer than a socket's may be, but only a file's.
  const auto socket = Socket::bind(path, std::nullopt);
  BOOST_REQUIRE(socket.ok());
  const int fd = connect_to(path);
  BOOST_TEST(fd >= 0);
  ::close(fd);
  BOOST_TEST(contains(failure_of(path + "x"), "longer than"));
}

BOOST_AUTO_TEST_CASE(socket_second_daemon_disturbs_nothing) {
  const PrivateDirectory directory;
  const auto first = Socket::bind(directory.path("socket"), std::nullopt);
  BOOST_REQUIRE(first.ok());
  BOOST_TEST(contains(failure_of(directory.path("socket")), "another tradingd serves"));
  const int fd = connect_to(directory.path("socket"));
  BOOST_TEST(fd >= 0);
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(socket_left_by_a_dead_daemon_is_replaced) {
  const PrivateDirectory directory;
  const std::string path = directory.path("socket");
  {
    auto dead = Socket::bind(path, std::nullopt);
    BOOST_REQUIRE(dead.ok());
    std::filesystem::rename(path, directory.path("kept"));
  }
  std::filesystem::rename(directory.path("kept"), path);
  BOOST_TEST(connect_to(path) == -1);
  const auto socket = Socket::bind(path, std::nullopt);
  BOOST_TEST(socket.ok());
}

BOOST_AUTO_TEST_CASE(socket_of_someone_else_is_not_unlinked) {
  const PrivateDirectory directory;
  const std::string path = directory.path("socket");
  {
    const auto socket = Socket::bind(path, std::nullopt);
    BOOST_REQUIRE(socket.ok());
    std::filesystem::remove(path);
    std::ofstream(path) << "other";
  }
  BOOST_TEST(std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(socket_adopted) {
  const PrivateDirectory directory;
  const std::string path = directory.path("socket");
  auto parent = Socket::bind(path, std::nullopt);
  BOOST_REQUIRE(parent.ok());
  {
    const auto adopted = Socket::adopt(parent->release());
    BOOST_TEST(adopted.ok());
  }
  BOOST_TEST(std::filesystem::exists(path));

  int pair[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  BOOST_TEST(!Socket::adopt(pair[0]).ok());
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  BOOST_TEST(!Socket::adopt(file).ok());
  for (const int fd : {pair[0], pair[1], file}) ::close(fd);
}

BOOST_AUTO_TEST_CASE(socket_peer) {
  int pair[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const auto peer = read_peer(pair[0]);
  BOOST_REQUIRE(peer.has_value());
  BOOST_TEST(peer->uid == static_cast<std::int64_t>(::getuid()));
  BOOST_TEST(peer->gid == static_cast<std::int64_t>(::getgid()));
  BOOST_TEST(peer->pid == static_cast<std::int64_t>(::getpid()));
  std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
  BOOST_REQUIRE(::getgroups(static_cast<int>(groups.size()), groups.data()) >= 0);
  BOOST_TEST(std::vector<std::int64_t>(groups.begin(), groups.end()) == peer->groups, boost::test_tools::per_element());
  for (const int fd : pair) ::close(fd);
  BOOST_TEST(!read_peer(-1).has_value());
}
