#pragma once
// What systemd is told, where it started the daemon; elsewhere each call does nothing.

#include <chrono>
#include <optional>
#include <string>

namespace tradingd::service_manager {

void ready(const std::string& status);
void reloading();
void stopping();
void status(const std::string& text);
void watchdog();
/// More time for the start: it is still going on.
void extend_start();

/// Half the watchdog's period: how often to call `watchdog`. nullopt when none is asked for.
[[nodiscard]] std::optional<std::chrono::milliseconds> watchdog_interval();
/// The listening socket that systemd passed; nullopt: none.
[[nodiscard]] std::optional<int> inherited_socket();

}  // namespace tradingd::service_manager
