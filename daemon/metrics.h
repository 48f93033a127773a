#pragma once
// What a monitoring system is told, in Prometheus' text format (version 0.0.4).

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/admin/limits.h"
#include "daemon/observed_ledger.h"
#include "daemon/sequencer/sequencer.h"
#include "daemon/store/queries.h"

namespace tradingd {

/// All that is counted. What belongs to services is absent before they are there.
struct MetricsInput {
  std::int64_t uptime_s = 0;
  bool serving = false;
  std::size_t connections = 0;
  admin::Counters socket;
  std::size_t feeds_moving = 0;
  std::size_t subscriptions = 0;
  std::optional<sequencer::SequencerStats> sequencer;
  const LedgerActivity* activity = nullptr;
  const Histogram* ticks = nullptr;  // from a tick's storing to its commit by the last run
  std::optional<store::Page> feeds;  // ListName::feeds; absent: the database couldn't be read
};

/// One sample a line, each family with its HELP and TYPE. Names begin with "tradingd_".
[[nodiscard]] std::string render_metrics(const MetricsInput& input);

}  // namespace tradingd
