#include "manifest/keys.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "manifest/units.hpp"

namespace gofuture {
namespace {

constexpr std::array kAllFiles{
    FileKeys{"function", "manifests/<function>.toml", &kManifestKeys,
             "One file for each function: what it reads, what it may emit, how it runs and how it fails."},
    FileKeys{"topics", "manifests/topics.toml", &kTopicsFileKeys,
             "The topics of the platform, as `gofuture topics apply` makes them."},
    FileKeys{"events", "manifests/events.toml", &kEventsFileKeys,
             "The event types of the platform: where each travels and what it must look like."},
    FileKeys{"settings", "gofuture.toml", &kSettingsKeys,
             "One process: `gofuture --settings FILE`. All of it may be absent; the environment stands above it."},
};

bool has_key(const KeyGroup& group, std::string_view name) {
  return std::any_of(group.keys.begin(), group.keys.end(), [&](const KeySpec& one) { return one.name == name; });
}

// The group itself and those below it.
std::vector<const KeyGroup*> with_those_below(const KeyGroup& group) {
  std::vector<const KeyGroup*> out{&group};
  for (const KeySpec& spec : group.keys) {
    if (spec.group == nullptr) continue;
    const auto below = with_those_below(*spec.group);
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

std::string quoted(const std::vector<std::string_view>& words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "\"" : i + 1 == words.size() ? std::string(last) + "\"" : ", \"") + std::string(words[i]) + "\"";
  return out;
}

std::string plain(std::int64_t value) { return std::to_string(value); }

std::string from_to(const KeySpec& spec, std::string (*print)(std::int64_t)) {
  return spec.max == 0 ? "" : " from " + print(spec.min) + " to " + print(spec.max);
}
std::string in_units(const KeySpec& spec) { return spec.unit.empty() ? "" : " " + std::string(spec.unit); }
std::string such_as(const KeySpec& spec, std::string_view example) {
  return ", such as \"" + std::string(spec.fallback.empty() ? example : spec.fallback) + "\"";
}

std::string wanted_list(const KeySpec& spec) {
  std::string count = spec.min == 0 ? " of at most " : " of " + plain(spec.min) + " to ";
  count += plain(spec.max) + in_units(spec);
  return "a list" + count + (spec.form != nullptr ? ", each " + std::string(spec.form->words) : ", such as [\"a\", \"b\"]");
}

}  // namespace

const std::span<const FileKeys> kFiles{kAllFiles};

const KeySpec& KeyGroup::key(std::string_view name) const {
  const auto spec = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& one) { return one.name == name; });
  GOFUTURE_ASSERT(spec != keys.end(), "a key is read that its table does not have");
  return *spec;
}

std::string wanted(const KeySpec& spec) {
  const auto choices = choices_of(spec);
  const std::string or_word = choices.empty() ? "" : ", or " + quoted(choices, " or ");
  switch (spec.type) {
    case KeyType::kText:
      if (!choices.empty()) return quoted(choices, " or ");
      return spec.form != nullptr ? std::string(spec.form->words) : "text in quotes";
    case KeyType::kInteger: return "a whole number" + from_to(spec, plain) + in_units(spec) + or_word;
    case KeyType::kNumber: return "a number" + from_to(spec, plain) + in_units(spec);
    case KeyType::kBoolean: return "true or false";
    case KeyType::kDuration: return "a duration in ms, s, m, h or d," + from_to(spec, format_duration) + such_as(spec, "7d");
    case KeyType::kSize: return "a size in B, KiB, MiB or GiB," + from_to(spec, format_size) + such_as(spec, "1MiB");
    case KeyType::kTime: return quoted(choices, ", ") + " or a time such as \"2026-11-22T12:00:00Z\"";
    case KeyType::kTextList: return wanted_list(spec);
    case KeyType::kTable:
      if (spec.group != nullptr) return "a table with " + listed(*spec.group);
      return spec.names == Names::kEventTypes ? "a table of event type = topic" : "a table";
    case KeyType::kTableList:
      return "written as " + written(spec) + ", once for each" + (spec.max > 0 ? ", at most " + plain(spec.max) + " times" : "");
  }
  return "";
}

std::string written(const KeySpec& spec) {
  const std::string name(spec.name);
  return spec.type == KeyType::kTable ? "[" + name + "]" : spec.type == KeyType::kTableList ? "[[" + name + "]]" : name;
}

std::vector<std::string_view> choices_of(const KeySpec& spec) {
  std::vector<std::string_view> out;
  for (std::string_view left = spec.choices; !left.empty();) {
    const auto end = std::min(left.find(' '), left.size());
    out.push_back(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return out;
}

std::string listed(const KeyGroup& group) {
  std::string out;
  for (std::size_t i = 0; i < group.keys.size(); ++i)
    out += (i == 0 ? "" : i + 1 == group.keys.size() ? " and " : ", ") + written(group.keys[i]);
  return out;
}

const KeyGroup* home_of(std::string_view key, const KeyGroup& instead_of) {
  for (const FileKeys& file : kFiles) {
    const auto groups = with_those_below(*file.root);
    if (std::find(groups.begin(), groups.end(), &instead_of) == groups.end()) continue;
    for (const KeyGroup* group : groups)
      if (has_key(*group, key)) return group;
  }
  return nullptr;
}

}  // namespace gofuture
