// "1 function", "2 functions".
#pragma once

#include <cstddef>
#include <string>

namespace gofuture::cli {

inline std::string counted(std::size_t count, const std::string& one) { return std::to_string(count) + " " + one + (count == 1 ? "" : "s"); }

}  // namespace gofuture::cli
