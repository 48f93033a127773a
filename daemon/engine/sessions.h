#pragma once
// An exchange's sessions as the engine knows them: what schedules count trading days by. The table is an
// input: it is recorded with the feed, so that a replay sees the days that the run saw.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/digest.h"
#include "daemon/base/result.h"
#include "daemon/base/time.h"

namespace tradingd::engine {

struct SessionDay {
  Date date;
  Time opens;
  Time closes;
  std::int32_t utc_offset_s = 0;  // exchange time − UTC at the open
};

/// Immutable. Days from `first` to `last` are known; of others nothing can be said.
class SessionTable {
 public:
  struct Hours {
    std::int32_t opens_s = 0;  // since midnight of the exchange's own day
    std::int32_t closes_s = 0;
    std::int32_t utc_offset_s = 0;

    friend bool operator==(const Hours&, const Hours&) = default;
  };
  /// How many kinds of day a table can tell apart.
  static constexpr std::size_t kHoursMax = 80;

  /// `days` has an entry for each day from `first` on: 0 without a session, else the number of its hours,
  /// counted from 1. `hours` has at most kHoursMax entries.
  SessionTable(std::string name, Date first, std::vector<std::uint8_t> days, std::vector<Hours> hours);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Date first() const { return first_; }
  [[nodiscard]] Date last() const { return {first_.days + static_cast<std::int32_t>(days_.size()) - 1}; }
  [[nodiscard]] bool knows(Date date) const { return first_ <= date && date <= last(); }

  [[nodiscard]] bool is_session(Date date) const { return knows(date) && days_[index(date)] != 0; }
  [[nodiscard]] std::optional<SessionDay> on(Date date) const;
  /// The first session on `date` or later, the last one on `date` or earlier; nullopt where none is known.
  [[nodiscard]] std::optional<Date> at_or_after(Date date) const;
  [[nodiscard]] std::optional<Date> at_or_before(Date date) const;

  /// All of it as text, for the ledger, and back.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static Result<SessionTable> parse(std::string_view text);
  /// Digest of `text`: names this content.
  [[nodiscard]] const Digest& digest() const { return digest_; }

 private:
  [[nodiscard]] std::size_t index(Date date) const { return static_cast<std::size_t>(date.days - first_.days); }

  std::string name_;
  Date first_;
  std::vector<std::uint8_t> days_;
  std::vector<Hours> hours_;
  Digest digest_;
};

}  // namespace tradingd::engine
