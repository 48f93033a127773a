#pragma once
// Reads a run into what a report is made of: over the protocol, or what a backtest has in memory.

#include <functional>
#include <optional>
#include <string>

#include "ctl/client.h"
#include "daemon/report/page.h"

namespace tradingd::ctl {

/// Answers run.show, run.verify and the lists of a run as the daemon does.
using ReportSource = std::function<Answer(std::string_view method, const nlohmann::json& arguments)>;

struct ReportData {
  nlohmann::json run;         // run.show
  report::Document document;  // without prices, tables and verdict unless asked for
};

/// `whole`: with prices, tables and the verdict of a verification, for a page.
[[nodiscard]] std::optional<CallFailure> read_report(const ReportSource& source, nlohmann::json arguments, bool whole,
                                                     ReportData& data);

}  // namespace tradingd::ctl
