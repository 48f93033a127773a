#include "daemon/loop_queue.h"

#include <utility>

#include "daemon/base/assert.h"

namespace tradingd {

LoopQueue::LoopQueue(uv_loop_t* loop) {
  bell_.data = this;
  TD_ASSERT(uv_async_init(loop, &bell_, [](uv_async_t* bell) { static_cast<LoopQueue*>(bell->data)->run(); }) == 0);
}

void LoopQueue::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (open_) {
    tasks_.push_back(std::move(task));
    uv_async_send(&bell_);
  }
}

void LoopQueue::run() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks = std::exchange(tasks_, {});
  }
  for (const auto& task : tasks) {
    task();
  }
}

void LoopQueue::close() {
  run();
  const std::lock_guard lock(mutex_);
  open_ = false;
  // uv_handle_t is the first member of every handle; the cast is libuv's own convention.
  uv_close(reinterpret_cast<uv_handle_t*>(&bell_), nullptr);
}

}  // namespace tradingd
