// Uuid: 16 bytes that name an event. UUIDv7 for fresh events (sorted by time, and its day names the inbox bucket), UUIDv5
// for names made from something else (so that a rerun makes the same name).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/split_mix.hpp"

namespace gofuture {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;

  int version() const { return bytes[6] >> 4; }
  // Milliseconds since 1970 for a UUIDv7, nothing for any other version.
  std::optional<std::int64_t> unix_ms() const;
  // Canonical lower-case text, 36 characters.
  std::string text() const;
  std::array<char, 36> characters() const;  // the same, without a terminating zero

  // Accepts the canonical 36-character form in either case; anything else is nothing.
  static std::optional<Uuid> parse(std::string_view text);
  // SHA-1 name of `name` inside `space` (RFC 9562 §5.5).
  static Uuid v5(const Uuid& space, std::string_view name);
};

// The namespaces under which foreign ids and derived ids are named (fixed for ever: stored ids depend on them).
extern const Uuid kForeignIdSpace;  // UUIDv5(source '\n' id) for ids that are not UUIDs
extern const Uuid kPositionSpace;   // UUIDv5("topic/partition/offset") for records that cannot be decoded
extern const Uuid kDerivedSpace;    // UUIDv5("cause/function/ordinal") for at_least_once emissions

// Makes UUIDv7s that grow strictly within one generator. Not thread-safe: one per thread. Takes the time as an argument so
// that a simulation decides it; the 62 random bits come from the seed it was given.
class UuidV7Generator {
 public:
  explicit UuidV7Generator(std::uint64_t seed);
  Uuid next(std::int64_t unix_ms);

 private:
  SplitMix random_;
  std::int64_t last_ms_ = 0;
  std::uint16_t counter_ = 0;
};

}  // namespace gofuture

template <>
struct std::hash<gofuture::Uuid> {
  std::size_t operator()(const gofuture::Uuid& id) const noexcept {
    std::uint64_t high = 0, low = 0;
    std::memcpy(&high, id.bytes.data(), 8);
    std::memcpy(&low, id.bytes.data() + 8, 8);
    return high ^ (low * 0x9e3779b97f4a7c15ULL);
  }
};
