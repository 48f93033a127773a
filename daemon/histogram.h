#pragma once
// A histogram of durations, as Prometheus has them: counted by any thread, read by any other.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tradingd {

class Histogram {
 public:
  /// Upper bounds of the buckets, microseconds; a last bucket takes what is longer.
  static constexpr std::array<std::int64_t, 15> kBoundsUs{250,     500,       1'000,     2'500,      5'000,
                                                          10'000,  25'000,    50'000,    100'000,    250'000,
                                                          500'000, 1'000'000, 2'500'000, 10'000'000, 60'000'000};

  void observe(std::int64_t us) {
    std::size_t bucket = 0;
    while (bucket < kBoundsUs.size() && us > kBoundsUs.at(bucket)) {
      ++bucket;
    }
    buckets_.at(bucket).fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(us, std::memory_order_relaxed);
  }

  /// Of the bucket alone, not of those below it; `bucket` up to and including kBoundsUs.size().
  [[nodiscard]] std::int64_t count(std::size_t bucket) const {
    return buckets_.at(bucket).load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::int64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::int64_t>, kBoundsUs.size() + 1> buckets_{};
  std::atomic<std::int64_t> sum_us_{0};
};

}  // namespace tradingd
