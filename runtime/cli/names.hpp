// What people may call a thing by: any spelling that the catalogue knows, and with a mistyped one the nearest.
#pragma once

#include <string>
#include <vector>

#include "manifest/load.hpp"

namespace gofuture::cli {

Result<const FunctionManifest*> function_called(const Manifests& manifests, const Settings& settings, const std::string& name);
Result<const EventType*> type_called(const Catalogue& catalogue, const Settings& settings, const std::string& name);

std::vector<std::string> function_names(const Manifests& manifests);
std::vector<std::string> type_names(const Catalogue& catalogue);   // aliases are accepted, but not told
std::vector<std::string> topic_names(const Catalogue& catalogue);  // the same
std::vector<std::string> dead_letter_topics(const Manifests& manifests);

}  // namespace gofuture::cli
