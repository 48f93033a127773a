#include "daemon/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

namespace tradingd {

void open_log(const std::string& level) {
  // systemd sets JOURNAL_STREAM where standard error goes to the journal anyway; then its native
  // protocol keeps the priority and the source line as fields.
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  std::shared_ptr<spdlog::logger> logger;
  if (journal) {
    logger = std::make_shared<spdlog::logger>("tradingd", std::make_shared<spdlog::sinks::systemd_sink_mt>("tradingd"));
    logger->set_pattern("%v");
  } else {
    logger = std::make_shared<spdlog::logger>("tradingd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  }
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  set_log_level(level);
}

void set_log_level(const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); }

}  // namespace tradingd
