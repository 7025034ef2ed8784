// The free [config] table as JSON text. Internal to runtime/manifest.
#pragma once

#include <string>

#include "manifest/toml.hpp"

namespace gofuture {

// Times become text; what JSON cannot say (inf, nan) is reported.
std::string config_json(const Value& table, const Report& report);

}  // namespace gofuture
