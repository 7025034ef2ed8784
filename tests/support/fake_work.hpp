// One transaction of the fake database while it is decided; for its .cpp files alone.
#pragma once

#include <algorithm>

#include "support/fake_database.hpp"

namespace gofuture::test {

inline InboxOutcome stored(Outcome outcome) {
  if (stays(outcome)) return InboxOutcome::kParked;
  return outcome == Outcome::kOk ? InboxOutcome::kOk : outcome == Outcome::kSkip ? InboxOutcome::kSkip : InboxOutcome::kDead;
}

struct FakeDatabase::Work {
  Batch& batch;
  const Request& request;
  const std::string& function;
  bool by_newest;
  std::uint64_t number;
  bool rerun = false;  // effects of ruled events stand in the batch and cannot be taken out

  const Topic& topic_of(const Event& event) const { return *request.plan.topics().at(event.record.topic).topic; }
  bool repeated(const Event& event) const { return event.verdict == Verdict::kRepeat; }
  std::uint32_t index_of(const Slot& slot) const { return static_cast<std::uint32_t>(&slot - batch.slots.data()); }
  bool has_due(const Slot& slot) const {
    return std::any_of(batch.events.begin(), batch.events.end(),
                       [&](const EventPtr& event) { return &batch.slots[event->slot] == &slot && event->parked > 0; });
  }
  bool has_timer(const Slot& slot) const {
    return std::any_of(batch.events.begin(), batch.events.end(),
                       [&](const EventPtr& event) { return &batch.slots[event->slot] == &slot && event->timer > 0; });
  }
};

}  // namespace gofuture::test
