// The elements of a JSON array, each as the bytes that it stands in: what a batch of events is cut into.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

// At most `most` elements are looked at: one more than allowed is enough to know that there are too many. Elements are told apart, not
// checked: each is read by whoever takes it.
Result<std::vector<std::string>> json_array_elements(std::string_view text, std::size_t most);

}  // namespace gofuture
