#pragma once
// What one client may take from the daemon, so that no client harms another.

#include <cstddef>
#include <cstdint>

#include "daemon/protocol/frame.h"

namespace tradingd::admin {

struct Limits {
  // Of one Unix user; twice as many may come at once. `halt` is never held up.
  std::int64_t commands_per_second = 20'000;
  std::int64_t changes_per_second = 10'000;  // those among them that change something
  std::size_t connections = 512;
  std::size_t connections_per_uid = 16;
  std::size_t requests_in_flight = 32;  // of one connection; further ones stay unread in the socket
  std::size_t request_bytes = protocol::kRequestBytesMax;
  std::size_t response_bytes = protocol::kResponseBytesMax;  // a larger answer becomes an error
  // Answers that wait for the client to read them. One answer of any size may wait alone; a client that lets
  // more pile up is cut off. Notifications don't count: a subscription has one at a time under way.
  std::size_t output_bytes = 256 * 1024;
  std::uint64_t frame_timeout_ms = 5'000;   // from a request's first byte to its last
  std::size_t streams = 64;                 // subscriptions of one connection
  std::uint64_t stall_timeout_ms = 10'000;  // a subscriber who reads nothing for so long is dropped
  std::uint64_t idle_timeout_ms = 60'000;   // without a request, and with answers that nobody reads
};

/// Since the start.
struct Counters {
  std::uint64_t connections = 0;  // accepted and served
  std::uint64_t refused = 0;      // connections over a limit or without an identity
  std::uint64_t requests = 0;
  std::uint64_t malformed = 0;  // connections closed for what they sent
  std::uint64_t timeouts = 0;   // for what they didn't send or read in time
  std::uint64_t overflows = 0;  // for answers piling up
};

}  // namespace tradingd::admin
