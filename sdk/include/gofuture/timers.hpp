// Timers of the event's key, for functions that wait: a step that gets no answer by its deadline fails like any other.
// Inherit UsesTimers and say what happens when one is due:
//
//   class AwaitPayment : public gofuture::Function<Waiting>, public gofuture::UsesTimers {
//    public:
//     Outcome on(const ride::PaymentInitiated&) { schedule("deadline", std::chrono::minutes(2)); return ok(); }
//     Outcome on(const ride::PaymentSucceeded&) { cancel("deadline"); return ok(); }
//     Outcome on(const gofuture::Timer& timer)  { … }            // timer.name is "deadline"
//   };
//
// A key has one timer of each name: setting it again moves it, canceling what is not set is nothing. Names are 1 to 64 letters,
// digits, '_', '-' and '.'. What an event sets and cancels commits with it, or not at all. A timer is an event of its key: it
// needs no subscription, it is handled once, retried and dead-lettered like any other, and it never comes before it is due by
// the store's clock. It may come late; and an answer may be on its way when it comes, so what follows must cope with both.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "context.hpp"
#include "json.hpp"

namespace gofuture {
inline namespace v0 {

// A moment of the store's clock.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

// A timer that is due.
struct Timer {
  static constexpr std::string_view kType = GOFUTURE_TIMER_TYPE;
  std::string name;
  std::string due_at;  // RFC 3339: the moment it was set for
};
BOOST_DESCRIBE_STRUCT(Timer, (), (name, due_at))

class UsesTimers : private detail::Bound {
 protected:
  void schedule(std::string_view name, Time at) {
    const detail::Context& now = Bound::context();
    static_cast<void>(now.event());
    now.call->schedule(now.call, now.index, detail::bytes_of(name), at.time_since_epoch().count());
  }
  // So long after the commit.
  void schedule(std::string_view name, std::chrono::milliseconds after) {
    const detail::Context& now = Bound::context();
    static_cast<void>(now.event());
    now.call->schedule_after(now.call, now.index, detail::bytes_of(name), after.count());
  }
  void cancel(std::string_view name) {
    const detail::Context& now = Bound::context();
    static_cast<void>(now.event());
    now.call->cancel(now.call, now.index, detail::bytes_of(name));
  }
};

}  // namespace v0
}  // namespace gofuture
