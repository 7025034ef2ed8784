// The catalogue in gofuture.event_types: what gofuture_emit() knows of types, topics and keys. `gofuture migrate` keeps it.
#pragma once

#include "base/result.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

class PgConnection;

// As it was written last: names, topics, keys, subjects and schemas, without aliases and without the rest of the topics.
Result<Catalogue> deployed_event_types(PgConnection& connection);

// One row per name and alias; true when any was another.
Result<bool> apply_event_types(PgConnection& connection, const Catalogue& catalogue);

}  // namespace gofuture
