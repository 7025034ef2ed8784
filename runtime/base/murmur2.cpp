#include "base/murmur2.hpp"

#include <cstddef>

namespace gofuture {

std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t kMultiplier = 0x5bd1e995U;
  constexpr int kShift = 24;
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  const std::size_t length = key.size();
  std::uint32_t hash = 0x9747b28cU ^ static_cast<std::uint32_t>(length);
  std::size_t at = 0;
  for (; at + 4 <= length; at += 4) {
    std::uint32_t word = std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8 | std::uint32_t{bytes[at + 2]} << 16 |
                         std::uint32_t{bytes[at + 3]} << 24;
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  if (length - at >= 3) hash ^= std::uint32_t{bytes[at + 2]} << 16;
  if (length - at >= 2) hash ^= std::uint32_t{bytes[at + 1]} << 8;
  if (length - at >= 1) {
    hash ^= std::uint32_t{bytes[at]};
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

}  // namespace gofuture
