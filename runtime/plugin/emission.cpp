#include "plugin/emission.hpp"

#include <algorithm>
#include <charconv>

#include "event/attributes.hpp"
#include "plugin/text.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kDelayMaxMs = std::int64_t{366} * 86'400'000;

std::string quoted(std::string_view text) { return "\"" + printable(text, 100) + "\""; }

}  // namespace

EmissionMaker::EmissionMaker(const Plan& plan, Clock& clock, std::uint64_t seed)
    : plan_(plan), clock_(clock), ids_(seed), random_(seed ^ 0x9e3779b97f4a7c15ULL) {}

Result<Emission> EmissionMaker::make(const Event& cause, std::uint32_t event, std::uint32_t ordinal, const Wish& wish) {
  const FunctionManifest& manifest = plan_.manifest();
  const PlannedEmission* planned = plan_.emission(wish.type);
  if (planned == nullptr)
    return Error("emitted " + quoted(wish.type) + ", which is not in [emits] of " + manifest.file + "; add it there or emit another type");
  const auto about = [planned] { return "emitted " + planned->type->name; };
  const auto led_to = manifest.leads_to.find(cause.type);
  if (led_to != manifest.leads_to.end() && std::find(led_to->second.begin(), led_to->second.end(), planned->type->name) == led_to->second.end())
    return Error(about() + " at " + std::string(cause.type) + ", which [leads_to] of " + manifest.file + " does not allow; add it there or emit another type");
  if (cause.envelope.hops >= static_cast<std::uint32_t>(manifest.hops_max))
    return Error(about() + " although this event has already come through " + std::to_string(cause.envelope.hops) +
                 " functions (hops = " + std::to_string(manifest.hops_max) + " in " + manifest.file +
                 "); look for functions that trigger each other");
  if (static_cast<std::int64_t>(wish.data.size()) > planned->topic->max_bytes)
    return Error(about() + " with " + std::to_string(wish.data.size()) + " bytes of data, " + planned->topic->name + " takes " +
                 std::to_string(planned->topic->max_bytes) + "; send a reference instead of the content");
  if (planned->schema)
    if (const auto valid = planned->schema->check(wish.data); !valid)
      return Error(about() + " that breaks its schema " + planned->type->schema_file + ": " + valid.error().message());

  if (wish.delay_ms < 0 || wish.delay_ms > kDelayMaxMs)
    return Error(about() + " with a delay of " + std::to_string(wish.delay_ms) + " ms; a delay is at most 366 days, and not negative");
  if (wish.delay_ms > 0 && manifest.mode != Mode::kPostgres)
    return Error(about() + " with a delay, which only mode = \"postgres\" keeps; set it in " + manifest.file + " or emit at once");

  auto key = record_key(*planned, wish);
  if (!key) return Error(about() + " " + key.error().message());
  Emission made;
  made.key = std::move(*key);
  if (!planned->type->subject.empty() && planned->type->subject == planned->type->key && wish.key.empty()) {
    made.subject = made.key;
  } else if (!planned->type->subject.empty()) {
    auto subject = json_.scalar(wish.data, planned->type->subject);
    if (!subject)
      return Error(about() + " without the subject that the catalogue takes from its data: " + subject.error().message() +
                   "; set it in the data");
    made.subject = std::move(*subject);
    if (!is_clean_text(made.subject)) return Error(about() + " with a subject that is not plain text; set it in the data");
  }
  made.event = event;
  made.ordinal = ordinal;
  made.time_ms = clock_.unix_ms();
  made.delay_ms = wish.delay_ms;
  made.id = next_id(cause, ordinal, made.time_ms);
  made.type = planned->type->name;
  made.topic = planned->topic->name;
  made.data.assign(wish.data);
  made.traceparent = next_traceparent(cause.envelope.traceparent, random_.next(), random_.next());
  return made;
}

Result<std::string> EmissionMaker::record_key(const PlannedEmission& planned, const Wish& wish) {
  std::string key;
  if (!wish.key.empty()) {
    key.assign(wish.key);
  } else if (planned.type->key.empty()) {
    return Error("without a key, and the catalogue names none for this type; pass one to emit()");
  } else {
    auto found = json_.scalar(wish.data, planned.type->key);
    if (!found) return Error("without a key: " + found.error().message() + "; set it in the data or pass a key to emit()");
    key = std::move(*found);
  }
  if (key.empty()) return Error("with an empty key; set " + planned.type->key + " in the data or pass a key to emit()");
  if (!is_clean_text(key)) return Error("with a key that is not plain text; keys are UTF-8 without control characters");
  return key;
}

std::string_view EmissionMaker::derived_name(const Event& cause, std::uint32_t ordinal) {
  const auto id = cause.event_id.characters();
  char digits[10];
  name_.assign(id.data(), id.size());
  name_.append(1, '/').append(plan_.manifest().name).append(1, '/');
  return name_.append(digits, std::to_chars(digits, digits + sizeof digits, ordinal).ptr);
}

Uuid EmissionMaker::next_id(const Event& cause, std::uint32_t ordinal, std::int64_t now_ms) {
  // Where nothing commits with the effects a rerun must emit the same ids; elsewhere what did not commit was never seen.
  if (plan_.manifest().mode == Mode::kAtLeastOnce)
    return Uuid::v5(kDerivedSpace, derived_name(cause, ordinal));
  return ids_.next(now_ms);
}

}  // namespace gofuture
