#include "event/envelope.hpp"

#include "event/attributes.hpp"
#include "event/structured.hpp"

namespace gofuture {
namespace {

constexpr std::string_view kPrefix = "ce_";

bool same_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower[i]) return false;
  }
  return true;
}

bool is_content_type(std::string_view name) { return name.size() == 12 && same_ignoring_case(name, "content-type"); }

// One list per thread, so that reading an envelope allocates nothing once the thread has seen its widest record.
const std::vector<Header>& headers_of(const Record& record) {
  static thread_local std::vector<Header> headers;
  headers.clear();
  if (record.hold) record.hold->headers(headers);
  return headers;
}

Result<Envelope> read_binary(const Record& record, const std::vector<Header>& headers) {
  AttributeReader reader;
  Envelope envelope;
  for (const Header& header : headers) {
    if (!header.value || header.value->empty()) continue;
    const std::string_view name = header.name, value = *header.value;
    if (name.starts_with(kPrefix)) {
      if (auto read = reader.attribute(envelope, name.substr(kPrefix.size()), value); !read) return read.error();
    } else if (is_content_type(name)) {
      if (auto read = reader.attribute(envelope, "datacontenttype", value); !read) return read.error();
    } else if (name == "traceparent" || name == "tracestate") {
      read_trace_header(envelope, name, value);
    }
  }
  if (auto whole = reader.finish(envelope); !whole) return whole.error();
  if (record.value) envelope.data = *record.value;
  return envelope;
}

Result<Envelope> read_structured(const Record& record, const std::vector<Header>& headers, std::string_view content_type) {
  auto envelope = parse_structured(record.value.value_or(std::string_view{}), content_type);
  if (!envelope) return envelope;
  for (const Header& header : headers)
    if (header.value && (header.name == "traceparent" || header.name == "tracestate"))
      read_trace_header(*envelope, header.name, *header.value);
  return envelope;
}

}  // namespace

Uuid Envelope::event_id() const {
  if (const auto uuid = Uuid::parse(id)) return *uuid;
  std::string name;
  name.reserve(source.size() + 1 + id.size());
  name.append(source).append(1, '\n').append(id);
  return Uuid::v5(kForeignIdSpace, name);
}

Result<Envelope> read_envelope(const Record& record) {
  const auto& headers = headers_of(record);
  constexpr std::string_view kStructured = "application/cloudevents";
  for (const Header& header : headers) {
    if (!header.value || !is_content_type(header.name)) continue;
    if (same_ignoring_case(header.value->substr(0, kStructured.size()), kStructured))
      return read_structured(record, headers, *header.value);
  }
  return read_binary(record, headers);
}

void detach(Record& record, Envelope& envelope) {
  record = copy_of(record, headers_of(record));
  auto again = read_envelope(record);  // the same bytes: it fails only where it failed before
  envelope = again ? std::move(*again) : Envelope{};
}

Uuid position_id(std::string_view topic, std::int32_t partition, std::int64_t offset) {
  std::string name(topic);
  name.append("/").append(std::to_string(partition)).append("/").append(std::to_string(offset));
  return Uuid::v5(kPositionSpace, name);
}

void append_headers(const OutgoingEnvelope& envelope, std::vector<std::pair<std::string, std::string>>& headers) {
  each_header(envelope, envelope.id.text(), envelope.time, std::to_string(envelope.hops),
              [&headers](std::string_view name, std::string_view value) { headers.emplace_back(name, value); });
}

}  // namespace gofuture
