// The two ways of writing text at the wall: gofuture_bytes on the library's side, std::string_view on ours. Views are passed,
// never copied; what has to be kept or shown goes through printable(), because a library may hand out any bytes.
#pragma once

#include <gofuture/abi.h>

#include <string>
#include <string_view>
#include <vector>

namespace gofuture {

inline std::string_view view_of(gofuture_bytes bytes) {
  return bytes.data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(bytes.data), bytes.size);
}
inline gofuture_bytes bytes_of(std::string_view text) { return {text.data(), text.size()}; }

// Valid UTF-8 without NUL: what a Postgres text column and a JSON log line take.
bool is_storable_text(std::string_view text);

// A copy that is clean text: at most `max` bytes, offending bytes are replaced by '?', an ellipsis where it was cut.
std::string printable(std::string_view text, std::size_t max = 2000);

// "A, B and C"; "nothing" when empty.
std::string listed(const std::vector<std::string>& names);

}  // namespace gofuture
