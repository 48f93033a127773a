#pragma once
// Real databases for tests: each test gets one of its own, copied from a migrated template.
//
// The cluster is the one whose directory TRADINGD_TEST_CLUSTER names (see tests/support/cluster), else a
// private one that the test program starts at first use and stops at its exit.

#include <string>

namespace tradingd::test {

/// Where the cluster's socket is; starts the cluster if there is none yet. Throws when that fails.
[[nodiscard]] const std::string& cluster_directory();

/// sql/ of the source tree, or what TRADINGD_TEST_SQL names: a copy with a planted bug.
[[nodiscard]] std::string sql_dir();

/// A database name unique among all test programs on the cluster.
[[nodiscard]] std::string unique_name();

/// libpq connection string of the cluster's superuser.
[[nodiscard]] std::string superuser_dsn(const std::string& database);

enum class Template { migrated, empty };

/// A database of the test's own; dropped with all connections to it at the end.
class TestDatabase {
 public:
  explicit TestDatabase(Template kind = Template::migrated);
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  /// Connects as the superuser; give ConnectionOptions::role for another.
  [[nodiscard]] std::string dsn() const { return superuser_dsn(name_); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
};

}  // namespace tradingd::test
