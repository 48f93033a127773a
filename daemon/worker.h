#pragma once
// A thread that carries out blocking tasks in order, off the event loop.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace tradingd {

class Worker {
 public:
  using Task = std::function<void()>;

  /// `name` shows in `top -H`; at most 15 characters.
  explicit Worker(std::string name);
  /// Stops.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Queues a task; false when `limit` tasks are waiting already or the worker has been stopped.
  [[nodiscard]] bool post(Task task, std::size_t limit = 1024);
  /// Lets what is queued finish, then ends the thread. Idempotent.
  void stop();
  /// Blocks the worker's own thread: true after `pause`, false at once when it is being stopped.
  [[nodiscard]] bool sleep(std::chrono::milliseconds pause);

 private:
  void run();

  std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tradingd
