#pragma once
// Assertions that stay on in release builds. A failed one is a bug of ours: the process aborts, and
// the restart, which reads the ledger back, is the recovery.

namespace tradingd {

/// Prints the broken condition with its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace tradingd

#define TD_ASSERT(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::tradingd::assertion_failed(#condition, __FILE__, __LINE__))
