#pragma once
// The calendars in use, which a reload may change, and the commands that show them.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/admin/backend.h"
#include "daemon/market/calendar_book.h"

namespace tradingd {

/// Any thread.
class Calendars {
 public:
  /// Empty until `reload`; folders as for CalendarBook::load.
  explicit Calendars(std::vector<std::string> folders);

  /// Reads the folders again; an error leaves everything as it was.
  [[nodiscard]] Result<bool> reload();
  [[nodiscard]] std::shared_ptr<const market::CalendarBook> book() const;

 private:
  std::vector<std::string> folders_;
  mutable std::mutex mutex_;
  std::shared_ptr<const market::CalendarBook> book_;
};

/// Whether this is calendar.list, calendar.show or calendar.is_open.
[[nodiscard]] bool is_calendar_command(std::string_view method);
/// Answers it. `now` stands in for a time or year that isn't given.
[[nodiscard]] admin::Reply answer_calendar(const market::CalendarBook& calendars, const admin::Request& request,
                                           Time now);

}  // namespace tradingd
