// The commands of feeds: what FeedService does on behalf of a caller.

#include <algorithm>
#include <utility>

#include "daemon/config/announcements.h"
#include "daemon/feed_service.h"
#include "daemon/run_commands.h"

namespace tradingd {

namespace {

using nlohmann::json;
using protocol::ErrorCode;
using store::FeedKind;
using store::FeedStatus;

ErrorCode error_code(store::StoreErrorKind kind) {
  switch (kind) {
    case store::StoreErrorKind::unavailable:
    case store::StoreErrorKind::fenced:
      return ErrorCode::unavailable;
    case store::StoreErrorKind::not_found:
      return ErrorCode::not_found;
    case store::StoreErrorKind::conflict:
      return ErrorCode::conflict;
    case store::StoreErrorKind::refused:
      break;
  }
  return ErrorCode::refused;
}

/// A pushed row's field: a string, an integer, or absent.
std::string field(const json& row, const char* name) {
  const auto found = row.find(name);
  if (found == row.end() || found->is_null()) {
    return {};
  }
  return found->is_string() ? found->get<std::string>() : found->dump();
}

market::RawRow raw_row(const json& row, std::int64_t index) {
  market::RawRow raw;
  raw.line = index;
  raw.time = field(row, "time");
  raw.symbol = field(row, "symbol");
  raw.open = field(row, "open");
  raw.high = field(row, "high");
  raw.low = field(row, "low");
  raw.close = field(row, "close");
  raw.volume = field(row, "volume");
  raw.price = field(row, "price");
  raw.market = field(row, "market");
  return raw;
}

}  // namespace

void FeedService::carry_out(Call& call) {
  const std::string_view method = call.request.command->method;
  if (method == "feed.add") {
    add(call);
  } else if (method == "feed.action") {
    announce(call);
  } else if (method == "feed.push") {
    push(call);
  } else {
    set_moving(call, method == "feed.resume");
  }
}

void FeedService::add(Call& call) {
  const Result<FeedDefinition> made = define_feed(call.request.arguments, options_.environment);
  if (!made) {
    call.reply(failure(ErrorCode::invalid_argument, made.error().message));
    return;
  }
  const store::NewFeed& feed = made->feed;
  const auto answer = catalog_.create_feed(feed, command_record(call.request));
  if (!answer) {
    call.reply(failure(error_code(answer.error().kind), answer.error().message));
    return;
  }
  json row = json::parse(answer->result);
  if (find_feed(feed.name) == nullptr) {
    store::StoredFeed stored;
    stored.id = FeedId{row.at("feed_id").get<std::int64_t>()};
    stored.name = feed.name;
    stored.kind = feed.kind;
    stored.settings = feed.settings;
    stored.status = feed.status;
    stored.origin = feed.origin;
    stored.instruments = feed.instruments;
    stored.actions = feed.actions;
    Result<std::unique_ptr<Feed>> loaded = load(stored);
    if (!loaded) {
      call.reply(failure(ErrorCode::unavailable, loaded.error().message));
      return;
    }
    insert(std::move(loaded).value());
  }
  if (!made->understood.empty()) {
    row["understood"] = made->understood;
  }
  call.reply({std::move(row), std::nullopt});
}

void FeedService::announce(Call& call) {
  const auto name = call.request.arguments.at("name").get<std::string>();
  Feed* feed = find_feed(name);
  if (feed == nullptr) {
    call.reply(failure(ErrorCode::not_found, "there is no feed \"" + name + "\"; see: tradectl feed list"));
    return;
  }
  Result<engine::AnnouncedAction> action = config::action_of(call.request.arguments);
  if (!action) {
    call.reply(failure(ErrorCode::invalid_argument, action.error().message));
    return;
  }
  market::FeedBook trial = feed->book;  // what it refuses must not be stored
  const Result<bool> announced = trial.announce(*action);
  const auto answer = catalog_.add_action(feed->id, *action, announced, command_record(call.request));
  if (!answer) {
    call.reply(failure(error_code(answer.error().kind), answer.error().message));
    return;
  }
  json row = json::parse(answer->result);
  if (!answer->repeated) {
    action->action.id = row.at("action_id").get<std::int64_t>();
    TD_ASSERT(feed->book.announce(std::move(*action)).ok());
  }
  call.reply({std::move(row), std::nullopt});
}

void FeedService::push(Call& call) {
  const json& arguments = call.request.arguments;
  const auto name = arguments.at("name").get<std::string>();
  Feed* feed = find_feed(name);
  if (feed == nullptr) {
    call.reply(failure(ErrorCode::not_found, "there is no feed \"" + name + "\"; see: tradectl feed list"));
    return;
  }
  if (feed->kind != FeedKind::push || feed->status != FeedStatus::active) {
    call.reply(failure(ErrorCode::refused, feed->kind != FeedKind::push
                                               ? "feed \"" + name + "\" is not a push feed"
                                               : "feed \"" + name + "\" is " + std::string(to_text(feed->status)) +
                                                     "; let it move: tradectl feed resume " + name));
    return;
  }
  if (!has_room(*feed)) {
    call.reply(failure(ErrorCode::busy, "the runs are still busy with the rows pushed before; try again in a moment"));
    return;
  }
  const market::FeedCounters before = feed->book.counters();
  std::vector<market::ClosedTick> ticks;
  json rejected = json::array();
  std::int64_t index = 0;
  for (const json& row : arguments.at("rows")) {
    market::Offer offer = feed->book.offer(raw_row(row, index++));
    if (offer.closed) {
      ticks.push_back(std::move(*offer.closed));
    }
    if (offer.status == market::Offer::Status::rejected) {
      rejected.push_back(
          {{"row", offer.rejected.line}, {"column", offer.rejected.column}, {"reason", offer.rejected.reason}});
    }
  }
  if (std::optional<market::ClosedTick> last = feed->book.flush()) {
    ticks.push_back(std::move(*last));
  }
  const market::FeedCounters& after = feed->book.counters();
  json result = {{"accepted", after.accepted - before.accepted},
                 {"duplicates", after.duplicates - before.duplicates},
                 {"ticks", ticks.size()},
                 {"rejected", std::move(rejected)}};
  const auto reply = std::make_shared<admin::ReplyFunction>(std::move(call.reply));
  if (!deliver(*feed, std::move(ticks), [reply, result = std::move(result)](bool committed) {
        (*reply)(committed ? admin::Reply{result, std::nullopt}
                           : failure(ErrorCode::unavailable,
                                     "the rows are stored; the runs take them up when "
                                     "the daemon serves again"));
      })) {
    (*reply)(failure(ErrorCode::unavailable,
                     "the rows can't be stored: the database can't be reached or refused them; "
                     "the log says which. Push them again: those that were stored count as duplicates"));
  }
}

Result<bool> FeedService::rebuild(Feed& feed) {
  const auto stored = catalog_.load_feeds();
  if (!stored) {
    return Error{stored.error().message};
  }
  const auto found =
      std::find_if(stored->begin(), stored->end(), [&](const store::StoredFeed& one) { return one.id == feed.id; });
  if (found == stored->end()) {
    return Error{"feed \"" + feed.name + "\" is no longer in the ledger"};
  }
  Result<std::unique_ptr<Feed>> loaded = load(*found);
  if (!loaded) {
    return loaded.error();
  }
  (*loaded)->under_way = feed.under_way;
  moving_ -= feed.moves() ? 1 : 0;
  insert(std::move(loaded).value());
  return true;
}

void FeedService::set_moving(Call& call, bool moving) {
  const auto name = call.request.arguments.at("name").get<std::string>();
  Feed* feed = find_feed(name);
  if (feed == nullptr) {
    call.reply(failure(ErrorCode::not_found, "there is no feed \"" + name + "\"; see: tradectl feed list"));
    return;
  }
  if (feed->status == FeedStatus::finished) {
    call.reply(failure(ErrorCode::refused, "feed \"" + name + "\" has delivered all of its rows"));
    return;
  }
  if (moving && feed->status == FeedStatus::error) {
    const Result<bool> rebuilt = rebuild(*feed);
    if (!rebuilt) {
      call.reply(failure(ErrorCode::unavailable, rebuilt.error().message));
      return;
    }
    feed = find_feed(name);
  }
  std::optional<FeedSource> source;
  if (moving && feed->kind != FeedKind::push && !feed->source) {
    Result<FeedSource> opened = open_source(*feed, options_.environment);
    if (!opened) {
      call.reply(failure(ErrorCode::refused, opened.error().message));
      return;
    }
    source = std::move(opened).value();
  }
  const FeedStatus status = moving ? FeedStatus::active : FeedStatus::paused;
  const auto answer = catalog_.set_feed_status(feed->id, status, "", command_record(call.request));
  if (!answer) {
    call.reply(failure(error_code(answer.error().kind), answer.error().message));
    return;
  }
  const bool moved = feed->moves();
  if (answer->repeated) {
    // What the first call did may have been undone since: the ledger knows.
    const Result<bool> rebuilt = rebuild(*feed);
    call.reply(rebuilt ? admin::Reply{json::parse(answer->result), std::nullopt}
                       : failure(ErrorCode::unavailable, rebuilt.error().message));
    return;
  }
  feed->status = status;
  if (source) {
    feed->source = std::move(source);
  }
  if (!feed->read_ahead.empty()) {  // the pace goes on from here, not from before the pause
    feed->set_pace(feed->read_ahead.front().tick.time);
  }
  moving_ += static_cast<std::size_t>(feed->moves()) - static_cast<std::size_t>(moved);
  call.reply({json::parse(answer->result), std::nullopt});
}

}  // namespace tradingd
