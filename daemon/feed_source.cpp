#include "daemon/feed_source.h"

#include <utility>

#include "daemon/base/failpoint.h"

namespace tradingd {

namespace {

void offer(const market::RawRow& row, market::FeedBook& book, FeedSource::Chunk& chunk) {
  FAILPOINT("tick.bar_read");
  market::Offer offer = book.offer(row);
  FAILPOINT("tick.bar_accepted");
  if (offer.status == market::Offer::Status::rejected) {
    chunk.rejected.push_back(std::move(offer.rejected));
  }
  if (offer.closed) {
    chunk.ticks.push_back(std::move(*offer.closed));
  }
}

}  // namespace

void FeedSource::skip_until(Time time) {
  std::visit([time](auto& source) { source.skip_until(time); }, source_);
}

FeedSource::Chunk FeedSource::read(market::FeedBook& book, std::size_t ticks_max) {
  constexpr std::size_t kRejectedMax = 1000;
  Chunk chunk;
  while (!chunk.end && chunk.ticks.size() < ticks_max && chunk.rejected.size() < kRejectedMax) {
    std::visit([&](auto& source) { read_some(source, book, chunk); }, source_);
  }
  if (chunk.end) {
    if (std::optional<market::ClosedTick> last = book.flush()) {
      chunk.ticks.push_back(std::move(*last));
    }
  }
  return chunk;
}

void FeedSource::read_some(market::CsvReader& reader, market::FeedBook& book, Chunk& chunk) {
  const Result<market::CsvItem> item = reader.next();
  if (!item) {
    chunk.end = true;
    chunk.error = item.error();
    return;
  }
  switch (item->kind) {
    case market::CsvItem::Kind::row:
      offer(item->row, book, chunk);
      break;
    case market::CsvItem::Kind::rejected:
      book.count(item->rejected);
      chunk.rejected.push_back(item->rejected);
      break;
    case market::CsvItem::Kind::end:
      chunk.end = true;
      break;
  }
}

void FeedSource::read_some(market::SyntheticFeed& synthetic, market::FeedBook& book, Chunk& chunk) {
  chunk.end = !synthetic.next(rows_);
  if (!chunk.end) {
    for (const market::RawRow& row : rows_) {
      offer(row, book, chunk);
    }
  }
}

}  // namespace tradingd
