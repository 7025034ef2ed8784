// "did you mean": the word that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gofuture {

// Edits (insert, delete, replace, swap of neighbours) from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);
// The nearest candidate within a third of the word's length (at least 2 edits); empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// `; did you mean "x"?`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gofuture
