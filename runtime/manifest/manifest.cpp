#include "manifest/manifest.hpp"

#include <algorithm>

namespace gofuture {
namespace {

template <class Named>
const Named* find(const std::vector<Named>& list, std::string_view name) {
  for (const Named& one : list)
    if (one.name == name) return &one;
  for (const Named& one : list)
    if (std::find(one.aliases.begin(), one.aliases.end(), name) != one.aliases.end()) return &one;
  return nullptr;
}

}  // namespace

const Topic* Catalogue::topic(std::string_view name_or_alias) const { return find(topics, name_or_alias); }
const EventType* Catalogue::event(std::string_view name_or_alias) const { return find(events, name_or_alias); }

}  // namespace gofuture
