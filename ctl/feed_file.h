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
  std::vector<FeedTick> ticks;
  bool bars = false;       // its rows are bars; else they have one price
  Time origin;             // where a run begins: before its first row
  std::string understood;  // what its columns and times were taken for
  std::int64_t rejected = 0;
  std::string first_rejected;  // "line 7, close: …"
};

/// Reads the whole file. `calendar` and `symbol` as `feed add` has them; empty: none given. The error says what is
/// wrong with the file, or that it has no usable row.
[[nodiscard]] Result<FeedFile> read_feed_file(const std::string& path, const std::string& symbol,
                                              const std::string& calendar);

}  // namespace tradingd::ctl
