// Which event a handler thread is in, and since when: written by that thread for every event, read by any thread (watchdog,
// /readyz) without stopping it, and by the next process (strike_file.hpp). A sequence lock over atomics: a reader that meets a
// writer looks again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <thread>

#include "base/uuid.hpp"

namespace gofuture {

class InFlight {
 public:
  struct Now {
    Uuid event_id;
    std::uint16_t topic = 0;  // index into the function's topics
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t since_ms = 0;   // steady clock
    std::uint64_t number = 0;    // grows with each event: the same event tried again has another
  };

  // The handler's thread.
  void begin(const Uuid& id, std::uint16_t topic, std::int32_t partition, std::int64_t offset, std::int64_t now_ms) {
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), id.bytes.data(), sizeof halves);
    const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);  // seen by whoever sees a field, since those are released
    id_[0].store(halves[0], std::memory_order_release);
    id_[1].store(halves[1], std::memory_order_release);
    place_.store(std::uint64_t{topic} << 32U | static_cast<std::uint32_t>(partition), std::memory_order_release);
    offset_.store(offset, std::memory_order_release);
    since_ms_.store(now_ms, std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);
  }
  void end() { since_ms_.store(kIdle, std::memory_order_release); }

  // Any thread. Nothing: the handler is in no event.
  std::optional<Now> now() const {
    Now now;
    while (!look(now)) std::this_thread::yield();
    return now.since_ms == kIdle ? std::nullopt : std::optional(now);
  }
  // After the writer's process has ended. Nothing, too, where it ended in the middle of writing.
  std::optional<Now> as_left() const {
    Now now;
    return look(now) && now.since_ms != kIdle ? std::optional(now) : std::nullopt;
  }
  std::uint64_t number() const { return sequence_.load(); }  // of the event that is open, or was open last

 private:
  bool look(Now& now) const {  // false: it is being written
    const std::uint64_t before = sequence_.load();
    const std::array<std::uint64_t, 2> halves{id_[0].load(), id_[1].load()};
    const std::uint64_t place = place_.load();
    now.offset = offset_.load();
    now.since_ms = since_ms_.load();
    if (before % 2 == 1 || sequence_.load() != before) return false;
    std::memcpy(now.event_id.bytes.data(), halves.data(), sizeof halves);
    now.topic = static_cast<std::uint16_t>(place >> 32U);
    now.partition = static_cast<std::int32_t>(static_cast<std::uint32_t>(place));
    now.number = before;
    return true;
  }

  static constexpr std::int64_t kIdle = -1;
  std::atomic<std::uint64_t> sequence_ = 0;
  std::array<std::atomic<std::uint64_t>, 2> id_{};
  std::atomic<std::uint64_t> place_ = 0;
  std::atomic<std::int64_t> offset_ = 0;
  std::atomic<std::int64_t> since_ms_ = kIdle;
};

}  // namespace gofuture
