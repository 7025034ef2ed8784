// librdkafka properties by an allow-list: what is not listed is refused, what is dangerous or ours is refused with the reason.
// Internal to runtime/manifest; the lists are also what the reference documentation tells.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "manifest/toml.hpp"

namespace gofuture {

enum class PropertyScope : std::uint8_t {
  kProcess,   // gofuture.toml only: connection, security
  kAnywhere,  // also [kafka] of a function: how its consumer fetches
};
struct AllowedProperty {
  std::string_view name;
  PropertyScope scope;
  bool secret;               // must be "env:NAME" or "file:/path"
  std::string_view why;
};
struct RefusedProperty {
  std::string_view name;     // ends with '*': all that begin so; begins with '*': all that end so
  std::string_view why;
};
extern const std::span<const AllowedProperty> kAllowedProperties;
extern const std::span<const RefusedProperty> kRefusedProperties;

// `"a.b" = 1` and `a.b = 1` are the same here. Secrets are read; no value stands in any message.
std::map<std::string, std::string> read_kafka_properties(const Value& table, PropertyScope scope, const Report& report);

// "env:NAME" or "file:/path" -> the secret; the error names where it was looked for, never what was found.
Result<std::string> read_secret(std::string_view reference);

}  // namespace gofuture
