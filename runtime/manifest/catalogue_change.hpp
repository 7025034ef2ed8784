// What lies between two catalogues, e.g. the one that is deployed and ours: types that are gone or moved, keys that mean something
// else, schemas that changed. Each change with whom it breaks (event/schema_change.hpp). Pure.
//
//   for (const CatalogueChange& change : compare_catalogues(deployed, ours)) …
#pragma once

#include <string>
#include <vector>

#include "event/schema_change.hpp"
#include "manifest/manifest.hpp"

namespace gofuture {

struct CatalogueChange {
  std::string type;  // the event type
  std::string what;  // a sentence about it
  SchemaChange::Breaks breaks = SchemaChange::Breaks::kOldEvents;
};

std::vector<CatalogueChange> compare_catalogues(const Catalogue& before, const Catalogue& after);

}  // namespace gofuture
