// Durations ("200ms", "7d") and sizes ("64KiB") as the files write them. Internal to runtime/manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gofuture {

std::optional<std::int64_t> parse_duration_ms(std::string_view text);  // ms s m h d
std::optional<std::int64_t> parse_size(std::string_view text);         // B KiB MiB GiB
std::string format_duration(std::int64_t ms);                          // in the largest unit that is exact
std::string format_size(std::int64_t bytes);

}  // namespace gofuture
