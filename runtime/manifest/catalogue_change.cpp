#include "manifest/catalogue_change.hpp"

namespace gofuture {
namespace {

using Breaks = SchemaChange::Breaks;

void compare(const EventType& was, const EventType& is, std::vector<CatalogueChange>& changes) {
  const auto add = [&](const std::string& what, Breaks breaks = Breaks::kOldEvents) { changes.push_back({is.name, what, breaks}); };
  if (was.topic != is.topic) add("moves from " + was.topic + " to " + is.topic + ": what lies on the old topic is no longer read there");
  if (was.key != is.key) add("has another record key, " + is.key + " instead of " + was.key + ": its events change partitions, and order is lost");
  if (was.subject != is.subject) add("has another subject, " + is.subject + " instead of " + was.subject + ": state that is kept by it is no longer found");
  if (was.name != is.name) add("was called " + was.name + ", by which name readers that are not updated still know it", Breaks::kOldReaders);
  boost::system::error_code unreadable;
  const auto before = boost::json::parse(was.schema, unreadable), after = boost::json::parse(is.schema, unreadable);
  if (unreadable) return add("has a schema that cannot be read, so nobody can tell what changed");
  for (const SchemaChange& change : compare_schemas(before, after)) add("its schema's " + change.pointer + " " + change.what, change.breaks);
}

}  // namespace

std::vector<CatalogueChange> compare_catalogues(const Catalogue& before, const Catalogue& after) {
  std::vector<CatalogueChange> changes;
  for (const EventType& was : before.events) {
    const EventType* is = after.event(was.name);  // also where it is an alias now
    if (is == nullptr) changes.push_back({was.name, "is gone: its events that still lie on " + was.topic + " would be read by nobody"});
    else compare(was, *is, changes);
  }
  return changes;
}

}  // namespace gofuture
