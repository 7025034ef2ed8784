// Breakers: per dependency of one function, whether it is worth asking. What a function answers with `later` feeds them.
//
//   closed --5 times later in a row, nothing else--> open --pause--> one probe --it says anything but later--> closed
//                                                      ^------------- later: a longer pause -----------'
//
// An open breaker pauses the function's dispatch, so offsets stay where they are by themselves; each probe is the next event in turn,
// of another key every time, since the one before is parked. While events that need the dependency succeed beside it, `later` is an
// ordinary failure of its own event: it counts as an attempt.
//
// A dependency is the origin of the event's last HTTP request ("https://gateway:443"), or kOwnWord where the event made none.
// Pure; pipeline's thread only.
//
//   if (breakers.later(event.dependency, event.message, now)) …   // true: count the attempt
//   breakers.answered(event.dependency, now);
//   if (breakers.open() && !breakers.probe_due(now)) return;      // no dispatch
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gofuture {

struct BreakerState {
  std::string dependency;
  std::string reason;           // what the last event said
  std::int64_t open_for_ms = 0;
  bool operator==(const BreakerState&) const = default;
};

class Breakers {
 public:
  static constexpr std::string_view kOwnWord = "(says the function)";
  static constexpr std::uint32_t kLatersToOpen = 5;
  static constexpr std::int64_t kFirstPauseMs = 1'000, kLongestPauseMs = 30'000;

  enum class Change : std::uint8_t { kNone, kOpened, kClosed };
  struct Verdict {
    Change change = Change::kNone;
    bool counts = false;        // others succeed: it is this event's own failure
  };
  // The event says that the dependency is down.
  Verdict later(std::string_view dependency, std::string_view reason, std::int64_t now_ms);
  // It was asked and answered, whatever the answer was.
  Change answered(std::string_view dependency, std::int64_t now_ms);

  bool open() const { return open_ > 0; }
  // Whether one event may go now; probing() until its outcome is told by later() or answered(), or gave_up().
  bool probe_due(std::int64_t now_ms) const;
  void probe_sent() { probing_ = true; }
  void gave_up() { probing_ = false; }  // the probe ended without an outcome: the next one may go
  bool probing() const { return probing_; }
  std::optional<std::int64_t> next_probe_ms() const;  // nothing: none is waited for
  std::int64_t pause_ms(std::string_view dependency, std::int64_t now_ms) const;  // until the next probe; 0: closed

  std::vector<BreakerState> states(std::int64_t now_ms) const;  // of the open ones
  std::uint64_t changes() const { return changes_; }            // grows whenever one opens or closes

 private:
  struct Breaker {
    std::uint32_t laters = 0;           // in a row
    std::int64_t answered_ms = -1;      // steady clock: when it last answered; -1: never
    bool open = false;
    std::int64_t since_ms = 0, probe_at_ms = 0, pause_ms = 0;
    std::string reason;
  };
  std::map<std::string, Breaker, std::less<>> breakers_;
  std::size_t open_ = 0;
  bool probing_ = false;
  std::uint64_t changes_ = 0;
};

}  // namespace gofuture
