#include "base/digest.hpp"

#include <xxhash.h>

namespace gofuture {

Digest content_digest(std::string_view type, std::string_view key, std::string_view data) {
  // Chained one-shot hashes: each field's hash is seeded by the one before, and carries its own length.
  const auto first = XXH3_64bits_withSeed(type.data(), type.size(), type.size());
  const auto second = XXH3_64bits_withSeed(key.data(), key.size(), first ^ key.size());
  const auto whole = XXH3_128bits_withSeed(data.data(), data.size(), second ^ (data.size() * 0x9e3779b97f4a7c15ULL));
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, whole);
  Digest digest;
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) digest.bytes[i] = canonical.digest[i];
  return digest;
}

}  // namespace gofuture
