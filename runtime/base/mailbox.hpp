// Mailbox<Message>: many threads post, one thread takes; the taker sleeps on a file descriptor that it can poll together
// with others. Posting to a mailbox that already holds something wakes nobody: one wake per batch, never per message.
//
//   mailbox.post(Handled{...});                 // any thread
//   mailbox.wait_fd();                          // the owner polls this for reading
//   mailbox.take(messages);                     // the owner: swaps everything out, clears the wake
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace gofuture {

// An eventfd that wakes a poller. Any thread may ring; the owner drains.
class Wake {
 public:
  Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { GOFUTURE_ASSERT(fd_ >= 0, "eventfd could not be made"); }
  ~Wake() { ::close(fd_); }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  int fd() const { return fd_; }
  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);  // full only when long rung: still awake
  }
  void drain() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
  }

 private:
  int fd_;
};

template <class Message>
class Mailbox {
 public:
  void post(Message message) {
    bool was_empty = false;
    {
      const std::lock_guard lock(mutex_);
      was_empty = waiting_.empty();
      waiting_.push_back(std::move(message));
    }
    if (was_empty) wake_.ring();
  }

  // Moves everything that waits into `into` (which is cleared first) and forgets the wake.
  void take(std::vector<Message>& into) {
    into.clear();
    wake_.drain();
    const std::lock_guard lock(mutex_);
    into.swap(waiting_);
  }

  int wait_fd() const { return wake_.fd(); }
  Wake& wake() { return wake_; }

 private:
  std::mutex mutex_;
  std::vector<Message> waiting_;
  Wake wake_;
};

}  // namespace gofuture
