// The rules for one CloudEvents attribute, shared by binary and structured mode. Internal to runtime/event.
//
// Attributes go on into Postgres text columns, indexes, logs and headers of what is emitted: so each must be UTF-8 without
// control characters and at most kAttributeBytesMax long, whoever wrote it.
//
//   AttributeReader reader;
//   for each (name, value): if (auto read = reader.attribute(envelope, name, value); !read) return read.error();
//   if (auto whole = reader.finish(envelope); !whole) return whole.error();   // the required ones are there
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "event/envelope.hpp"

namespace gofuture {

inline constexpr std::size_t kAttributeBytesMax = 2048;  // below what a Postgres index entry can hold

class AttributeReader {
 public:
  // `name` without "ce_"; `value` is not empty and outlives the envelope. Unknown extensions are passed over. The last of
  // several headers of one name counts, as in the Java SDK.
  Result<Done> attribute(Envelope& envelope, std::string_view name, std::string_view value);
  Result<Done> finish(const Envelope& envelope) const;

 private:
  std::string_view specversion_;
};

// Plain traceparent and tracestate never make an event corrupted: a malformed one is treated as absent.
void read_trace_header(Envelope& envelope, std::string_view name, std::string_view value);

// Valid UTF-8 without C0, DEL and C1 control characters.
bool is_clean_text(std::string_view text);

}  // namespace gofuture
