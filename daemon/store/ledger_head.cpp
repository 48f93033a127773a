#include "daemon/store/ledger_head.h"

#include <fmt/format.h>

namespace tradingd::store {

namespace {

constexpr std::size_t kRunningMax = 1000;
constexpr const char* kHeads =
    "SELECT user_id, run_id, version, encode(digest, 'hex'), run_status = 'RUNNING' FROM engine_state WHERE version > 0"
    " ORDER BY user_id, run_id";

}  // namespace

Result<LedgerHead> read_ledger_head(const ConnectionOptions& options) {
  try {
    Connection connection(options);
    const Rows rows = connection.exec(kHeads);
    LedgerHead head;
    head.runs = rows.size();
    for (int row = 0; row < rows.size(); ++row) {
      head.digest = digest_chain(head.digest, fmt::format("{} {} {} {}\n", rows.text(row, 0), rows.text(row, 1),
                                                          rows.text(row, 2), rows.text(row, 3)));
      if (rows.boolean(row, 4) && head.running.size() < kRunningMax) {
        head.running.push_back(fmt::format("head of run {} of user {}: version {}, digest {}", rows.text(row, 1),
                                           rows.text(row, 0), rows.text(row, 2), rows.text(row, 3)));
      }
    }
    return head;
  } catch (const DatabaseError& error) {
    return Error{error.what()};
  }
}

}  // namespace tradingd::store
