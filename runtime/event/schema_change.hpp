// What lies between two versions of an event's JSON Schema, and whom it breaks. Pure; any thread.
//
//   for (const SchemaChange& change : compare_schemas(deployed, ours)) …
//   // {"/properties/verdict/enum", "no longer allows \"review\"", Breaks::kOldEvents}
//
// Old events lie on their topics for days, parked and dead ones longer, and are read by the new schema: kOldEvents must never be
// deployed. Old readers (the replicas and services that are not updated yet) meet new events: kOldReaders can be, readers first.
// A change that breaks nobody is not told. What is not understood (anyOf, $ref, …) and differs breaks old events: nobody can tell.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace gofuture {

struct SchemaChange {
  enum class Breaks { kOldEvents, kOldReaders };
  std::string pointer;  // into the schema
  std::string what;     // "no longer allows …"
  Breaks breaks = Breaks::kOldEvents;
};

std::vector<SchemaChange> compare_schemas(const boost::json::value& before, const boost::json::value& after);

}  // namespace gofuture
