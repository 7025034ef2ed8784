// Description: what a library says about its function, copied out of it, and the comparison with what the manifest says.
// Everything is copied because messages are printed after the library has been closed.
#pragma once

#include <gofuture/abi.h>

#include <string>
#include <vector>

#include "base/result.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

struct Description {
  std::string name, version;
  std::vector<std::string> handled, emitted;  // event types
  bool stateful = false, uses_sql = false, uses_http = false, uses_timers = false;
};

// Whether this entry speaks our ABI: magic, size, version, revision, no null call. The message names both sides.
Result<Done> check_entry(const gofuture_entry& entry);

// Calls describe(): runs code of the library.
Result<Description> read_description(const gofuture_entry& entry);

// Every way in which library and manifest disagree, each a sentence with both sides and the remedy; empty: they fit.
std::vector<std::string> differences(const Description& library, const FunctionManifest& manifest);

}  // namespace gofuture
