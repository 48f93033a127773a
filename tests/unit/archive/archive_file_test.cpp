// Files of the archive: what is written is read again, a run's rows are found, and any damage is told.

#include "daemon/archive/archive_file.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "daemon/archive/gzip.h"
#include "daemon/archive/run_rows.h"
#include "tests/support/temporary_folder.h"

namespace tradingd::archive {

namespace {

constexpr const char* kColumns = "user_id,run_id,value";

RunKey key(std::int64_t user, std::int64_t run) { return {UserId{user}, RunId{run}}; }

/// A file of two blocks; run 2 of user 1 is in both.
std::string write(const std::string& folder, const std::string& name) {
  Result<Writer> writer = Writer::create(folder, name, kColumns);
  BOOST_REQUIRE(writer.ok());
  BOOST_TEST(!writer->add("1,1,a\n1,2,b\n1,2,c\n", 3, key(1, 1), key(1, 2)));
  BOOST_TEST(!writer->add("1,2,d\n10,3,e\n", 2, key(1, 2), key(10, 3)));
  return writer->finish().value();
}

std::string rows_of(RunRows& rows, RunKey run) {
  std::string found;
  rows.seek(run);
  for (;;) {
    const auto line = rows.next();
    if (!line.ok()) return line.error().message;
    if (!line->has_value()) return found;
    found += std::string(**line) + ";";
  }
}

/// Changes the byte at `place` of a file, counted from its end when it is negative.
void damage(const std::string& path, int place) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(place, place < 0 ? std::ios::end : std::ios::beg);
  const int byte = file.get();
  file.seekp(place, place < 0 ? std::ios::end : std::ios::beg);
  file.put(static_cast<char>(byte ^ 1));
}

std::string trouble(const std::string& folder, const std::string& name, const std::string& digest) {
  const Result<Reader> reader = Reader::open(folder, name, digest);
  if (!reader) return reader.error().message;
  const std::optional<Error> error = reader->check();
  return error ? error->message : "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archive_file)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  const TemporaryFolder temporary;
  const std::string folder = temporary.path() + "/deep/archive";
  const std::string digest = write(folder, "ledger_1");
  const Result<Reader> reader = Reader::open(folder, "ledger_1", digest);
  BOOST_REQUIRE(reader.ok());
  BOOST_TEST(!reader->check());
  BOOST_TEST(reader->manifest().rows == 5);
  BOOST_TEST(reader->read(0).value() == std::string(kColumns) + "\n");
  BOOST_TEST(reader->read(2).value() == "1,2,d\n10,3,e\n");
  // The same rows make the same files, byte for byte, and nothing else is left there.
  BOOST_TEST(write(folder, "ledger_1") == digest);
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder), {}) == 2);
}

BOOST_AUTO_TEST_CASE(any_gzip_reads_it) {
  const TemporaryFolder temporary;
  write(temporary.path(), "ledger_1");
  const std::string command = "zcat " + temporary.path() + "/ledger_1.csv.gz > " + temporary.path() + "/plain";
  BOOST_TEST(std::system(command.c_str()) == 0);
  std::ifstream plain(temporary.path() + "/plain");
  BOOST_TEST(std::string(std::istreambuf_iterator<char>(plain), {}) ==
             std::string(kColumns) + "\n1,1,a\n1,2,b\n1,2,c\n1,2,d\n10,3,e\n");
}

BOOST_AUTO_TEST_CASE(without_an_end_nothing_is_left) {
  const TemporaryFolder temporary;
  {
    Result<Writer> writer = Writer::create(temporary.path(), "ledger_1", kColumns);
    BOOST_TEST(!writer->add("1,1,a\n", 1, key(1, 1), key(1, 1)));
  }
  BOOST_TEST(std::filesystem::is_empty(temporary.path()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_can_not_be_written_to_is_told) {
  const TemporaryFolder temporary;
  const std::string file = temporary.write("file", "");
  const Result<Writer> writer = Writer::create(file, "ledger_1", kColumns);
  BOOST_REQUIRE(!writer.ok());
  BOOST_TEST(writer.error().message.find("[archive] directory") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(any_damage_is_told) {
  const TemporaryFolder temporary;
  const std::string rows = temporary.path() + "/ledger_1.csv.gz";
  const std::string manifest = temporary.path() + "/ledger_1.json";
  const std::string digest = write(temporary.path(), "ledger_1");
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).empty());

  damage(rows, -3);
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("block 2") != std::string::npos);
  write(temporary.path(), "ledger_1");
  damage(rows, 4);
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("block 0") != std::string::npos);
  write(temporary.path(), "ledger_1");
  std::ofstream(rows, std::ios::app) << "more";
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("longer") != std::string::npos);
  std::filesystem::resize_file(rows, 40);
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("ends within block") != std::string::npos);
  write(temporary.path(), "ledger_1");
  damage(manifest, 20);
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("not the ledger's") != std::string::npos);
  std::filesystem::remove(manifest);
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("can't be read") != std::string::npos);
  write(temporary.path(), "ledger_1");
  std::filesystem::remove(rows);
  BOOST_TEST(trouble(temporary.path(), "ledger_1", digest).find("can't be read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_runs_rows_are_found_over_blocks_and_files) {
  const TemporaryFolder temporary;
  const std::string first = write(temporary.path(), "ledger_1");
  const std::string second = write(temporary.path(), "ledger_2");
  RunRows rows(temporary.path(), {{"ledger_1", first}, {"ledger_2", second}});
  for (int round = 0; round < 2; ++round) {
    BOOST_TEST(rows_of(rows, key(1, 1)) == "1,1,a;1,1,a;");
    BOOST_TEST(rows_of(rows, key(1, 2)) == "1,2,b;1,2,c;1,2,d;1,2,b;1,2,c;1,2,d;");
    BOOST_TEST(rows_of(rows, key(10, 3)) == "10,3,e;10,3,e;");
    for (const RunKey none : {key(0, 9), key(1, 3), key(2, 1), key(10, 2), key(10, 4)}) {
      BOOST_TEST(rows_of(rows, none).empty());
    }
  }
  damage(temporary.path() + "/ledger_2.csv.gz", -3);
  RunRows damaged(temporary.path(), {{"ledger_1", first}, {"ledger_2", second}});
  BOOST_TEST(rows_of(damaged, key(1, 1)) == "1,1,a;1,1,a;");  // of a block that is whole
  BOOST_TEST(rows_of(damaged, key(10, 3)).find("damaged") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_member_is_whole_or_nothing) {
  const std::string text(300'000, 'x');
  const std::string member = compress(text);
  BOOST_TEST((decompress(member) == text));
  BOOST_TEST(!decompress(member.substr(0, member.size() - 1)).has_value());
  BOOST_TEST(!decompress(member + "x").has_value());
  BOOST_TEST(!decompress("").has_value());
  BOOST_TEST((decompress(compress("")) == ""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tradingd::archive
