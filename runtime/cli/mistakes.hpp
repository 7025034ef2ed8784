// What to say of a line that cannot be read, with the nearest right word. CLI11 alone says only that something is required, or was
// not expected.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace gofuture::cli {

// After a failed parse: a sentence about a command or an option that does not exist; empty: it is another mistake.
std::string unknown_word(const CLI::App& app);

// `there is no function "x" in manifests; did you mean "y"?`, or which there are.
Error unknown_name(std::string_view kind, std::string_view name, std::string_view where, const std::vector<std::string>& names);

}  // namespace gofuture::cli
