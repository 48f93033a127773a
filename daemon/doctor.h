#pragma once
// Looks the daemon and its surroundings over, and says what to do about what is wrong.

#include <nlohmann/json.hpp>
#include <string>

#include "daemon/market/calendar_book.h"
#include "daemon/store/read_pool.h"

namespace tradingd {

/// What is looked at besides the database.
struct DoctorInput {
  std::string state;            // of the daemon, as `status` has it
  std::string configuration;    // why the configuration's files can't be used any more; empty: they can
  std::string state_directory;  // whose disk is looked at
  std::shared_ptr<const market::CalendarBook> calendars;
  store::ReadPool* reads = nullptr;  // nullptr: the ledger isn't open
  bool is_admin = false;             // paths and messages of the surroundings are an admin's
};

/// A list {columns: [check, verdict, finding, remedy], rows, next}; a verdict is ok, warning or failure. Blocks.
[[nodiscard]] nlohmann::json examine(const DoctorInput& input);

}  // namespace tradingd
