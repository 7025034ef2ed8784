// One function's manifest. Internal to runtime/manifest.
#pragma once

#include "manifest/report.hpp"

namespace gofuture {

struct ReadFunction {
  FunctionManifest manifest;
  Place name_at;
};
ReadFunction read_function(const Report& report, const Catalogue& catalogue);

}  // namespace gofuture
