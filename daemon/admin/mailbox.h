#pragma once
// Answers on their way from any thread to the loop.

#include <uv.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace tradingd::admin {

/// Shared by the server and every answer still owed, so that a late one finds a closed box instead of a dead server.
class Mailbox {
 public:
  struct Letter {
    std::uint64_t session = 0;
    std::uint64_t serial = 0;
    std::string bytes;
    bool ends_stream = false;
    std::function<void(bool)> done;  // of a notification (serial 0): hears what became of it
  };

  /// Any thread. Drops the letter once the box is closed: the process is ending.
  void post(Letter letter) {
    const std::lock_guard lock(mutex_);
    if (bell_ == nullptr) return;
    letters_.push_back(std::move(letter));
    uv_async_send(bell_);
  }

  /// Loop thread. `bell` is rung for each letter until close().
  void open(uv_async_t* bell) {
    const std::lock_guard lock(mutex_);
    bell_ = bell;
  }

  /// Loop thread. After it the bell is rung no more and may be closed.
  void close() { open(nullptr); }

  /// Loop thread. All that came since the last call.
  [[nodiscard]] std::vector<Letter> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
  }

 private:
  std::mutex mutex_;
  uv_async_t* bell_ = nullptr;
  std::vector<Letter> letters_;
};

}  // namespace tradingd::admin
