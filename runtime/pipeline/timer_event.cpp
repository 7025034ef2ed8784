#include "pipeline/timer_event.hpp"

#include "event/envelope.hpp"
#include "pipeline/event.hpp"

namespace gofuture {

Due due_event(const TimerDue& timer) {
  OutgoingEnvelope envelope;
  envelope.id = position_id("gofuture.timer/" + timer.function, 0, timer.number);
  envelope.source = source_of(timer.function);
  envelope.type = std::string(kTimerType);
  envelope.subject = timer.state_key;
  envelope.time = format_time_ms(timer.due_ms);
  envelope.correlationid = timer.correlationid;
  envelope.causationid = timer.causationid;
  envelope.traceparent = timer.traceparent;
  envelope.tracestate = timer.tracestate;
  envelope.hops = timer.hops;
  OwnedRecord content;
  content.value = R"({"name":")" + timer.name + R"(","due_at":")" + envelope.time + "\"}";  // names need no escaping
  std::vector<std::pair<std::string, std::string>> headers;
  append_headers(envelope, headers);
  for (auto& [name, value] : headers) content.headers.emplace_back(std::move(name), std::move(value));
  Due due;
  due.record = make_record(timer.topic, timer.partition, -timer.number, timer.due_ms, content);
  due.state_key = timer.state_key;
  due.event_id = envelope.id;
  due.digest = content_digest(kTimerType, "", *content.value);
  due.timer = timer.number;
  return due;
}

}  // namespace gofuture
