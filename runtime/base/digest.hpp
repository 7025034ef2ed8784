// Digest: 128 bits that tell whether two events with one id have one content. XXH3: fast and well spread; nobody signs with it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gofuture {

struct Digest {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const Digest&) const = default;
};

// Over type, key and data, each with its length, so that moving a byte from one field to the next changes the digest.
Digest content_digest(std::string_view type, std::string_view key, std::string_view data);

}  // namespace gofuture
