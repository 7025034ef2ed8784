// The CloudEvents HTTP binding 1.0: what a request carries, as records that runtime/event can read. Binary, structured and batched
// content; JSON alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "event/record.hpp"
#include "ingress/reply.hpp"

namespace gofuture {

// Of one request; the views live as long as it does.
struct HttpContent {
  std::string_view content_type;
  std::vector<std::pair<std::string, std::string_view>> headers;  // in lower case: ce-…, traceparent, tracestate
  std::string_view body;
};

enum class ContentMode { kBinary, kStructured, kBatch };

// Nothing: no event can come as this type.
std::optional<ContentMode> content_mode(std::string_view content_type);

struct Content {
  std::vector<Record> events;
  std::vector<Flaw> flaws;  // of headers, and of the batch as a whole
};
// Events beyond `events_max` are cut off, but for one.
Content read_content(const HttpContent& request, ContentMode mode, std::size_t events_max);

}  // namespace gofuture
