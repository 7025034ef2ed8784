#include "support/counting_function.hpp"

#include <charconv>

#include "base/assert.hpp"
#include "pipeline/holding.hpp"

namespace gofuture::test {
namespace {

std::int64_t number_in(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view between(std::string_view text, std::string_view before, char after) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find(after));
}

}  // namespace

Script Script::read(std::string_view text) {
  Script script;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word == "skip") script.skip = true;
    else if (word == "reject") script.reject = true;
    else if (word == "erase") script.erase = true;
    else if (word == "later") script.later = true;
    else if (word == "silent") script.emissions = 0;
    else if (word == "cancel") script.cancel = true;
    else if (word.starts_with("timer=")) script.timer_ms = number_in(word.substr(6));
    else if (word.starts_with("own-timer=")) script.own_timer_ms = number_in(word.substr(10));
    else if (word.starts_with("delay=")) script.delay_ms = number_in(word.substr(6));
    else if (word.starts_with("retry=")) script.retries = static_cast<std::uint32_t>(number_in(word.substr(6)));
    else if (word.starts_with("emit=")) script.emissions = static_cast<std::uint32_t>(number_in(word.substr(5)));
    else GOFUTURE_ASSERT(false, "a test script has only known words");
  }
  return script;
}

Script Script::of(const Record& record) {
  for (const Header& header : record.headers())
    if (header.name == "test-script" && header.value) return read(*header.value);
  return {};
}

void Count::add(std::string_view ce_id) {
  ++events;
  for (const char c : ce_id) order = (order ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
}

std::string Count::text() const { return std::to_string(events) + "|" + std::to_string(order); }

Count Count::read(const std::optional<std::string>& state) {
  Count count;
  if (!state) return count;
  count.events = number_in(*state);
  const auto bar = state->find('|');
  GOFUTURE_ASSERT(bar != std::string::npos, "the state is one that the counting function wrote");
  std::from_chars(state->data() + bar + 1, state->data() + state->size(), count.order);
  return count;
}

std::string counted_data(std::string_view ce_id, std::int64_t count) {
  return "{\"cause\":\"" + std::string(ce_id) + "\",\"count\":" + std::to_string(count) + "}";
}

Counted read_counted(std::string_view data) {
  return {std::string(between(data, "\"cause\":\"", '"')), number_in(between(data, "\"count\":", '}'))};
}

void CountingFunction::run(Batch& batch, std::int64_t unix_ms) {
  std::vector<bool> stuck(batch.slots.size(), false);  // an earlier event of the key did not end
  for (std::uint32_t i = 0; i < batch.events.size(); ++i) {
    Event& event = *batch.events[i];
    if (event.decided) continue;
    if (stuck[event.slot]) {
      event.outcome = Outcome::kHeld;
      continue;
    }
    const auto own = script ? script(event) : std::nullopt;
    apply(batch, i, own ? *own : Script::of(event.record), unix_ms);
    if (holds_its_key(event, plan_.manifest())) stuck[event.slot] = true;
  }
}

void CountingFunction::apply(Batch& batch, std::uint32_t index, const Script& does, std::int64_t unix_ms) {
  Event& event = *batch.events[index];
  Slot& slot = batch.slots[event.slot];
  ++deliveries[std::string(event.envelope.id)];
  if (event.attempt <= does.retries) {
    event.outcome = Outcome::kRetry;
    event.failure = FailureClass::kTransient;
    event.message = "the test wants this delivery to be tried again";
  } else if (does.later && dependency_down) {
    event.outcome = Outcome::kLater;
    event.failure = FailureClass::kDependency;
    event.message = "the dependency is down";
  } else if (does.reject) {
    event.outcome = Outcome::kReject;
    event.failure = FailureClass::kBusiness;
    event.message = "the test rejects this event";
  } else if (does.skip) {
    event.outcome = Outcome::kSkip;
  } else if (knows_newest && plan_.manifest().fence && event.newest_us <= slot.newest_us) {
    event.outcome = Outcome::kSkip;  // not decided: what it was compared with may itself be refused
  } else {
    event.outcome = Outcome::kOk;
    Count count = Count::read(slot.state);
    const bool is_timer = event.type == kTimerType;
    const std::string cause = is_timer ? "timer of " + std::string(event.envelope.causationid) : std::string(event.envelope.id);
    count.add(cause);
    if (does.timer_ms > 0) batch.timers.push_back({index, "alarm", std::nullopt, does.timer_ms});
    if (does.own_timer_ms > 0) batch.timers.push_back({index, "of-" + event.event_id.text(), std::nullopt, does.own_timer_ms});
    if (does.cancel) batch.timers.push_back({index, "alarm", std::nullopt, std::nullopt});
    if (plan_.stateful) {
      slot.state = does.erase ? std::nullopt : std::optional(count.text());
      slot.dirty = true;
    }
    if (plan_.manifest().fence && event.newest_us > slot.newest_us) {
      slot.newest_us = event.newest_us;
      slot.dirty = true;
    }
    const PlannedEmission* out = plan_.emission("Counted");
    for (std::uint32_t ordinal = 0; ordinal < does.emissions; ++ordinal) {
      Emission emission;
      emission.event = index;
      emission.ordinal = ordinal;
      emission.id = ids_.next(unix_ms);
      emission.type = out->type->name;
      emission.topic = out->topic->name;
      emission.key = slot.key;
      emission.subject = slot.key;
      emission.data = counted_data(cause, count.events);
      emission.delay_ms = does.delay_ms;
      emission.traceparent = std::string(event.envelope.traceparent);
      emission.time_ms = unix_ms;
      if (tamper) tamper(event, emission);
      batch.emissions.push_back(std::move(emission));
    }
  }
}

}  // namespace gofuture::test
