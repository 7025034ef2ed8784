// Every key that a file may have: name, type, default, unit, limits, and what follows from it. The reader checks and fills in by
// these tables (section.hpp), the reference and the editors' schemas are printed from them (reference.hpp), so none can know a key,
// a limit or a default that another does not. A new key is one line here and one in the reader.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/names.hpp"

namespace gofuture {

struct KeyGroup;

// kTime is an RFC 3339 time, as TOML has it or in quotes. A table without a group is free in form: the reader checks it.
enum class KeyType : std::uint8_t { kText, kInteger, kNumber, kBoolean, kDuration, kSize, kTime, kTextList, kTable, kTableList };
enum class Names : std::uint8_t { kNothing, kTopics, kEventTypes };  // what of the catalogue stands there

struct KeySpec {
  std::string_view name;
  KeyType type = KeyType::kText;
  bool required = false;
  std::string_view fallback{};       // the default, as it would be written without quotes; empty: none
  std::string_view otherwise{};      // the default in words, where it follows from something else
  std::int64_t min = 0, max = 0;     // numbers; kDuration in ms; kSize in bytes; lists: how many. max 0: no limits
  std::string_view unit{};           // of a number or of a list's items, for people: "threads"
  std::string_view choices{};        // one of these words, separated by blanks; kText: nothing else
  const Form* form = nullptr;        // how the text, or each of a list, must be written
  Names names = Names::kNothing;
  const KeyGroup* group = nullptr;   // kTable, kTableList: the keys in it
  std::string_view variable{};       // of the environment, which stands above the file
  std::string_view meaning;          // what it does, and what follows from changing it
};

struct KeyGroup {
  std::string_view title;            // "[function]"
  std::span<const KeySpec> keys;
  bool confidential = false;         // mistakes in it are told without the line that they are in

  const KeySpec& key(std::string_view name) const;  // which must be there
};

// One kind of file.
struct FileKeys {
  std::string_view name;             // "function": `gofuture manifest schema function`
  std::string_view where;            // "manifests/<function>.toml"
  const KeyGroup* root;
  std::string_view meaning;
};

extern const KeyGroup kManifestKeys, kFunctionKeys, kSqlKeys, kFenceKeys, kSubscribeKeys, kWaitKeys, kRetryKeys, kHttpKeys, kLookupKeys;
extern const KeyGroup kTopicsFileKeys, kTopicKeys, kEventsFileKeys, kEventKeys;
extern const KeyGroup kSettingsKeys, kSettingsKafkaKeys, kSettingsPostgresKeys, kSettingsRuntimeKeys, kSettingsAdminKeys,
    kSettingsRelayKeys, kSettingsIngressKeys;
extern const std::span<const FileKeys> kFiles;

// What may stand at a key, to follow "must be" and to stand in the reference: "a whole number from 1 to 256 threads".
std::string wanted(const KeySpec& spec);
// As a file writes it: [retry], [[subscribe]], name.
std::string written(const KeySpec& spec);
std::string listed(const KeyGroup& group);  // all its keys: "name, [sql] and [fence]"
std::vector<std::string_view> choices_of(const KeySpec& spec);
// The group of the same file that has the key, when this one does not: whoever writes it here meant it there.
const KeyGroup* home_of(std::string_view key, const KeyGroup& instead_of);

// Durations and sizes in the limits of messages.
inline constexpr std::int64_t kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kHourMs = 60 * kMinuteMs, kDayMs = 24 * kHourMs;
inline constexpr std::int64_t kKiB = 1 << 10, kMiB = 1 << 20, kGiB = 1 << 30;

}  // namespace gofuture
