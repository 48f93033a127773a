#include "daemon/archivist.h"

#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "daemon/archive/archive_file.h"
#include "daemon/base/failpoint.h"
#include "daemon/store/fields.h"

namespace tradingd {

namespace {

using nlohmann::json;

constexpr int kAttempts = 50;
constexpr std::chrono::milliseconds kPause{200};
constexpr std::array kLedgers{"mtm_ledger", "paper_equity_curve"};

json page_row(const store::LedgerPartition& partition, const json& rows, const json& file, const char* verdict) {
  return {partition.ledger,
          partition.since ? json(format_time(*partition.since)) : json(),
          format_time(partition.until),
          rows,
          file,
          verdict};
}

}  // namespace

struct Archivist::Outcome {
  store::PartitionContent content;
  std::string digest;
  store::Removal removal = store::Removal::later;
};

Result<Archivist::Outcome> Archivist::write(store::Connection& connection,
                                            const store::LedgerPartition& partition) const {
  Result<archive::Writer> writer = archive::Writer::create(directory_, partition.name, store::csv_columns(partition));
  if (!writer) {
    return writer.error();
  }
  std::optional<Error> failed;
  const auto content = store::read_partition(connection, partition, [&](const store::CsvPage& page) {
    failed = writer->add(page.lines, page.rows, page.first, page.last);
    return !failed;
  });
  if (!content) {
    return *failed;
  }
  Result<std::string> digest = writer->finish();
  if (!digest) {
    return digest.error();
  }
  const Result<archive::Reader> reader = archive::Reader::open(directory_, partition.name, *digest);
  if (!reader) {
    return reader.error();
  }
  if (auto damaged = reader->check()) {
    return *damaged;
  }
  return Outcome{*content, *digest};
}

Result<Archivist::Outcome> Archivist::archive_one(store::Connection& connection,
                                                  const store::LedgerPartition& partition, std::int64_t uid,
                                                  const std::atomic<bool>& canceled) const {
  Result<Outcome> outcome = write(connection, partition);
  for (int attempt = 0; outcome && attempt < kAttempts && !canceled; ++attempt) {
    outcome->removal = store::remove_archived(connection, partition, outcome->content, outcome->digest, uid);
    FAILPOINT("archive.removed");
    if (outcome->removal == store::Removal::removed) {
      spdlog::info("{} with {} rows was archived to {}", partition.name, outcome->content.rows, directory_);
      return outcome;
    }
    if (outcome->removal == store::Removal::unavailable) {
      return Error{"the database went away while " + partition.name +
                   " was being archived; nothing is lost, repeat the command"};
    }
    if (outcome->removal == store::Removal::changed) {
      outcome = write(connection, partition);
    } else {
      std::this_thread::sleep_for(kPause);  // whoever reads the ledger at length is waited for, not interrupted
    }
  }
  if (!outcome) {
    return outcome.error();
  }
  return Error{partition.name + (canceled ? " stays: the daemon is stopping"
                                          : " stays: others have been reading or writing it all the time; try again")};
}

Result<json> Archivist::archive(const ArchiveRequest& request, const std::atomic<bool>& canceled) {
  const std::lock_guard lock(mutex_);
  json rows = json::array();
  try {
    store::Connection connection(writing_);
    for (const store::LedgerPartition& partition : store::archivable_partitions(connection, request.before)) {
      if (rows.size() == request.partitions_max.value_or(SIZE_MAX)) {
        break;
      }
      const std::string file = directory_ + "/" + partition.name + ".csv.gz";
      if (request.dry_run) {
        const auto count = connection.exec("SELECT rows FROM partition_content($1)", {partition.name});
        rows.push_back(page_row(partition, count.integer(0, 0), file, "to be archived"));
        continue;
      }
      const Result<Outcome> outcome = archive_one(connection, partition, request.uid, canceled);
      if (!outcome) {
        return outcome.error();
      }
      rows.push_back(page_row(partition, outcome->content.rows, file, "archived"));
    }
  } catch (const store::DatabaseError& error) {
    return Error{std::string("the ledger can't be archived: ") + error.what()};
  } catch (const store::UnreadableField& error) {
    return Error{std::string("the ledger can't be archived: ") + error.what()};
  }
  return json{{"columns", {"ledger", "since", "until", "rows", "file", "verdict"}},
              {"rows", std::move(rows)},
              {"next", nullptr}};
}

json check_archive(store::Connection& connection, const std::string& directory) {
  json rows = json::array();
  for (const char* ledger : kLedgers) {
    for (const store::ArchivedPartition& part : store::archived_partitions(connection, ledger)) {
      const Result<archive::Reader> reader = archive::Reader::open(directory, part.name, part.manifest_digest);
      const std::optional<Error> damage = reader ? reader->check() : std::optional(reader.error());
      rows.push_back({"archive " + part.name, damage ? "damaged" : "sound", damage ? damage->message : ""});
    }
  }
  return rows;
}

}  // namespace tradingd
