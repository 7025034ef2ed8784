// Columns as wide as their widest cell, for people. Cells may be painted and hold any UTF-8: what counts is what is seen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gofuture::cli {

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

// How many columns of a terminal it takes: characters, without escape sequences.
std::size_t seen_width(std::string_view text);
// As much of it as fits, with "…" where something is missing; colours are ended.
std::string clipped(std::string_view text, std::size_t width);

}  // namespace gofuture::cli
