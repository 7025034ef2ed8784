// SplitMix (splitmix64): a stream of numbers that differ, and no more: ids and jitter need uniqueness, not secrecy. The seed decides all of it, so a
// simulation can be played again. Not thread-safe: one per thread.
#pragma once

#include <cstdint>

namespace gofuture {

class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace gofuture
