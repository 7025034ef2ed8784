// "1 function", "2 functions".
#pragma once

#include <cstddef>
#include <string>

namespace gofuture::cli {

inline std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}
inline std::string counted(std::size_t count, const std::string& one) { return counted(count, one, one + "s"); }

}  // namespace gofuture::cli
