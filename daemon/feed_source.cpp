#include "daemon/feed_source.h"

#include <utility>

namespace tradingd {

namespace {

void offer(const market::RawRow& row, market::FeedBook& book, FeedSource::Chunk& chunk) {
  market::Offer offer = book.offer(row);
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

Result<FeedSource::Chunk> FeedSource::read(market::FeedBook& book, std::size_t ticks_max) {
  Chunk chunk;
  while (!chunk.end && chunk.ticks.size() < ticks_max) {
    const std::optional<Error> error =
        std::visit([&](auto& source) { return read_some(source, book, chunk); }, source_);
    if (error) {
      return *error;
    }
  }
  if (chunk.end) {
    if (std::optional<market::ClosedTick> last = book.flush()) {
      chunk.ticks.push_back(std::move(*last));
    }
  }
  return chunk;
}

std::optional<Error> FeedSource::read_some(market::CsvReader& reader, market::FeedBook& book, Chunk& chunk) {
  const Result<market::CsvItem> item = reader.next();
  if (!item) {
    return item.error();
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
  return std::nullopt;
}

std::optional<Error> FeedSource::read_some(market::SyntheticFeed& synthetic, market::FeedBook& book, Chunk& chunk) {
  chunk.end = !synthetic.next(rows_);
  if (!chunk.end) {
    for (const market::RawRow& row : rows_) {
      offer(row, book, chunk);
    }
  }
  return std::nullopt;
}

}  // namespace tradingd
