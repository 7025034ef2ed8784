// Names, chance and time of the city: everything that must come out the same for the same seed, and the clock.
// Pure functions but for now_ms(); any thread.
//
//   Dice dice(seed);                  // a stream of choices
//   chance("b-k3f9a2-000017", 7, 0.02)  // the same answer for the same name, whoever asks, in whatever order
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace city {

std::uint64_t mix(std::uint64_t x);               // a good scrambler of 64 bits
std::uint64_t hash(std::string_view text, std::uint64_t salt = 0);
bool chance(std::string_view name, std::uint64_t salt, double share);

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(mix(seed)) {}
  std::uint64_t next();
  double unit();                                  // [0, 1)
  std::int64_t between(std::int64_t low, std::int64_t high);  // both included

 private:
  std::uint64_t state_;
};

std::int64_t now_ms();                            // since 1970
std::int64_t now_monotonic_ms();
std::string uuid7(std::int64_t at_ms, Dice& dice);
std::string traceparent(Dice& dice);
std::string rfc3339(std::int64_t at_ms);          // 2008-05-21T07:00:00.000Z
std::int64_t parse_rfc3339(std::string_view text);  // milliseconds; also what Postgres prints for timestamptz in UTC; -1: not a time

// The cell of 0.01 degrees that holds a place: "3776:-12243".
std::string region_of(double lat, double lon);

}  // namespace city
