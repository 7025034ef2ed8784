// What is said of a file that is not TOML. The parser names what it expected; people want to hear what they did. Internal to
// runtime/manifest.
#pragma once

#include <string>
#include <string_view>

#include "manifest/report.hpp"

namespace gofuture {

// `why` in the parser's words, where `at` in `text` -> "the quote is not closed on this line". What is not known here stays as it is.
std::string plainly(std::string_view why, const Place& at, std::string_view text);

}  // namespace gofuture
