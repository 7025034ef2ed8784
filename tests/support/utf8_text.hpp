// What a `text` column of Postgres can hold: valid UTF-8 without NUL.
#pragma once

#include <string>
#include <string_view>

namespace gofuture::test {

// Length of the valid character at `i`, 0 if there is none.
inline std::size_t utf8_character(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  const std::size_t length = byte == 0 ? 0 : byte < 0x80 ? 1 : byte >> 5 == 6 ? 2 : byte >> 4 == 14 ? 3 : byte >> 3 == 30 ? 4 : 0;
  if (i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return 0;
  return length;
}

inline bool is_utf8_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_character(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

inline std::string as_utf8_text(std::string_view bytes) {  // what is no character becomes a question mark
  std::string text;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_character(bytes, i);
    if (length == 0) text.push_back('?');
    else text.append(bytes.substr(i, length));
    i += length == 0 ? 1 : length;
  }
  return text;
}

}  // namespace gofuture::test
