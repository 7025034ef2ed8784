// Wiring: the composition root. The only place that knows every implementation of every port.
#pragma once

#include "manifest/load.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

// `gofuture run`: starts every function, the relay and the admin page, waits for SIGTERM or SIGINT, stops them in order.
// Returns the exit status: 0 stopped as asked, 1 it could not start.
int run_runtime(const Settings& settings, Manifests manifests);

}  // namespace gofuture
