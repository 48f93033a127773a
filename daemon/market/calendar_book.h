#pragma once
// The calendars that there are: ALWAYS, those shipped, and those of the configuration folder.

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "daemon/market/calendar.h"

namespace tradingd::market {

/// Immutable once it is loaded; any thread may use it.
class CalendarBook {
 public:
  /// Reads the *.toml files of these folders; of two of the same name the later folder's counts, and a folder that
  /// doesn't exist has none. The file XNYS.toml is the calendar XNYS. The error names the file and its lines.
  [[nodiscard]] static Result<CalendarBook> load(std::span<const std::string> folders);

  /// Fails for a name that is none of them; the message has those that there are.
  [[nodiscard]] Result<Calendar> find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, Calendar, std::less<>>& calendars() const { return calendars_; }

 private:
  CalendarBook() = default;

  std::map<std::string, Calendar, std::less<>> calendars_;
};

}  // namespace tradingd::market
