// Wakeup: one descriptor to wait on that becomes readable when librdkafka has something for us or a second has passed
// (an eventfd and a timerfd inside an epoll). drain() first, then look at the queues until they are empty: what arrives
// after that rings again, and whoever stops before the queues are empty calls ring().
#pragma once

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/mailbox.hpp"

namespace gofuture::kafka {

class Wakeup {
 public:
  Wakeup()
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    GOFUTURE_ASSERT(epoll_ >= 0 && timer_ >= 0, "epoll or timerfd could not be made");
    for (const int fd : {wake_.fd(), timer_}) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = fd;
      GOFUTURE_ASSERT(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0, "a descriptor could not be watched");
    }
    itimerspec every_second{};
    every_second.it_interval.tv_sec = every_second.it_value.tv_sec = 1;
    ::timerfd_settime(timer_, 0, &every_second, nullptr);
  }
  ~Wakeup() {
    ::close(timer_);
    ::close(epoll_);
  }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  int wait_fd() const { return epoll_; }
  int event_fd() const { return wake_.fd(); }
  void ring() { wake_.ring(); }
  void drain() {
    wake_.drain();
    std::uint64_t ticks = 0;
    [[maybe_unused]] const auto got = ::read(timer_, &ticks, sizeof ticks);
  }

 private:
  Wake wake_;
  int epoll_;
  int timer_;
};

}  // namespace gofuture::kafka
