// Rows in the order of a column, keys in the order of their meaning, runs by name, files replaced at once.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "ctl/columns.h"
#include "ctl/names.h"
#include "ctl/replace_file.h"
#include "ctl/sorted_rows.h"
#include "tests/support/temporary_folder.h"

using namespace tradingd::ctl;
using nlohmann::json;

namespace {

json sorted(const std::string& column, const json& rows, std::optional<std::int64_t> limit = std::nullopt) {
  SortedRows sorter(column);
  const json columns = {"id", "value"};
  for (const json& row : rows) BOOST_TEST(!sorter.add(columns, json::array({row})));
  return sorter.take(limit);
}

tradingd::Result<json> choose(const std::string& wanted) {
  NameSearch names(run_names(), wanted);
  names.add({"run_id", "name", "status"}, {{1, "savings", "STOPPED"},
                                           {2, "savings", "RUNNING"},
                                           {3, "savings-old", "STOPPED"},
                                           {4, nullptr, "STOPPED"},
                                           {5, "trend", "STOPPED"},
                                           {6, "trash", "STOPPED"}});
  return names.choose();
}

}  // namespace

BOOST_AUTO_TEST_CASE(cells_compare_as_numbers_however_long) {
  struct Case {
    json small;
    json large;
  };
  for (const Case& test :
       {Case{"9", "10"}, Case{"-10", "-9"}, Case{"-1", "0.5"}, Case{"1.25", "1.3"}, Case{2, "2.00000001"},
        Case{"99999999999999999999", "100000000000000000000"}, Case{"AAPL", "MSFT"}, Case{9, 10}}) {
    BOOST_TEST(compare_cells(test.small, test.large) < 0, test.small << " " << test.large);
    BOOST_TEST(compare_cells(test.large, test.small) > 0, test.small << " " << test.large);
    BOOST_TEST(compare_cells(test.small, test.small) == 0);
  }
}

BOOST_AUTO_TEST_CASE(rows_are_sorted_by_a_column) {
  const json rows = {{1, "10"}, {2, nullptr}, {3, "9"}, {4, "-1"}, {5, "9"}};
  BOOST_TEST(sorted("value", rows) == json({{4, "-1"}, {3, "9"}, {5, "9"}, {1, "10"}, {2, nullptr}}));
  BOOST_TEST(sorted("-value", rows, 2) == json({{1, "10"}, {3, "9"}}));
  SortedRows sorter("vlaue");
  const auto fault = sorter.add({"id", "value"}, json::array());
  BOOST_REQUIRE(fault.has_value());
  BOOST_TEST(fault->find("did you mean 'value'?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_come_in_the_order_of_their_meaning) {
  const json row = {
      {"zebra", 1}, {"equity", "2"}, {"run_id", 3}, {"created_at", "x"}, {"status", {{"b", 1}, {"name", 2}}}};
  BOOST_TEST(ordered(row).dump() ==
             R"({"run_id":3,"status":{"name":2,"b":1},"equity":"2","created_at":"x","zebra":1})");
}

BOOST_AUTO_TEST_CASE(runs_by_name) {
  BOOST_TEST(choose("savings").value() == 2);  // of several the RUNNING one
  BOOST_TEST(choose("savings-").value() == 3);
  BOOST_TEST(choose("tre").value() == 5);
  for (const char* wanted : {"tr", "nothing"}) BOOST_TEST(!choose(wanted).ok(), wanted);
  BOOST_TEST(choose("tr").error().message.find("5 (trend), 6 (trash)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_at_once) {
  const tradingd::TemporaryFolder folder;
  const std::string name = folder.path() + "/metrics.prom";
  BOOST_TEST(!replace_file(name, "old\n"));
  BOOST_TEST(!replace_file(name, "new\n"));
  std::string content;
  std::getline(std::ifstream(name), content);
  BOOST_TEST(content == "new");
  struct stat facts {};
  BOOST_REQUIRE(::stat(name.c_str(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 0777U) == 0644U);
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  const auto error = replace_file(folder.path() + "/no/where", "x");
  BOOST_REQUIRE(error.has_value());
  BOOST_TEST(error->message.find("No such file") != std::string::npos);
}
