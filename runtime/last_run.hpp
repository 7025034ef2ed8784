// What the last run left behind, taken over before anything runs: strikes are told in the log and counted where they last (in
// Postgres, or in the strike file for functions without a database), what it had claimed is given back, then the file is begun anew.
// Part of the wiring.
#pragma once

#include <vector>

#include "manifest/manifest.hpp"
#include "plugin/strike_file.hpp"

namespace gofuture {

// `slots`: handlers of all functions. Where it fails the file is as it was, and the next start takes over the same.
Result<Done> take_over_last_run(StrikeFile& file, const Settings& settings, const std::vector<FunctionManifest>& functions,
                                std::size_t slots, std::int64_t now_ms);

}  // namespace gofuture
