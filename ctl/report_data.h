#pragma once
// Reads a run over the protocol into what a report is made of.

#include <functional>
#include <optional>
#include <string>

#include "ctl/client.h"
#include "daemon/report/page.h"

namespace tradingd::ctl {

struct ReportData {
  nlohmann::json run;         // run.show
  report::Document document;  // without prices, tables and verdict unless asked for
};

/// `whole`: with prices, tables and the verdict of a verification, for a page.
[[nodiscard]] std::optional<CallFailure> read_report(Client& client, nlohmann::json arguments, bool whole,
                                                     ReportData& data);

}  // namespace tradingd::ctl
