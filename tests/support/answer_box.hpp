// AnswerBox: where ports put their answers in tests. Any thread posts; the test takes them, waiting when a real port works on
// threads of its own. A wait that is never answered ends after a minute with an empty result, so that a test fails and not hangs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "pipeline/io.hpp"

namespace gofuture::test {

class AnswerBox : public Answers {
 public:
  void post(Answer answer) override {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    arrived_.notify_one();
  }

  std::optional<Answer> take() {
    const std::lock_guard lock(mutex_);
    return take_locked();
  }

  std::optional<Answer> wait(std::chrono::seconds at_most = std::chrono::seconds(60)) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, at_most, [this] { return !answers_.empty(); });
    return take_locked();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return answers_.size();
  }

 private:
  std::optional<Answer> take_locked() {
    if (answers_.empty()) return std::nullopt;
    std::optional<Answer> answer(std::move(answers_.front()));
    answers_.pop_front();
    return answer;
  }

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Answer> answers_;
};

}  // namespace gofuture::test
