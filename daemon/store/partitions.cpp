#include "daemon/store/partitions.h"

#include <array>
#include <string_view>

namespace tradingd::store {

namespace {

constexpr std::array kLedgers{"mtm_ledger", "paper_equity_curve"};
constexpr Statement kSplit{"split_full_partition", "SELECT split_full_partition($1, $2)"};
/// lock_not_available, deadlock_detected: a lock was not to be had in time.
constexpr std::array<std::string_view, 2> kTryLater{"55P03", "40P01"};

bool is_for_later(const DatabaseError& error) {
  return error.sqlstate() == kTryLater[0] || error.sqlstate() == kTryLater[1];
}

}  // namespace

Result<std::vector<std::string>> Partitions::split_full() {
  std::vector<std::string> split;
  for (const char* ledger : kLedgers) {
    try {
      if (!connection_ || !connection_->usable()) connection_ = std::make_unique<Connection>(options_);
      if (connection_->exec(kSplit, {ledger, std::to_string(full_bytes_)}).boolean(0, 0)) split.emplace_back(ledger);
    } catch (const DatabaseError& error) {
      if (!is_for_later(error)) {
        return Error{std::string("the partitions of ") + ledger + " can't be looked after: " + error.what()};
      }
    }
  }
  return split;
}

}  // namespace tradingd::store
