// A short text that a pattern of a JSON Schema matches, for examples: "^[A-Z]{3}$" -> "AAA". Understands letters, escapes, classes
// such as [a-z_], '.', and ? * + {m,n} behind them; nothing for a pattern that has groups or alternatives.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gofuture::cli {

std::optional<std::string> pattern_example(std::string_view pattern);

}  // namespace gofuture::cli
