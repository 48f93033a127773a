#pragma once
// The commands that only read: which of the store's queries answers which command.

#include <variant>

#include "daemon/admin/backend.h"
#include "daemon/store/read_pool.h"
#include "daemon/store/store_error.h"

namespace tradingd {

/// Whether the command only reads the ledger.
[[nodiscard]] bool is_read_command(std::string_view method);

/// Answers such a command. Blocks.
[[nodiscard]] admin::Reply answer_read(store::ReadPool& pool, const admin::Request& request);

/// The run that a request is about: the one it names, or the user's RUNNING one. Blocks. Without one, the reply says
/// why.
[[nodiscard]] std::variant<RunKey, admin::Reply> choose_run(store::ReadPool& pool, const admin::Request& request);

[[nodiscard]] admin::Reply failure(const store::StoreError& error);

}  // namespace tradingd
