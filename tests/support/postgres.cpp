#include "tests/support/postgres.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/store/connection.h"
#include "daemon/store/migrations.h"

namespace tradingd::test {

namespace {

void run_cluster_script(const std::string& command, const std::string& directory) {
  const std::string line = fmt::format("'{}/tests/support/cluster' {} '{}'", TD_SOURCE_DIR, command, directory);
  if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + line);
}

/// Started by this program, stopped at its exit.
class PrivateCluster {
 public:
  PrivateCluster() {
    std::string pattern = "/tmp/tradingd-test-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("can't make a directory in /tmp");
    directory_ = pattern;
    run_cluster_script("start", directory_);
  }
  PrivateCluster(const PrivateCluster&) = delete;
  PrivateCluster& operator=(const PrivateCluster&) = delete;
  ~PrivateCluster() {
    try {
      run_cluster_script("stop", directory_);
    } catch (const std::exception& error) {
      std::cerr << error.what() << '\n';
    }
  }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

store::Connection& maintenance() {
  static std::unique_ptr<store::Connection> connection;
  // A test that kills the server leaves a session that is gone.
  try {
    if (connection) connection->exec("SELECT");
  } catch (const store::DatabaseError&) {
    connection.reset();
  }
  if (!connection) {
    connection =
        std::make_unique<store::Connection>(store::ConnectionOptions{superuser_dsn("postgres"), "", "tradingd tests"});
  }
  return *connection;
}

/// Named for what is in sql/, so that a cluster left over from an older tree is no trap.
std::string template_name() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sql_dir())) {
    if (entry.is_regular_file() && entry.path().filename() != "invariants.sql") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::ostringstream content;
  for (const auto& file : files) content << std::ifstream(file).rdbuf();
  return "template_" + to_hex(digest_of(content.str())).substr(0, 16);
}

/// One program makes the template, the others wait for it.
const std::string& migrated_template() {
  static const std::string name = [] {
    const std::string wanted = template_name();
    const std::string lock_file = cluster_directory() + "/template.lock";
    const int lock = open(lock_file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) throw std::runtime_error("can't lock " + lock_file);
    if (maintenance().exec("SELECT FROM pg_database WHERE datname = $1", {wanted}).empty()) {
      const std::string draft = wanted + "_draft";  // renamed when whole
      maintenance().exec("DROP DATABASE IF EXISTS " + draft + " WITH (FORCE)");
      maintenance().exec("CREATE DATABASE " + draft);
      const auto report = store::migrate(superuser_dsn(draft), sql_dir());
      if (!report.ok()) throw std::runtime_error(report.error().message);
      maintenance().exec(fmt::format("ALTER DATABASE {} RENAME TO {}", draft, wanted));
    }
    close(lock);
    return wanted;
  }();
  return name;
}

}  // namespace

const std::string& cluster_directory() {
  static const std::string directory = [] {
    if (const char* given = std::getenv("TRADINGD_TEST_CLUSTER"); given != nullptr && *given != '\0') {
      run_cluster_script("start", given);
      return std::string(given);
    }
    static const PrivateCluster cluster;
    return cluster.directory();
  }();
  return directory;
}

std::string sql_dir() {
  const char* given = std::getenv("TRADINGD_TEST_SQL");
  return given != nullptr && *given != '\0' ? given : std::string(TD_SOURCE_DIR) + "/sql";
}

std::string unique_name() {
  static std::atomic<int> count = 0;
  return fmt::format("test_{}_{}", getpid(), ++count);
}

std::string superuser_dsn(const std::string& database) {
  return fmt::format("host='{}' user=postgres dbname={}", cluster_directory(), database);
}

TestDatabase::TestDatabase(Template kind) : name_(unique_name()) {
  const std::string source = kind == Template::migrated ? migrated_template() : "template0";
  maintenance().exec(fmt::format("CREATE DATABASE {} TEMPLATE {}", name_, source));
  if (kind == Template::migrated) {
    // What belongs to the database itself isn't copied from its template.
    maintenance().exec(fmt::format("ALTER DATABASE {} SET search_path = tradingd, public", name_));
    maintenance().exec(fmt::format("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", name_));
  }
}

TestDatabase::~TestDatabase() {
  try {
    maintenance().exec("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    std::cerr << "can't drop " << name_ << ": " << error.what() << '\n';
  }
}

}  // namespace tradingd::test
