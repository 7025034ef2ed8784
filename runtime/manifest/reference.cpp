#include "manifest/reference.hpp"

#include "manifest/kafka_properties.hpp"
#include "manifest/keys.hpp"
#include "manifest/toml.hpp"

namespace gofuture {
namespace {

constexpr std::string_view kIntroduction = R"(# Every key of every file

Printed by `gofuture manifest reference` from the tables that also check the files; a test compares the two. Change the tables
(`runtime/manifest/*_keys.cpp`), not this page.

A duration is a whole number and `ms`, `s`, `m`, `h` or `d`, in quotes: `"200ms"`. A size is a whole number and `B`, `KiB`, `MiB`
or `GiB`: `"32MiB"`. Unknown keys are mistakes. `gofuture check` tells all mistakes of all files at once.

)";

std::string limits() {
  return "A file may have " + std::to_string(kFileBytesMax / 1024) + " KiB, brackets nested " + std::to_string(kNestingMax) +
         " deep, and keys of " + std::to_string(kKeyPartsMax) + " parts. A folder may hold " + std::to_string(kFilesMax) + " manifests.\n";
}

// A cell of a table: a bar would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string default_of(const KeySpec& spec) {
  if (spec.required) return "must be there";
  if (!spec.otherwise.empty()) return std::string(spec.otherwise);
  if (spec.fallback.empty()) return "none";
  const bool bare = spec.type == KeyType::kInteger || spec.type == KeyType::kNumber || spec.type == KeyType::kBoolean;
  return bare ? "`" + std::string(spec.fallback) + "`" : "`\"" + std::string(spec.fallback) + "\"`";
}

std::string row(const KeySpec& spec) {
  const std::string variable = spec.variable.empty() ? "" : " Above it stands `" + std::string(spec.variable) + "`.";
  return "| `" + std::string(spec.name) + "` | " + cell(wanted(spec)) + " | " + default_of(spec) + " | " + cell(spec.meaning) + variable +
         " |\n";
}

// The group, then those below it.
void print(std::string& out, const KeyGroup& group, const KeySpec* owner) {
  if (owner != nullptr) {
    out += "### `" + std::string(group.title) + "`\n\n" + std::string(owner->meaning);
    out += owner->required ? " It must be there.\n\n" : "\n\n";
  }
  std::string rows;
  for (const KeySpec& spec : group.keys)
    if (spec.group == nullptr || owner != nullptr) rows += row(spec);
  if (!rows.empty()) out += "| key | what it is | default | what it does |\n|---|---|---|---|\n" + rows + "\n";
  for (const KeySpec& spec : group.keys)
    if (spec.group != nullptr) print(out, *spec.group, &spec);
}

std::string properties() {
  std::string out = R"(## librdkafka properties

Under `[kafka]` of a function those of its consumer, under `[kafka.properties]` of the settings all of them. A secret is written
`"env:NAME"` or `"file:/path"`.

| property | where | what it does |
|---|---|---|
)";
  for (const AllowedProperty& one : kAllowedProperties) {
    const std::string where = one.scope == PropertyScope::kAnywhere ? "both" : one.secret ? "settings, secret" : "settings";
    out += "| `" + std::string(one.name) + "` | " + where + " | " + cell(one.why) + " |\n";
  }
  out += "\nRefused, with the reason; whatever stands in neither list is refused too:\n\n| property | because |\n|---|---|\n";
  for (const RefusedProperty& one : kRefusedProperties) out += "| `" + std::string(one.name) + "` | " + cell(one.why) + " |\n";
  return out;
}

}  // namespace

std::string reference() {
  std::string out = std::string(kIntroduction) + limits() + "\n";
  for (const FileKeys& file : kFiles) {
    out += "## " + std::string(file.where) + "\n\n" + std::string(file.meaning) + "\n\n";
    print(out, *file.root, nullptr);
  }
  return out + properties();
}

}  // namespace gofuture
