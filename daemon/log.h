#pragma once
// The log: the journal's own protocol under systemd, plain lines on standard error elsewhere.

#include <string>

namespace tradingd {

/// Sets spdlog's default logger up. `level`: "debug", "info", "warning" or "error".
void open_log(const std::string& level);
void set_log_level(const std::string& level);

}  // namespace tradingd
