// Reading files whole, with a bound. Internal to runtime/manifest.
#pragma once

#include <string>

#include "base/result.hpp"

namespace gofuture {

// The error is a sentence about the file that does not name it: "cannot be read: No such file or directory".
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace gofuture
