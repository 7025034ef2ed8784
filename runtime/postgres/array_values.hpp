// The elements of a one-dimensional array column in binary format (text[], bytea[]). Views into the result; null elements are nothing.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace gofuture {

// An array that cannot be read (another number of dimensions, cut short) has no elements.
std::vector<std::optional<std::string_view>> array_values(std::string_view binary);

}  // namespace gofuture
