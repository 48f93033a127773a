#include "daemon/doctor.h"

#include <sys/statvfs.h>
#include <sys/timex.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "daemon/store/health.h"
#include "daemon/store/migrations.h"

namespace tradingd {

namespace {

using nlohmann::json;

constexpr std::int64_t kClockSkewMaxUs = 2 * kMicrosecondsPerSecond;
constexpr double kSlowQueryMs = 100;
constexpr std::uint64_t kDiskLeast = 1ULL << 30U;        // below it: a failure
constexpr std::uint64_t kDiskComfortable = 5ULL << 30U;  // below it: a warning

Time now() {
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

/// What was found, check by check.
class Findings {
 public:
  void ok(const char* check, const std::string& finding) { add(check, "ok", finding, ""); }
  void warning(const char* check, const std::string& finding, const std::string& remedy) {
    add(check, "warning", finding, remedy);
  }
  void failure(const char* check, const std::string& finding, const std::string& remedy) {
    add(check, "failure", finding, remedy);
  }
  [[nodiscard]] json page() && {
    return {{"columns", {"check", "verdict", "finding", "remedy"}}, {"rows", std::move(rows_)}, {"next", nullptr}};
  }

 private:
  void add(const char* check, const char* verdict, const std::string& finding, const std::string& remedy) {
    rows_.push_back({check, verdict, finding, remedy.empty() ? json() : json(remedy)});
  }
  json rows_ = json::array();
};

std::string gigabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes * 10 / (1ULL << 30U);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

void look_at_disk(const DoctorInput& input, Findings& findings) {
  struct statvfs disk {};
  if (::statvfs(input.state_directory.c_str(), &disk) != 0) {
    findings.failure("disk", "the state directory can't be looked at: " + std::string(std::strerror(errno)),
                     "see [state] directory in the configuration");
    return;
  }
  const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const std::string finding = gigabytes(free) + " are free" + (input.is_admin ? " below " + input.state_directory : "");
  if (free < kDiskLeast) {
    findings.failure("disk", finding, "make room: a full disk stops every run");
  } else if (free < kDiskComfortable) {
    findings.warning("disk", finding, "make room before it is full");
  } else {
    findings.ok("disk", finding);
  }
}

void look_at_clock(Findings& findings) {
  timex clock{};
  const int state = ::adjtimex(&clock);
  if (state == -1) {
    findings.warning("clock", "the kernel doesn't say whether the clock is synchronised", "run: timedatectl");
  } else if (state == TIME_ERROR || (static_cast<unsigned>(clock.status) & static_cast<unsigned>(STA_UNSYNC)) != 0) {
    findings.warning("clock", "the clock is not synchronised",
                     "install chrony, or: systemctl enable --now systemd-timesyncd");
  } else {
    findings.ok("clock", "the clock is synchronised");
  }
}

void look_at_calendars(const DoctorInput& input, Findings& findings) {
  const CivilDate today = to_civil(utc_date(now()));
  const Date horizon = from_civil({today.year + 1, today.month, 1});
  std::string short_ones;
  for (const auto& [name, calendar] : input.calendars->calendars()) {
    if (const auto end = calendar.known_until(); end && *end < horizon) {
      short_ones += (short_ones.empty() ? "" : ", ") + name + " (" + format_date(*end) + ")";
    }
  }
  if (short_ones.empty()) {
    findings.ok("calendars",
                std::to_string(input.calendars->calendars().size()) + " calendars know the next twelve months");
  } else {
    findings.warning("calendars", "the holidays of these are listed for less than twelve months: " + short_ones,
                     "install a newer version, or write calendars of your own: tradingd-calendar(5)");
  }
}

void look_at_ledger(const store::Health& health, double query_ms, Findings& findings) {
  const std::string server = "PostgreSQL " + health.server_version + ", " +
                             gigabytes(static_cast<std::uint64_t>(health.bytes)) + ", answers in " +
                             std::to_string(static_cast<std::int64_t>(query_ms)) + " ms";
  if (query_ms > kSlowQueryMs) {
    findings.warning("database", server, "look at what else the server does, and at its disk");
  } else {
    findings.ok("database", server);
  }
  if (std::abs(health.now.us - now().us) > kClockSkewMaxUs) {
    findings.warning("database clock",
                     "the server's clock is " + format_time(health.now) + ", the daemon's " + format_time(now()),
                     "synchronise both machines' clocks");
  }
  if (health.schema_version == store::kSchemaVersion) {
    findings.ok("schema", "version " + std::to_string(health.schema_version));
  } else {
    findings.failure("schema",
                     "the database is at version " + std::to_string(health.schema_version) + ", the daemon needs " +
                         std::to_string(store::kSchemaVersion),
                     "run: tradingd --migrate");
  }
  if (health.runtime_may_delete) {
    findings.failure("rights", "the role tradingd_runtime may delete trades",
                     "REVOKE DELETE ON ALL TABLES IN SCHEMA tradingd FROM tradingd_runtime");
  } else {
    findings.ok("rights",
                "the daemon's role can't remove what is in the ledger, but for partitions that were archived");
  }
  if (health.fast_writes) {
    findings.ok("write path", "fast");
  } else {
    findings.warning("write path", "every row is checked by itself: correct, and about 2.5 times slower",
                     "GRANT SET ON PARAMETER session_replication_role TO the ledger's owner, then tradingd --migrate");
  }
  if (health.runs_in_error > 0) {
    findings.warning("runs", std::to_string(health.runs_in_error) + " went to ERROR in the last day",
                     "tradectl run list --all --status ERROR");
  } else {
    findings.ok("runs", "none went to ERROR in the last day");
  }
  if (!health.feeds_in_error.empty()) {
    findings.failure("feeds", "in ERROR: " + health.feeds_in_error, "tradectl feed show NAME says why");
  } else {
    findings.ok("feeds", "none is in ERROR");
  }
}

void look_at_settings(const store::Health& health, Findings& findings) {
  for (const store::FoundSetting& found : health.settings) {
    const store::ServerSetting& setting = *found.setting;
    const std::string check = std::string("server ") + setting.name;
    const std::string wanted =
        std::string(setting.value) + (setting.rule == store::SettingRule::at_least ? " or more" : "");
    const std::string finding = "is " + found.value + "; recommended " + wanted + ": " + setting.why;
    if (found.good) {
      findings.ok(check.c_str(), finding);
    } else {
      findings.warning(check.c_str(), finding,
                       std::string("as a superuser: ALTER SYSTEM SET ") + setting.name + " = '" + setting.value +
                           (setting.restart ? "'; then restart the server" : "'; SELECT pg_reload_conf()"));
    }
  }
}

}  // namespace

json examine(const DoctorInput& input) {
  Findings findings;
  if (input.reads == nullptr) {
    findings.failure("daemon", input.state, "see its log: journalctl -u tradingd");
  } else {
    findings.ok("daemon", input.state);
  }
  if (input.configuration.empty()) {
    findings.ok("configuration", "its files can be read and used");
  } else {
    findings.failure("configuration",
                     input.is_admin ? input.configuration : std::string("its files can't be used any more"),
                     "mend it before the next restart, then: tradectl reload");
  }
  if (input.reads != nullptr) {
    const auto start = std::chrono::steady_clock::now();
    const auto health = input.reads->with<store::Health>([](store::Connection& connection) {
      return store::StoreResult<store::Health>(store::read_health(connection));
    });
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    if (health) {
      look_at_ledger(*health, spent.count(), findings);
      look_at_settings(*health, findings);
    } else {
      findings.failure("database", input.is_admin ? health.error().message : std::string("it can't be read"),
                       "is PostgreSQL running, and its disk not full?");
    }
  }
  look_at_disk(input, findings);
  look_at_clock(findings);
  look_at_calendars(input, findings);
  return std::move(findings).page();
}

}  // namespace tradingd
