#pragma once
// `halt --direct`: for a daemon that doesn't answer. SQL is tradingd's, so the tool becomes `tradingd --halt`.

#include "ctl/arguments.h"

namespace tradingd::ctl {

/// Replaces the process by tradingd, beside this program or in PATH; it finds the database as the daemon does
/// (DB_DSN, the configuration, the embedded cluster). Returns, with an exit status, only when that can't be.
[[nodiscard]] int halt_directly(const Invocation& invocation);

}  // namespace tradingd::ctl
