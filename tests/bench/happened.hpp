// The event that preload.cpp writes and the benches' functions handle.
#pragma once

#include <gofuture/function.hpp>

namespace bench {

struct Happened {
  std::string key;
  std::int64_t n = 0;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(Happened, (), (key, n, note))

}  // namespace bench
