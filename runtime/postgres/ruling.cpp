#include "postgres/ruling.hpp"

#include <utility>
#include <vector>

namespace gofuture {

void Rulings::rule(Event& event, Verdict verdict, std::string why) {
  event.verdict = verdict;
  const bool repeat = verdict == Verdict::kRepeat || verdict == Verdict::kOutdated;
  if (event.decided && !stays(event.outcome) && !repeat) return;  // dead already, for a better reason
  if (!event.decided && event.outcome == Outcome::kOk) batch_.stale = batch_.stale || entangled_;
  event.decided = true;
  if (repeat) {
    event.outcome = Outcome::kSkip;
    event.failure = FailureClass::kNone;
    event.message.clear();
    return;
  }
  event.outcome = Outcome::kReject;
  event.failure = verdict == Verdict::kAhead ? FailureClass::kCorrupted : FailureClass::kIdempotency;
  event.message = std::move(why);
}

void Rulings::drop_effects() const {
  std::uint32_t kept = 0;
  for (Emission& emission : batch_.emissions) {
    if (batch_.events[emission.event]->outcome != Outcome::kOk) continue;
    if (&batch_.emissions[kept] != &emission) batch_.emissions[kept] = std::move(emission);
    ++kept;
  }
  batch_.emissions.resize(kept);
  std::erase_if(batch_.timers, [this](const TimerChange& timer) { return batch_.events[timer.event]->outcome != Outcome::kOk; });
}

}  // namespace gofuture
