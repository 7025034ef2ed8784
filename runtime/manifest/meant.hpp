// What was probably meant by a value that a key cannot have: `30` where a duration belongs meant "30s". A guess that would be
// wrong as well is not made. Internal to runtime/manifest.
#pragma once

#include <string>

#include "manifest/keys.hpp"
#include "manifest/toml.hpp"

namespace gofuture {

// `; did you mean "30s"?`, as the file would have to say it, or nothing.
std::string meant(const Value& value, const KeySpec& spec);
std::string meant_item(const Value& item, const KeySpec& spec);  // of a list

}  // namespace gofuture
