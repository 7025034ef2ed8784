// Refreshed: a question that is asked again and again on a thread of its own, so that a slow answer holds up nobody who looks.
//
//   Refreshed<int> lag([] { return ask(); }, std::chrono::seconds(2));
//   if (auto latest = lag.latest()) …            // null: the first answer is still to come
//
// The destructor waits for a question that is under way: questions are bounded.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.hpp"

namespace gofuture::cli {

template <class T>
class Refreshed {
 public:
  using Answer = std::shared_ptr<const Result<T>>;

  Refreshed(std::function<Result<T>()> ask, std::chrono::milliseconds every) : ask_(std::move(ask)), every_(every), thread_([this] { run(); }) {}
  ~Refreshed() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Refreshed(const Refreshed&) = delete;
  Refreshed& operator=(const Refreshed&) = delete;

  Answer latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
  }
  // The first answer, or what there is after so long.
  Answer wait(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [this] { return latest_ != nullptr; });
    return latest_;
  }

 private:
  void run() {
    for (;;) {
      auto answer = std::make_shared<const Result<T>>(ask_());
      std::unique_lock lock(mutex_);
      latest_ = std::move(answer);
      changed_.notify_all();
      if (changed_.wait_for(lock, every_, [this] { return stopping_; })) return;
    }
  }

  const std::function<Result<T>()> ask_;
  const std::chrono::milliseconds every_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Answer latest_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace gofuture::cli
