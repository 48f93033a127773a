#include "daemon/admin/rate_limiter.h"

#include <algorithm>
#include <iterator>

namespace tradingd::admin {

namespace {

constexpr std::int64_t kToken = 1'000'000;
/// Longer than this nobody waits for a full bucket at a token a second; also keeps the product in range.
constexpr std::int64_t kElapsedMaxUs = 3'600'000'000;
/// Calls between two looks for buckets that nobody uses.
constexpr std::uint64_t kSweep = 4096;

}  // namespace

void RateLimiter::set(Rate commands, Rate changes) {
  commands_ = commands;
  changes_ = changes;
}

void RateLimiter::fill(Bucket& bucket, const Rate& rate, Clock::time_point now) {
  const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - bucket.filled).count();
  bucket.tokens = std::min(bucket.tokens + std::min(elapsed, kElapsedMaxUs) * rate.per_second, rate.burst * kToken);
  bucket.filled += std::chrono::microseconds(elapsed);
}

bool RateLimiter::admit(std::int64_t uid, bool changes, Clock::time_point now) {
  if (++admitted_ % kSweep == 0) {
    forget_idle(now);
  }
  const auto [found, is_new] = by_uid_.try_emplace(uid);
  Buckets& buckets = found->second;
  if (is_new) {
    buckets = {{commands_.burst * kToken, now}, {changes_.burst * kToken, now}};
  }
  fill(buckets.commands, commands_, now);
  fill(buckets.changes, changes_, now);
  if (buckets.commands.tokens < kToken || (changes && buckets.changes.tokens < kToken)) {
    return false;
  }
  buckets.commands.tokens -= kToken;
  buckets.changes.tokens -= changes ? kToken : 0;
  return true;
}

void RateLimiter::forget_idle(Clock::time_point now) {
  for (auto one = by_uid_.begin(); one != by_uid_.end();) {
    Buckets& buckets = one->second;
    fill(buckets.commands, commands_, now);
    fill(buckets.changes, changes_, now);
    const bool idle =
        buckets.commands.tokens == commands_.burst * kToken && buckets.changes.tokens == changes_.burst * kToken;
    one = idle ? by_uid_.erase(one) : std::next(one);
  }
}

}  // namespace tradingd::admin
