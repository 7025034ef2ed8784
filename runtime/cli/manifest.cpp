// `gofuture manifest`: what is printed from the tables of keys, for people and for editors.
#include "manifest/reference.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/commands.hpp"

namespace gofuture::cli {
namespace {

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

}  // namespace

void add_manifest(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "manifest", "What a manifest may say, for people and for editors\n\nExamples\n  gofuture manifest reference\n  gofuture manifest schema function");
  command.require_subcommand(1);
  on(add_command(command, "reference", "Every key of every file as Markdown: type, unit, default, consequence"), common, [] { return manifest_reference(); });
  auto file = std::make_shared<std::string>("function");
  CLI::App& schema = add_command(command, "schema", "JSON Schema of one kind of file, with the names of the catalogue");
  schema.add_option("file", *file, "Which one")->check(CLI::IsMember({"function", "topics", "events", "settings"}))->capture_default_str();
  on(schema, common, [&common, file] { return manifest_schema(common, *file); });
}

}  // namespace gofuture::cli
