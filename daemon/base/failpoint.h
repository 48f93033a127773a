#pragma once
// Named places where a test can make the process die, hang or throw. They exist only in builds with
// TD_FAILPOINTS; in a release build the macro is empty.
//
// The environment arms them: TRADINGD_FAILPOINTS="pipeline.before_apply=kill:3,start.ready=hang"
// does it at the third hit of the first and at the first hit of the second. Actions: kill (SIGKILL to
// itself), abort, throw (std::runtime_error), hang (until killed).

#ifdef TD_FAILPOINTS

namespace tradingd {

/// Counts a hit of `name` and carries out what is armed for it. Thread-safe. An environment variable
/// that can't be read, or names no known action, ends the process with a message.
void failpoint_hit(const char* name);

}  // namespace tradingd

#define FAILPOINT(name) ::tradingd::failpoint_hit(name)
#else
#define FAILPOINT(name) static_cast<void>(0)
#endif
