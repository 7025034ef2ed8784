#include "ingress/acceptance.hpp"

#include <algorithm>
#include <unordered_map>

#include "event/attributes.hpp"
#include "manifest/nearest.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kKeyBytesMax = 512;  // as of state keys
constexpr std::size_t kFlawsMax = 100;     // told of one request

// Errors of an envelope begin with the attribute's name on Kafka's wire: "ce_id is missing".
Flaw flaw_of(std::size_t index, const std::string& what) {
  if (!what.starts_with("ce_")) return {index, "", what};
  const std::string told = what.substr(3);
  return {index, "/" + told.substr(0, told.find(' ')), told};
}

}  // namespace

Result<std::unique_ptr<Acceptance>> Acceptance::make(std::shared_ptr<const Catalogue> catalogue, Clock& clock, AcceptanceLimits limits,
                                                     std::uint64_t seed) {
  auto made = std::unique_ptr<Acceptance>(new Acceptance(std::move(catalogue), clock, limits, seed));
  for (const EventType& type : made->catalogue_->events) {
    auto schema = Schema::compile(type.schema, type.schema_file);
    if (!schema) return schema.error();
    const auto known = std::make_shared<const Known>(Known{&type, made->catalogue_->topic(type.topic), std::move(*schema)});
    made->known_.emplace(type.name, known);
    for (const std::string& alias : type.aliases) made->known_.emplace(alias, known);
    made->names_.push_back(type.name);
  }
  return made;
}

Judged Acceptance::judge(const HttpContent& request) {
  Judged judged;
  const auto mode = content_mode(request.content_type);
  if (!mode) {
    judged.refusal = refused(415, "media_type",
                             "Content-Type is \"" + std::string(request.content_type.substr(0, 100)) +
                                 "\"; send application/json with ce- headers, application/cloudevents+json or application/cloudevents-batch+json");
    return judged;
  }
  Content content = read_content(request, *mode, limits_.events_max);
  if (content.events.size() > limits_.events_max) {
    judged.refusal = refused(413, "too_many_events", "more than " + std::to_string(limits_.events_max) + " events; send several requests");
    return judged;
  }
  std::vector<Flaw> flaws = std::move(content.flaws);
  std::unordered_map<Uuid, Digest> seen;
  std::vector<Flaw> conflicts;
  for (std::size_t index = 0; index < content.events.size(); ++index) {
    const std::size_t before = flaws.size();
    IncomingEvent event = take(content.events[index], index, flaws);
    if (flaws.size() != before) continue;
    judged.ids.push_back(event.id.text());
    const auto [first, fresh] = seen.try_emplace(event.id, event.digest);
    if (fresh) {
      judged.events.push_back(std::move(event));
      judged.places.push_back(index);
    } else if (first->second != event.digest) {
      conflicts.push_back({index, "/id", "this id stands in the request already, with other content"});
    }
  }
  if (flaws.empty() && conflicts.empty()) return judged;
  const bool invalid = !flaws.empty();
  flaws.insert(flaws.end(), conflicts.begin(), conflicts.end());
  std::stable_sort(flaws.begin(), flaws.end(), [](const Flaw& a, const Flaw& b) { return a.index < b.index; });
  if (flaws.size() > kFlawsMax) flaws.resize(kFlawsMax);
  judged.refusal = invalid ? refused(400, "invalid", "the request is wrong, so nothing of it was taken", flaws)
                           : refused(409, "conflict", "an id names one content for ever, so nothing of the request was taken", flaws);
  return judged;
}

IncomingEvent Acceptance::take(const Record& record, std::size_t index, std::vector<Flaw>& flaws) {
  IncomingEvent event;
  auto envelope = read_envelope(record);
  if (!envelope) {
    flaws.push_back(flaw_of(index, envelope.error().message()));
    return event;
  }
  event.id = envelope->event_id();
  check_id(event.id, index, flaws);
  if (!envelope->time.empty() && !parse_time_us(envelope->time))
    flaws.push_back({index, "/time", "time is not a time such as 2026-11-22T12:00:01.204Z (RFC 3339)"});
  if (const auto mode = content_mode(envelope->datacontenttype); !envelope->datacontenttype.empty() && mode != ContentMode::kBinary)
    flaws.push_back({index, "/datacontenttype", "datacontenttype is not JSON; the data of every type of the catalogue is"});

  const auto found = known_.find(envelope->type);
  if (found == known_.end()) {
    const std::string hint = did_you_mean(envelope->type, names_);
    flaws.push_back({index, "/type", "unknown event type \"" + std::string(envelope->type) + "\"" +
                                         (hint.empty() ? "; `gofuture list` shows what there is" : hint)});
    return event;
  }
  const Known& known = *found->second;
  const auto size = static_cast<std::int64_t>(envelope->data.size());
  if (size > known.topic->max_bytes) {
    flaws.push_back({index, "/data", "the data is " + std::to_string(size) + " bytes, " + known.topic->name + " takes " +
                                         std::to_string(known.topic->max_bytes) + "; send a reference instead of the content"});
    return event;
  }
  if (envelope->data.empty()) {
    flaws.push_back({index, "/data", "data is missing"});
    return event;
  }
  const auto findings = known.schema.findings(envelope->data);
  for (const Finding& finding : findings) flaws.push_back({index, "/data" + finding.pointer, finding.what});
  if (!findings.empty()) return event;

  event.source = envelope->source;
  event.type = known.type->name;
  event.topic = known.topic->name;
  event.data = envelope->data;
  take_key(known, *envelope, index, event, flaws);
  event.time = envelope->time.empty() ? format_time_ms(clock_.unix_ms()) : std::string(envelope->time);
  event.correlationid = envelope->correlationid.empty() ? event.subject : std::string(envelope->correlationid);
  event.causationid = envelope->causationid;
  event.traceparent = next_traceparent(envelope->traceparent, random_.next(), random_.next());
  event.tracestate = envelope->tracestate;
  event.hops = envelope->hops;
  event.digest = content_digest(event.type, event.key, event.data);
  return event;
}

// As functions' emissions: a key that is named wins, else the catalogue says where it stands in the data; so with the subject.
void Acceptance::take_key(const Known& known, const Envelope& envelope, std::size_t index, IncomingEvent& event, std::vector<Flaw>& flaws) {
  event.key = envelope.partitionkey;
  if (event.key.empty()) {
    auto key = json_.scalar(envelope.data, known.type->key);
    if (key) event.key = std::move(*key);
    if (event.key.empty() || !is_clean_text(event.key))
      flaws.push_back({index, "/data" + known.type->key,
                       "the key of " + known.type->name + " stands here and is missing, empty or no plain text; without it send partitionkey"});
  }
  if (event.key.size() > kKeyBytesMax)
    flaws.push_back({index, envelope.partitionkey.empty() ? "/data" + known.type->key : "/partitionkey",
                     "the key is " + std::to_string(event.key.size()) + " bytes long, " + std::to_string(kKeyBytesMax) + " are allowed"});
  event.subject = envelope.subject;
  if (event.subject.empty() && !known.type->subject.empty()) {
    auto subject = json_.scalar(envelope.data, known.type->subject);
    if (subject) event.subject = std::move(*subject);
    if (event.subject.empty() || event.subject.size() > kAttributeBytesMax || !is_clean_text(event.subject))
      flaws.push_back({index, "/data" + known.type->subject,
                       "the subject of " + known.type->name + " stands here and is missing, empty or no plain text; without it send subject"});
  }
}

// The day in a UUIDv7 names the part of the inbox where its repeat would be found.
void Acceptance::check_id(const Uuid& id, std::size_t index, std::vector<Flaw>& flaws) {
  const auto ms = id.unix_ms();
  if (!ms) return;
  const std::int64_t now_ms = clock_.unix_ms();
  if (*ms > now_ms + kDayMs) flaws.push_back({index, "/id", "the id is a UUIDv7 from the future; set the sender's clock"});
  if (*ms / kDayMs < now_ms / kDayMs - limits_.window_days)
    flaws.push_back({index, "/id", "the id is a UUIDv7 that is older than " + std::to_string(limits_.window_days) +
                                       " days, so nobody can tell whether it has been here; look whether it has, else send it with a new id"});
}

}  // namespace gofuture
