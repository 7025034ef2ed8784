// tell(): one line of a bench's report: the median of what was measured, its spread and how often it was measured.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace gofuture::bench {

inline void tell(const std::string& what, std::vector<double> values, int digits) {
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  std::printf("%-62s median %.*f   (%.*f … %.*f, %zu repeats)\n", what.c_str(), digits, values[values.size() / 2], digits, values.front(), digits,
              values.back(), values.size());
}

}  // namespace gofuture::bench
