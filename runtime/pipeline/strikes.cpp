#include "pipeline/strikes.hpp"

#include "pipeline/backoff.hpp"

namespace gofuture {
namespace {

std::string last_words(const std::string& cause) {
  if (cause == kHang) return "the last time since it did not return within its timeout";
  if (cause == kMemory) return "the last time since it took more memory than the manifest allows one event";
  return "the last time by " + cause;
}

}  // namespace

void Strikes::apply(Event& event, const Retry& retry, std::int64_t now_ms) const {
  const auto found = of_.find(event.event_id);
  if (found == of_.end() || event.decided) return;
  event.batch_max = 1;
  const EventStrikes& had = found->second;
  if (had.count == 0) return;
  event.strikes = had.count;
  event.attempt += had.count;
  if (retry.max_retries && event.attempt > 1 + static_cast<std::uint32_t>(*retry.max_retries)) {
    --event.attempt;  // the one that it does not get
    event.decided = true;
    event.outcome = Outcome::kReject;
    event.failure = had.cause == kHang ? FailureClass::kTransient : FailureClass::kCrash;
    event.message = "handling it has ended the process " + std::to_string(had.count) + (had.count == 1 ? " time" : " times") + ", " +
                    last_words(had.cause) + "; after " + std::to_string(event.attempt) +
                    " attempts it is not tried again. Mend the function (the log and the core dump of that end show where), then "
                    "redrive it";
    return;
  }
  event.due_ms = now_ms + backoff_ms(retry, event.attempt - 1, event.event_id.bytes[15] * 37ULL);
}

void Strikes::ended(const Event& event) {
  if (of_.erase(event.event_id) > 0 && event.strikes > 0 && forget_) forget_(event.event_id);
}

}  // namespace gofuture
