#pragma once
// The simulation's only source of chance: a stream of numbers that depends on the seed and nothing else.

#include <cstdint>
#include <iterator>

namespace tradingd::sim {

/// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }
  /// 0 … count − 1; `count` must be positive.
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(count));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  /// True `in` times out of `of`.
  bool chance(std::int64_t in, std::int64_t of) { return below(of) < in; }
  /// An independent stream.
  Random split() { return Random(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace tradingd::sim
