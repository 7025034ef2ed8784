// Structured mode: the whole event is one JSON object (CloudEvents JSON format). Internal to runtime/event; not the hot path.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "event/envelope.hpp"

namespace gofuture {

// `data` of the envelope is the very bytes of the "data" member when the content is JSON (a view into `value`), the text of
// the string when datacontenttype says that it is something else, or what "data_base64" decodes to.
Result<Envelope> parse_structured(std::string_view value, std::string_view content_type);

}  // namespace gofuture
