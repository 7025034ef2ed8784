#include "pipeline/event.hpp"

namespace gofuture {

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPending: return "pending";
    case Outcome::kOk: return "ok";
    case Outcome::kSkip: return "skip";
    case Outcome::kRetry: return "retry";
    case Outcome::kReject: return "reject";
    case Outcome::kLater: return "later";
    case Outcome::kHeld: return "held";
  }
  return "unknown";
}

const char* name_of(FailureClass failure) {
  switch (failure) {
    case FailureClass::kNone: return "none";
    case FailureClass::kCorrupted: return "corrupted";
    case FailureClass::kBusiness: return "business";
    case FailureClass::kIdempotency: return "idempotency";
    case FailureClass::kTransient: return "transient";
    case FailureClass::kDependency: return "dependency";
    case FailureClass::kCrash: return "crash";
  }
  return "unknown";
}

}  // namespace gofuture
