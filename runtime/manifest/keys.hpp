// Every key that a file may have: name, type, default, limits, and what it does. The reader checks files against these tables
// and the reference documentation is made from them, so neither can know a key that the other does not.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gofuture {

enum class KeyType : std::uint8_t { kText, kInteger, kNumber, kBoolean, kDuration, kSize, kTextList, kTable, kTableList, kSpecial };

struct KeySpec {
  std::string_view name;
  KeyType type = KeyType::kText;
  bool required = false;
  std::string_view fallback;     // the default as it would be written; empty: none
  std::int64_t min = 0, max = 0; // kInteger, kDuration (ms), kSize (bytes), kNumber; max 0: no limits
  std::string_view choices;      // kText: one of these, separated by blanks; kSpecial: what may stand here, in words
  std::string_view meaning;      // what it does, and what follows from changing it
};

struct KeyGroup {
  std::string_view title;        // "[function]"
  std::span<const KeySpec> keys;
  bool confidential = false;     // mistakes in it are told without the line that they are in
};

extern const KeyGroup kManifestKeys, kFunctionKeys, kSqlKeys, kFenceKeys, kSubscribeKeys, kRetryKeys, kHttpKeys, kLookupKeys;
extern const KeyGroup kTopicsFileKeys, kTopicKeys, kEventsFileKeys, kEventKeys;
extern const KeyGroup kSettingsKeys, kSettingsKafkaKeys, kSettingsPostgresKeys, kSettingsRuntimeKeys, kSettingsAdminKeys,
    kSettingsRelayKeys, kSettingsIngressKeys;

std::string_view words_for(KeyType type);  // "a duration such as \"200ms\", \"5s\", \"2m\" or \"7d\""

}  // namespace gofuture
