#pragma once
// How fast one Unix user may call: a bucket of tokens for all his commands and another for those that change something.

#include <chrono>
#include <cstdint>
#include <map>

namespace tradingd::admin {

/// Tokens come at `per_second`, and at most `burst` of them wait to be used.
struct Rate {
  std::int64_t per_second = 0;
  std::int64_t burst = 0;
};

/// One thread.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  RateLimiter(Rate commands, Rate changes) : commands_(commands), changes_(changes) {}
  /// Buckets keep what they have, up to the new burst.
  void set(Rate commands, Rate changes);

  /// Whether a command of `uid` may pass; it then has taken its tokens. `now` doesn't go back.
  [[nodiscard]] bool admit(std::int64_t uid, bool changes, Clock::time_point now);

 private:
  struct Bucket {
    std::int64_t tokens = 0;  // in millionths
    Clock::time_point filled;
  };
  struct Buckets {
    Bucket commands;
    Bucket changes;
  };
  static void fill(Bucket& bucket, const Rate& rate, Clock::time_point now);
  /// Drops the buckets that are full: who comes again gets a full one.
  void forget_idle(Clock::time_point now);

  Rate commands_;
  Rate changes_;
  std::map<std::int64_t, Buckets> by_uid_;
  std::uint64_t admitted_ = 0;
};

}  // namespace tradingd::admin
