#include "ctl/feed_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "daemon/config/announcements.h"
#include "daemon/config/instruments.h"
#include "daemon/config/settings.h"
#include "daemon/market/calendar_book.h"
#include "daemon/market/csv_reader.h"
#include "daemon/market/feed_book.h"

namespace tradingd::ctl {

namespace {

void note_rejected(FeedFile& file, const market::RejectedRow& row) {
  if (file.rejected++ == 0) {
    file.first_rejected =
        "line " + std::to_string(row.line) + (row.column.empty() ? "" : ", " + row.column) + ": " + row.reason;
  }
}

/// Those that are shipped, installed or beside a build tree, and the administrator's own.
Result<market::Calendar> find_calendar(const std::string& name) {
  if (name.empty() || name == market::kAlways) return market::Calendar::always();
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path installed = program / "../share/tradingd/calendars";
  const std::filesystem::path shipped =
      std::filesystem::is_directory(installed, ignored) ? installed : program / "../../packaging/calendars";
  const std::vector<std::string> folders{shipped.string(), "/etc/tradingd/calendars"};
  const Result<market::CalendarBook> book = market::CalendarBook::load(folders);
  return book ? book->find(name) : Result<market::Calendar>(book.error());
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return Error{"can't read '" + path + "': " + std::strerror(errno)};
  return text;
}

/// Tells the book of the instruments and of the actions to come.
std::optional<Error> prepare(const FeedSettings& settings, FeedFile& file, market::FeedBook& book) {
  if (settings.closed && settings.instruments.empty()) {
    return Error{"a closed feed needs its instruments: give instruments"};
  }
  if (!settings.instruments.empty()) {
    const Result<std::string> text = read_text(settings.instruments);
    if (!text) return text.error();
    auto instruments = config::parse_instruments(*text, settings.instruments,
                                                 settings.calendar.empty() ? market::kAlways : settings.calendar);
    if (!instruments) return instruments.error();
    file.instruments = std::move(instruments).value();
    engine::Market known;
    for (const engine::Instrument& instrument : file.instruments) known.add_instrument(instrument);
    book.restore(known);
  }
  if (!settings.actions.empty()) {
    const Result<std::string> text = read_text(settings.actions);
    if (!text) return text.error();
    auto actions = config::parse_actions(*text, settings.actions);
    if (!actions) return actions.error();
    for (engine::AnnouncedAction& action : *actions) {
      if (auto announced = book.announce(std::move(action)); !announced) return announced.error();
    }
  }
  return std::nullopt;
}

}  // namespace

Result<FeedFile> read_feed_file(const FeedSettings& settings) {
  const std::string& path = settings.file;
  Result<market::Calendar> found = find_calendar(settings.calendar);
  if (!found) return found.error();
  const std::filesystem::path full = std::filesystem::absolute(path);
  if (::access(full.c_str(), R_OK) != 0) {
    return Error{"can't read the feed file '" + path + "': " + std::strerror(errno)};
  }
  Result<market::CsvReader> reader =
      market::CsvReader::open(full.parent_path().string(), full.filename().string(), settings.symbol, *found);
  if (!reader) return reader.error();

  FeedFile file;
  file.bars = reader->probe().columns.bars();
  file.origin = Time{reader->probe().first_time.us - 1};
  file.understood = reader->probe().describe();
  market::FeedRules rules;
  rules.price_jump_max = config::Settings{}.feeds.price_jump_max;
  rules.takes_new_symbols = !settings.closed;
  market::FeedBook book(*found, rules);
  if (const auto error = prepare(settings, file, book)) return *error;
  const auto keep = [&](market::ClosedTick closed) {
    file.ticks.push_back({std::move(closed.tick), std::move(closed.added)});
  };
  for (;;) {
    const Result<market::CsvItem> item = reader->next();
    if (!item) return item.error();
    if (item->kind == market::CsvItem::Kind::end) break;
    if (item->kind == market::CsvItem::Kind::rejected) {
      note_rejected(file, item->rejected);
      continue;
    }
    market::Offer offer = book.offer(item->row);
    if (offer.status == market::Offer::Status::rejected) note_rejected(file, offer.rejected);
    if (offer.closed) keep(*std::move(offer.closed));
  }
  if (auto last = book.flush()) keep(*std::move(last));
  if (file.ticks.empty()) return Error{"feed file " + path + ": no row of it can be used; " + file.first_rejected};
  return file;
}

}  // namespace tradingd::ctl
