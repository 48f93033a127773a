#include "daemon/base/trust.h"

#include <boost/test/unit_test.hpp>

namespace {

constexpr uid_t kMe = 1000;
constexpr gid_t kMyGroup = 1001;
constexpr uid_t kOther = 1002;
constexpr gid_t kOtherGroup = 1003;

}  // namespace

BOOST_AUTO_TEST_CASE(what_others_can_change_is_not_trusted) {
  struct Row {
    const char* what;
    uid_t owner;
    gid_t group;
    mode_t mode;
    const char* remedy;  // empty: trusted
  };
  constexpr Row kRows[] = {
      {"mine alone", kMe, kMyGroup, S_IFDIR | 0700, ""},
      {"mine, all may read", kMe, kOtherGroup, S_IFREG | 0644, ""},
      {"root's", 0, 0, S_IFREG | 0644, ""},
      {"my own group may write", kMe, kMyGroup, S_IFDIR | 0775, ""},
      {"root's group may write", 0, 0, S_IFDIR | 0775, ""},
      {"a sticky folder, as /tmp", 0, 0, S_IFDIR | S_ISVTX | 0777, ""},
      {"another's", kOther, kMyGroup, S_IFREG | 0600, "chown 1000 /x"},
      {"another's sticky folder", kOther, kMyGroup, S_IFDIR | S_ISVTX | 0777, "chown 1000 /x"},
      {"all may write", kMe, kMyGroup, S_IFREG | 0666, "chmod o-w /x"},
      {"a sticky file is nothing", kMe, kMyGroup, S_IFREG | S_ISVTX | 0666, "chmod o-w /x"},
      {"another group may write", kMe, kOtherGroup, S_IFDIR | 0770, "chmod g-w /x"},
  };
  for (const Row& row : kRows) {
    struct stat status {};
    status.st_uid = row.owner;
    status.st_gid = row.group;
    status.st_mode = row.mode;
    const auto error = tradingd::distrust("/x", status, kMe, kMyGroup);
    BOOST_TEST_CONTEXT(row.what) {
      BOOST_TEST(error.has_value() == (*row.remedy != '\0'));
      BOOST_TEST((error ? error->message : "").ends_with(row.remedy));
    }
  }
}
