#pragma once
// A backtest's answers to what a report asks of a run.

#include "ctl/backtest_run.h"
#include "ctl/report_data.h"

namespace tradingd::ctl {

/// Answers as the daemon would of a run of `strategy` on the feed; `result` has its effects. `feed_name` is what people
/// called it. A verification executes the run a second time. All of them outlive the source.
[[nodiscard]] ReportSource report_source(const FeedFile& feed, const std::string& feed_name,
                                         const config::StrategyDocument& strategy, Money initial_cash,
                                         const BacktestResult& result);

}  // namespace tradingd::ctl
