#pragma once
// A feed that moves by itself: a CSV file or the synthetic walk, read as ticks.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/market/csv_reader.h"
#include "daemon/market/feed_book.h"
#include "daemon/market/synthetic.h"

namespace tradingd {

/// Used by one thread at a time.
class FeedSource {
 public:
  struct Chunk {
    std::vector<market::ClosedTick> ticks;
    std::vector<market::RejectedRow> rejected;
    bool end = false;            // nothing follows
    std::optional<Error> error;  // why not, where that isn't the source's end
  };

  explicit FeedSource(market::CsvReader reader) : source_(std::move(reader)) {}
  explicit FeedSource(market::SyntheticFeed synthetic) : source_(std::move(synthetic)) {}

  /// Goes on after the last tick of an earlier life.
  void skip_until(Time time);
  /// Reads until the book has closed `ticks_max` ticks, many rows were rejected, or the source has ended.
  [[nodiscard]] Chunk read(market::FeedBook& book, std::size_t ticks_max);

 private:
  static void read_some(market::CsvReader& reader, market::FeedBook& book, Chunk& chunk);
  void read_some(market::SyntheticFeed& synthetic, market::FeedBook& book, Chunk& chunk);

  std::variant<market::CsvReader, market::SyntheticFeed> source_;
  std::vector<market::RawRow> rows_;
};

}  // namespace tradingd
