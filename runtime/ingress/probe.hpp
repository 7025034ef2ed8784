// What can be seen of the ingress. Called on its thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pipeline/io.hpp"

namespace gofuture {

class IngressProbe {
 public:
  virtual ~IngressProbe() = default;
  // Of one request, from its last byte to the commit.
  virtual void accepted(std::size_t events, std::size_t repeats, double seconds) = 0;
  virtual void refused(std::string_view reason) = 0;
  virtual void log(Probe::Level level, const std::string& sentence) = 0;
};

}  // namespace gofuture
