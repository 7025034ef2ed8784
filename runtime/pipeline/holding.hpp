// Which events keep the events of their key behind them: those that come again, and with on_dead = "hold" those that are dead.
// Pure; asked by handlers, pipeline and stores alike, so that all three mean the same.
#pragma once

#include "manifest/manifest.hpp"
#include "pipeline/event.hpp"

namespace gofuture {

// The event is dead, and its key waits for people. Not where nobody can say what belongs to its key (corrupted, another event's
// id), nor where a younger event need not wait for an older one.
inline bool holds_dead(const Event& event, const FunctionManifest& manifest) {
  return event.outcome == Outcome::kReject && manifest.retry.on_dead == OnDead::kHold && !manifest.fence &&
         event.failure != FailureClass::kCorrupted && event.failure != FailureClass::kIdempotency;
}

inline bool holds_its_key(const Event& event, const FunctionManifest& manifest) {
  return event.outcome == Outcome::kRetry || event.outcome == Outcome::kLater || holds_dead(event, manifest);
}

}  // namespace gofuture
