#pragma once
// The log: under systemd the journal, with the fields of daemon/base/log_fields.h; elsewhere plain lines on standard
// error.

#include <string>

namespace tradingd {

/// Sets spdlog's default logger up. `level`: "debug", "info", "warning" or "error".
void open_log(const std::string& level);
void set_log_level(const std::string& level);

}  // namespace tradingd
