#pragma once
// run.schedule: a run's installments and rebalances, past and to come.

#include "daemon/admin/backend.h"
#include "daemon/store/connection.h"

namespace tradingd {

/// Opens a connection of its own; blocks.
[[nodiscard]] admin::Reply answer_run_schedule(const store::ConnectionOptions& connection,
                                               const admin::Request& request);

}  // namespace tradingd
