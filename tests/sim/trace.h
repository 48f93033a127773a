#pragma once
// What happened in a simulation, step by step: as a hash, which two executions of a seed must share, and as lines for
// people when asked for.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tradingd::sim {

class Trace {
 public:
  /// With `lines`, the steps are kept as text too.
  explicit Trace(bool lines) : keep_(lines) {}

  void note(std::string_view what, std::int64_t a = 0, std::int64_t b = 0, std::int64_t c = 0) {
    for (const char letter : what) {
      mix(static_cast<unsigned char>(letter));
    }
    mix(static_cast<std::uint64_t>(a));
    mix(static_cast<std::uint64_t>(b));
    mix(static_cast<std::uint64_t>(c));
    if (keep_) {
      lines_.push_back(std::string(what) + " " + std::to_string(a) + " " + std::to_string(b) + " " + std::to_string(c));
    }
  }
  void say(const std::string& line) {
    if (keep_) {
      lines_.push_back("  " + line);
    }
  }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  /// FNV-1a over whole words.
  void mix(std::uint64_t word) { hash_ = (hash_ ^ word) * 0x100000001B3U; }

  bool keep_;
  std::uint64_t hash_ = 0xCBF29CE484222325U;
  std::vector<std::string> lines_;
};

}  // namespace tradingd::sim
