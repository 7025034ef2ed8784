// topics.toml and events.toml. Internal to runtime/manifest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/report.hpp"

namespace gofuture {

void read_topics(const Report& report, Catalogue& catalogue);
// `folder`: what the schema files are relative to. Schemas are read and compiled, so that a broken one is found here.
void read_events(const Report& report, const std::string& folder, Catalogue& catalogue);

std::string joined(const std::vector<std::string_view>& names, std::string_view last = "and");  // "a, b and c"
std::string unknown_event(const std::string& spelling, const Catalogue& catalogue);
std::string unknown_topic(const std::string& name, const Catalogue& catalogue);  // what to say of it, and which was meant
std::string list_of_events(const Catalogue& catalogue, std::string_view topic);  // "a, b and c"

}  // namespace gofuture
