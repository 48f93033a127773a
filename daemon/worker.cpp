#include "daemon/worker.h"

#include <pthread.h>

#include <utility>

namespace tradingd {

Worker::Worker(std::string name) : name_(std::move(name)), thread_([this] { run(); }) {}

Worker::~Worker() { stop(); }

bool Worker::post(Task task, std::size_t limit) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || tasks_.size() >= limit) {
      return false;
    }
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
  return true;
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool Worker::sleep(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, pause, [this] { return stopping_; });
}

void Worker::run() {
  pthread_setname_np(pthread_self(), name_.c_str());
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) {
        return;
      }
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace tradingd
