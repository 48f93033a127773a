#pragma once
// A feed file in memory, as ticks: what a daemon's csv feed would deliver, by the same code.

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/base/result.h"
#include "daemon/engine/market.h"

namespace tradingd::ctl {

struct FeedTick {
  engine::Tick tick;
  std::vector<engine::Instrument> added;  // appear in it for the first time
};

struct FeedFile {
  std::vector<engine::Instrument> instruments;  // of the instruments file
  std::vector<FeedTick> ticks;
  bool bars = false;       // its rows are bars; else they have one price
  Time origin;             // where a run begins: before its first row
  std::string understood;  // what its columns and times were taken for
  std::int64_t rejected = 0;
  std::string first_rejected;  // "line 7, close: …"
};

/// What a feed is made of, as `feed add` has it; empty: not given.
struct FeedSettings {
  std::string file;
  std::string symbol;
  std::string calendar;
  std::string instruments;  // a file
  std::string actions;      // a file
  bool closed = false;      // no others than the instruments
};

/// Reads the files, whole. The error says what is wrong with them, or that there is no usable row.
[[nodiscard]] Result<FeedFile> read_feed_file(const FeedSettings& settings);

}  // namespace tradingd::ctl
