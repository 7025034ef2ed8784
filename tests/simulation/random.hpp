// Random: all chance of a simulation comes from one seed. Its own arithmetic, so that a seed means the same everywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "base/split_mix.hpp"

namespace gofuture::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : numbers_(seed * 0x9e3779b97f4a7c15ULL + 0x1234567) {}

  std::uint64_t next() { return numbers_.next(); }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  std::int64_t between(std::int64_t low, std::int64_t high) {  // both included
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  SplitMix numbers_;
};

}  // namespace gofuture::simulation
