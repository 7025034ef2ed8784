// The partition of a key as Java's default partitioner chooses it (murmur2, seed 0x9747b28c, sign bit cleared). All our
// producers use it (`partitioner=murmur2_random`), so one key is on one partition whoever wrote it.
#pragma once

#include <cstdint>
#include <string_view>

namespace gofuture {

std::uint32_t murmur2(std::string_view key);
inline std::int32_t partition_of(std::string_view key, std::int32_t partitions) {
  return static_cast<std::int32_t>((murmur2(key) & 0x7fffffffU) % static_cast<std::uint32_t>(partitions));
}

}  // namespace gofuture
