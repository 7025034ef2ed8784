// Deployments: which build of a function is the newest. Each has an epoch; the newest epoch of a function is its floor, and a
// commit that carries a lower one is fenced.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace gofuture {

struct Deployment {
  std::int32_t function_id = 0;
  std::int64_t epoch = 0;
};

// The same digest as the newest deployment's is the same deployment; any other is a new one, a rollback too. Safe by many
// replicas at once.
Result<Deployment> register_function(const std::string& conninfo, const std::string& name, const std::string& digest,
                                     const std::string& version);

}  // namespace gofuture
