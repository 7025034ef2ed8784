// Bytes from outside, for columns of type text: Postgres takes UTF-8 without NUL and nothing else.
#pragma once

#include <string>
#include <string_view>

namespace gofuture {

bool is_text(std::string_view bytes);
// As it is when it is text; else with U+FFFD for each byte that is not.
std::string as_text(std::string_view bytes);

}  // namespace gofuture
