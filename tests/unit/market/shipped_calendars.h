#pragma once
// The calendars that are shipped, read from the source tree.

#include <array>
#include <string>
#include <string_view>

#include "daemon/market/calendar_book.h"

namespace tradingd::market {

inline const CalendarBook& shipped_calendars() {
  static const CalendarBook kBook =
      CalendarBook::load(std::array{std::string(TD_SOURCE_DIR) + "/packaging/calendars"}).value();
  return kBook;
}

inline Calendar calendar(std::string_view name) { return shipped_calendars().find(name).value(); }

}  // namespace tradingd::market
