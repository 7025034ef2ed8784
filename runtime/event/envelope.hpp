// Envelope: the CloudEvents attributes of one record (Kafka binding 1.0, binary and structured mode).
//
// read_envelope() looks at headers only in binary mode and never changes a byte; in structured mode it parses the value and
// keeps what it needs in `owned`. Views point into the record or into `owned`, so an envelope lives no longer than its record.
//
//   Result<Envelope> envelope = read_envelope(record);
//   if (!envelope) -> the record is corrupted: envelope.error() says which attribute is missing or wrong
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/uuid.hpp"
#include "event/record.hpp"

namespace gofuture {

struct Envelope {
  std::string_view id, source, type;                       // required, not empty
  std::string_view subject, time, datacontenttype, dataschema, partitionkey;  // empty = absent
  std::string_view correlationid, causationid;             // extensions carried on to what is emitted
  std::string_view traceparent, tracestate;                // the hop's plain headers (not ce_traceparent)
  std::uint32_t hops = 0;                                  // ce_hops: how many functions stand before this event
  std::string_view data;                                   // the event's content, as it is
  bool structured = false;
  std::unique_ptr<std::string[]> owned;                    // structured mode: what the views point into

  // UUID ids are used as they are; others become UUIDv5(source, id).
  Uuid event_id() const;
};

// Fails when specversion, id, source or type is missing, specversion is not 1.x, or a structured value is not such JSON.
Result<Envelope> read_envelope(const Record& record);

// The UUID under which a record that cannot be decoded is known: UUIDv5(topic, partition, offset).
Uuid position_id(std::string_view topic, std::int32_t partition, std::int64_t offset);

// Copies the record's bytes into memory of its own and points the envelope there: for an event that has to wait, so that it
// does not pin the fetch buffer that it came in. An envelope that could not be read stays empty.
void detach(Record& record, Envelope& envelope);

// What an event looks like on the way out (binary mode).
struct OutgoingEnvelope {
  Uuid id;
  std::string source, type, subject, time, datacontenttype = "application/json";
  std::string correlationid, causationid, traceparent, tracestate;
  std::uint32_t hops = 0;
};
// header(name, value) for each that has a value, in the fixed order: the one place where their names stand. `from` is an OutgoingEnvelope, or
// whatever has its texts; what others keep in another form comes as text. The views last as long as what they are given of.
template <class Texts, class Take>
void each_header(const Texts& from, std::string_view id, std::string_view time, std::string_view hops, Take header) {
  const auto tell = [&header](std::string_view name, std::string_view value) {
    if (!value.empty()) header(name, value);
  };
  tell("ce_specversion", "1.0");
  tell("ce_id", id);
  tell("ce_source", from.source);
  tell("ce_type", from.type);
  tell("ce_subject", from.subject);
  tell("ce_time", time);
  tell("ce_correlationid", from.correlationid);
  tell("ce_causationid", from.causationid);
  tell("ce_hops", hops);
  tell("content-type", from.datacontenttype);
  tell("traceparent", from.traceparent);
  tell("tracestate", from.tracestate);
}
void append_headers(const OutgoingEnvelope& envelope, std::vector<std::pair<std::string, std::string>>& headers);

// "2026-11-22T12:00:01.204Z" for milliseconds since 1970, and back (RFC 3339 with any offset and up to nanoseconds, truncated
// to microseconds). parse_time_us also accepts nothing else; the caller decides what a wrong time means.
std::string format_time_ms(std::int64_t unix_ms);
using TimeText = std::array<char, 32>;  // room for any of them
std::string_view format_time_ms(std::int64_t unix_ms, TimeText& room);  // a view into it
Result<std::int64_t> parse_time_us(std::string_view rfc3339);

// The traceparent of the next hop: same trace, a new parent id; a fresh trace when `traceparent` is absent or malformed.
std::string next_traceparent(std::string_view traceparent, std::uint64_t random_high, std::uint64_t random_low);

}  // namespace gofuture
