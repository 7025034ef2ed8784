// Wiring: the composition root. The only place that knows every implementation of every port.
#pragma once

#include "manifest/load.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

// `gofuture run`: starts every function, the relay and the admin page, waits for SIGTERM or SIGINT, stops them in order.
// Returns the exit status: 0 stopped as asked, 1 it could not start. Ends the process with 3 where a handler did not return from
// its function's code within the drain: what was done is committed, its event comes again. Ends it with 4 where a handler is over its
// timeout or its memory: that event's attempt has failed, all else comes again. After 4, and after a signal, start it again at once.
int run_runtime(const Settings& settings, Manifests manifests);

}  // namespace gofuture
