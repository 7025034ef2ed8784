#include "pipeline/loop.hpp"

#include <poll.h>

#include <algorithm>

#include "base/thread_name.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kRecordsPerPoll = 1'000;
constexpr std::int64_t kLongestSleepMs = 500;  // gauges and the watchdog's view stay fresh

}  // namespace

Loop::Loop(Poller& poller, Pipeline& pipeline, Inbox& inbox, Clock& clock, Probe& probe)
    : poller_(poller), pipeline_(pipeline), inbox_(inbox), clock_(clock), probe_(probe) {}

Loop::~Loop() { stop(); }

void Loop::start(const std::string& name) {
  if (thread_.joinable()) return;
  thread_ = std::thread([this, name] {
    name_this_thread(name);
    run();
  });
}

void Loop::stop(std::int64_t drain_ms) {
  drain_ms_ = drain_ms;
  stopping_ = true;
  inbox_.mailbox.wake().ring();
  if (thread_.joinable()) thread_.join();
}

void Loop::rejoin() {
  rejoining_ = true;
  inbox_.mailbox.wake().ring();
}

std::string Loop::halted() const {
  const std::lock_guard lock(mutex_);
  return halted_;
}

void Loop::run() {
  std::vector<Answer> answers;
  std::optional<std::int64_t> stop_by;
  while (true) {
    inbox_.mailbox.take(answers);
    for (Answer& answer : answers) pipeline_.on_answer(std::move(answer));
    const bool polls = stop_by.has_value() || pipeline_.wants_records();
    if (polls) poller_.poll(kRecordsPerPoll);
    pipeline_.step();
    probe_.gauges(pipeline_.gauges());
    note_halt(pipeline_.halted());
    note_halt(poller_.halted());

    if (rejoining_.exchange(false) && !stopping_) poller_.rejoin();
    const std::int64_t now = clock_.steady_ms();
    if (stopping_ && !stop_by) {
      pipeline_.stop();
      poller_.close();
      stop_by = now + drain_ms_;
      continue;
    }
    if (stop_by && (poller_.closed() || now >= *stop_by)) break;
    std::int64_t sleep = kLongestSleepMs;
    if (const auto next = pipeline_.next_wakeup_ms()) sleep = std::clamp<std::int64_t>(*next - now, 0, sleep);
    if (stop_by) sleep = std::min<std::int64_t>(sleep, std::max<std::int64_t>(0, *stop_by - now));
    // While enough waits the source is not asked, and so must not wake us either.
    pollfd fds[2] = {{inbox_.mailbox.wait_fd(), POLLIN, 0}, {poller_.wait_fd(), POLLIN, 0}};
    ::poll(fds, stop_by || pipeline_.wants_records() ? 2 : 1, static_cast<int>(sleep));
  }
}

void Loop::note_halt(const std::optional<std::string>& why) {
  if (!why) return;
  const std::lock_guard lock(mutex_);
  if (halted_.empty()) halted_ = *why;
}

}  // namespace gofuture
