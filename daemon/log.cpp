#include "daemon/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <syslog.h>
// The call site that the journal would note is this file's; the text says more.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/base/log_fields.h"

namespace tradingd {

namespace {

int priority_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return LOG_DEBUG;
    case spdlog::level::warn:
      return LOG_WARNING;
    case spdlog::level::err:
      return LOG_ERR;
    case spdlog::level::critical:
      return LOG_CRIT;
    default:
      return LOG_INFO;
  }
}

/// The journal's native protocol: the priority, and the fields of the LogScope that the line was logged in, which is
/// that of the calling thread since the logger is synchronous.
class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    std::vector<std::string> fields{"MESSAGE=" + std::string(line.payload.data(), line.payload.size()),
                                    "PRIORITY=" + std::to_string(priority_of(line.level)),
                                    "SYSLOG_IDENTIFIER=tradingd"};
    for (const auto& [name, value] : LogScope::current()) {
      fields.push_back(std::string(name) + "=" + value);
    }
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (std::string& field : fields) {
      parts.push_back({field.data(), field.size()});
    }
    if (const int result = sd_journal_sendv(parts.data(), static_cast<int>(parts.size())); result < 0) {
      throw spdlog::spdlog_ex("the journal can't be written to", -result);  // spdlog tells standard error
    }
  }
  void flush_() override {}
};

}  // namespace

void open_log(const std::string& level) {
  // systemd sets JOURNAL_STREAM where standard error goes to the journal anyway.
  const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  std::shared_ptr<spdlog::logger> logger;
  if (journal) {
    logger = std::make_shared<spdlog::logger>("tradingd", std::make_shared<JournalSink>());
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
