#pragma once
// The commands that only read: which of the store's queries answers which command.

#include "daemon/admin/backend.h"
#include "daemon/store/read_pool.h"
#include "daemon/store/store_error.h"

namespace tradingd {

/// Whether the command only reads the ledger.
[[nodiscard]] bool is_read_command(std::string_view method);

/// Answers such a command. Blocks.
[[nodiscard]] admin::Reply answer_read(store::ReadPool& pool, const admin::Request& request);

[[nodiscard]] admin::Reply failure(const store::StoreError& error);

}  // namespace tradingd
