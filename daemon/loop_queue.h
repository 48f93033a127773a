#pragma once
// Lets any thread have something done on the event loop's thread.

#include <uv.h>

#include <functional>
#include <mutex>
#include <vector>

namespace tradingd {

class LoopQueue {
 public:
  /// Loop thread. `loop` outlives the queue's closing.
  explicit LoopQueue(uv_loop_t* loop);
  LoopQueue(const LoopQueue&) = delete;
  LoopQueue& operator=(const LoopQueue&) = delete;
  ~LoopQueue() = default;

  /// Any thread. After `close`, the task is dropped.
  void post(std::function<void()> task);
  /// Loop thread. Lets the loop end; what was posted before has been done.
  void close();

 private:
  void run();

  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool open_ = true;
  uv_async_t bell_{};
};

}  // namespace tradingd
