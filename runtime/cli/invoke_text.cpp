#include "cli/invoke_text.hpp"

#include <boost/json.hpp>

namespace gofuture::cli {
namespace {

namespace json = boost::json;

const char* name_of(Probe::Level level) {
  switch (level) {
    case Probe::Level::kDebug: return "debug";
    case Probe::Level::kInfo: return "info";
    case Probe::Level::kWarn: return "warn";
    case Probe::Level::kError: return "error";
  }
  return "?";
}

std::string duration_text(std::int64_t ms) {
  if (ms % 60'000 == 0 && ms != 0) return std::to_string(ms / 60'000) + " min";
  if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + " s";
  return std::to_string(ms) + " ms";
}

std::string timer_text(const TimerChange& timer) {
  if (timer.canceled()) return "canceled";
  return timer.after_ms ? "in " + duration_text(*timer.after_ms) : "at " + format_time_ms(*timer.due_ms);
}

// JSON as JSON; what a function writes in a form of its own, as a string.
json::value value_of(const std::string& text) {
  json::error_code other;
  json::value value = json::parse(text, other);
  return other ? json::value(text) : value;
}
json::value state_value(const std::optional<std::string>& state) { return state ? value_of(*state) : nullptr; }

// As `--event` takes it, so that one function's output can be the next one's input.
json::object cloud_event(const Batch& batch, const Emission& emission, const std::string& function) {
  const std::string source = source_of(function);
  const EmissionEnvelope envelope(batch, emission, source);
  json::object event{{"specversion", "1.0"}, {"id", envelope.id}, {"source", envelope.source}, {"type", envelope.type}};
  if (!envelope.subject.empty()) event["subject"] = envelope.subject;
  event["time"] = envelope.time;
  event["datacontenttype"] = envelope.datacontenttype;
  if (!envelope.correlationid.empty()) event["correlationid"] = envelope.correlationid;
  if (!envelope.causationid.empty()) event["causationid"] = envelope.causationid;
  event["hops"] = batch.events[emission.event]->envelope.hops + 1;
  event["data"] = value_of(emission.data);
  return event;
}

}  // namespace

std::string invoke_text(const InvokeReport& report, const Batch& batch) {
  const Event& event = *batch.events.front();
  const Slot& slot = batch.slots.front();
  std::string out = report.function + (report.version.empty() ? "" : " v" + report.version);
  out += "   " + std::string(event.type) + "   key " + slot.key + "\n";
  out += name_of(event.outcome);
  if (event.failure != FailureClass::kNone) out += std::string(" (") + name_of(event.failure) + ")";
  out += (event.message.empty() ? "" : ": " + event.message) + "\n";
  if (!batch.emissions.empty()) out += "\nemitted\n";
  for (const Emission& emission : batch.emissions) {
    out += "  " + std::string(emission.type) + " → " + std::string(emission.topic) + "   key " + emission.key +
           (emission.delay_ms > 0 ? "   leaves in " + duration_text(emission.delay_ms) : "") + "\n    " + emission.data + "\n";
  }
  if (!batch.timers.empty()) out += "\ntimers\n";
  for (const TimerChange& timer : batch.timers) out += "  " + timer.name + "   " + timer_text(timer) + "\n";
  if (slot.row.state || slot.state)
    out += "\nstate\n  before   " + slot.row.state.value_or("none") + "\n  after    " +
           (state_value(slot.state) == state_value(slot.row.state) ? "the same" : slot.state.value_or("none")) + "\n";
  if (!report.log.empty()) out += "\nlog\n";
  for (const LogLine& line : report.log) out += std::string("  ") + name_of(line.level) + "   " + line.sentence + "\n";
  return out;
}

std::string invoke_json(const InvokeReport& report, const Batch& batch) {
  const Event& event = *batch.events.front();
  const Slot& slot = batch.slots.front();
  json::array emitted, timers, log;
  for (const Emission& emission : batch.emissions)
    emitted.push_back({{"topic", emission.topic},
                       {"key", emission.key},
                       {"delay_ms", emission.delay_ms},
                       {"event", cloud_event(batch, emission, report.function)}});
  for (const TimerChange& timer : batch.timers) {
    json::object one{{"name", timer.name}, {"canceled", timer.canceled()}};
    if (timer.due_ms) one["due_at"] = format_time_ms(*timer.due_ms);
    if (timer.after_ms) one["after_ms"] = *timer.after_ms;
    timers.push_back(std::move(one));
  }
  for (const LogLine& line : report.log) log.push_back({{"level", name_of(line.level)}, {"message", line.sentence}});
  return json::serialize(json::object{{"function", report.function},
                                      {"version", report.version},
                                      {"type", event.type},
                                      {"event_id", event.event_id.text()},
                                      {"key", slot.key},
                                      {"outcome", name_of(event.outcome)},
                                      {"class", name_of(event.failure)},
                                      {"message", event.message},
                                      {"emitted", std::move(emitted)},
                                      {"timers", std::move(timers)},
                                      {"state", {{"before", state_value(slot.row.state)}, {"after", state_value(slot.state)}}},
                                      {"log", std::move(log)}});
}

}  // namespace gofuture::cli
