#pragma once
// `tradectl report`: a run's figures from what the daemon has recorded of it, for people, programs and pages.

#include <optional>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/report_data.h"
#include "ctl/terminal.h"

namespace tradingd::ctl {

/// `arguments` has what to send (`user`, and `run` as a number or not at all), `options` the files to write (`html`,
/// `svg`, `png`). Without files, the figures go to `output`.
[[nodiscard]] std::optional<CallFailure> report(const ReportSource& source, const nlohmann::json& arguments,
                                                const nlohmann::json& options, Format format, const Terminal& terminal,
                                                Sink& output);

/// The figures, as the report's text has them and as its JSON.
[[nodiscard]] std::string figures_as_text(const ReportData& data, const Terminal& terminal);
[[nodiscard]] nlohmann::json figures_as_json(const ReportData& data);
/// Writes the files that `options` name; of `data`, which is whole where there is a page among them.
[[nodiscard]] std::optional<CallFailure> write_report_files(const ReportData& data, const nlohmann::json& options);

}  // namespace tradingd::ctl
