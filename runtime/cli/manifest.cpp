// `gofuture manifest`: what is printed from the tables of keys, for people and for editors.
#include "manifest/reference.hpp"

#include <iostream>

#include "cli/command.hpp"

namespace gofuture::cli {

int manifest_reference() {
  std::cout << reference();
  return kDone;
}

int manifest_schema(const Common& common, const std::string& file) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  std::cout << editor_schema(file, manifests.catalogue);
  return kDone;
}

}  // namespace gofuture::cli
