// What is printed from the tables of keys.hpp: the reference for people, and a JSON Schema for editors. Both are committed
// (manifests/REFERENCE.md, manifests/editor/), and a test compares them with what these functions say.
#pragma once

#include <string>
#include <string_view>

#include "manifest/manifest.hpp"

namespace gofuture {

// Markdown: every key of every file with type, unit, limits, default and consequence.
std::string reference();

// JSON Schema of one kind of file: "function", "topics", "events" or "settings"; empty for another name. It knows the names of
// the catalogue, so that an editor completes topics and event types. Only keywords that the TOML editors know: draft 7, mostly 4.
std::string editor_schema(std::string_view file, const Catalogue& catalogue);

}  // namespace gofuture
