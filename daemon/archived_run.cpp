#include "daemon/archived_run.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/base/decimal.h"
#include "daemon/base/time.h"

namespace tradingd {

namespace {

using nlohmann::json;
using store::Divergence;

constexpr const char* kMarks = "mtm_ledger";
constexpr const char* kEquity = "paper_equity_curve";

archive::RunRows rows_of(store::Connection& connection, const std::string& directory, const char* ledger) {
  std::vector<archive::Part> parts;
  for (store::ArchivedPartition& part : store::archived_partitions(connection, ledger)) {
    parts.push_back({std::move(part.name), std::move(part.manifest_digest)});
  }
  return {directory, std::move(parts)};
}

/// What follows the key in a line, as one text without zeros that mean nothing.
std::string normalized(std::string_view line) {
  std::string text;
  for (int column = 0; !line.empty(); ++column) {
    const std::size_t end = std::min(line.find(','), line.size());
    const std::string_view field = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    if (column < 2) {
      continue;  // the run's key
    }
    const auto units = column == 2 ? std::nullopt : parse_units(field);
    text += (column == 2 ? "" : " ") + (units ? format_units(*units) : std::string(field));
  }
  return text;
}

std::string text_of(const engine::Marked& mark) {
  return format_time(mark.time) + " " + to_string(mark.market_value) + " " + to_string(mark.unrealized_pnl);
}

std::string text_of(const engine::EquityPoint& point) {
  return format_time(point.time) + " " + to_string(point.cash) + " " + to_string(point.mtm) + " " +
         to_string(point.equity);
}

/// Compares the rows up to `until` with the next ones of the archive, and takes them away.
template <typename Row>
std::optional<Divergence> take_rows(const char* table, std::vector<Row>& rows, Time until, archive::RunRows& archived,
                                    std::int64_t& taken) {
  const auto end = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.time > until; });
  for (auto row = rows.begin(); row != end; ++row, ++taken) {
    const auto line = archived.next();
    const std::string key = format_time(row->time) + " in the archive";
    if (!line) {
      return Divergence{table, key, text_of(*row), line.error().message};
    }
    const json found = line->has_value() ? json(normalized(**line)) : json();
    if (found != text_of(*row)) {
      return Divergence{table, key, text_of(*row), found};
    }
  }
  rows.erase(rows.begin(), end);
  return std::nullopt;
}

std::optional<Divergence> check_exhausted(const char* table, archive::RunRows& archived, std::int64_t recorded,
                                          std::int64_t taken) {
  const auto line = archived.next();
  if (!line) {
    return Divergence{table, "end of the archive", {}, line.error().message};
  }
  if (line->has_value()) {
    return Divergence{table, "a row too many in the archive", {}, normalized(**line)};
  }
  if (recorded != taken) {
    return Divergence{table, "number of rows in the archive", recorded, taken};
  }
  return std::nullopt;
}

}  // namespace

ArchiveFiles::ArchiveFiles(store::Connection& connection, const std::string& directory)
    : marks(rows_of(connection, directory, kMarks)), equity(rows_of(connection, directory, kEquity)) {}

ArchivedRun::ArchivedRun(const store::ArchivedRun& run, RunKey key, ArchiveFiles& files) : run_(run), files_(files) {
  files_.marks.seek(key);
  files_.equity.seek(key);
}

std::optional<Divergence> ArchivedRun::take(engine::Effects& effects) {
  if (auto differs = take_rows(kMarks, effects.marks, run_.marked_until, files_.marks, marks_taken_)) {
    return differs;
  }
  return take_rows(kEquity, effects.equity, run_.equity_until, files_.equity, equity_taken_);
}

std::optional<Divergence> ArchivedRun::check_end() {
  if (auto differs = check_exhausted(kMarks, files_.marks, run_.marks, marks_taken_)) {
    return differs;
  }
  return check_exhausted(kEquity, files_.equity, run_.equity, equity_taken_);
}

}  // namespace tradingd
