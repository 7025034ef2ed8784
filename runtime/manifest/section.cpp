#include "manifest/section.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "manifest/nearest.hpp"
#include "manifest/units.hpp"

namespace gofuture {
namespace {

bool has_kind(const Value& value, KeyType type) {
  switch (type) {
    case KeyType::kText:
    case KeyType::kDuration:
    case KeyType::kSize: return value.kind == Value::Kind::kText;
    case KeyType::kInteger: return value.kind == Value::Kind::kInteger;
    case KeyType::kNumber: return value.kind == Value::Kind::kNumber || value.kind == Value::Kind::kInteger;
    case KeyType::kBoolean: return value.kind == Value::Kind::kBoolean;
    case KeyType::kTable: return value.kind == Value::Kind::kTable;
    case KeyType::kTextList:
      return value.kind == Value::Kind::kArray &&
             std::all_of(value.items.begin(), value.items.end(), [](const Value& item) { return item.kind == Value::Kind::kText; });
    case KeyType::kTableList:
      return value.kind == Value::Kind::kArray && !value.items.empty() &&
             std::all_of(value.items.begin(), value.items.end(), [](const Value& item) { return item.kind == Value::Kind::kTable; });
    case KeyType::kSpecial: return true;
  }
  return false;
}

std::string limit(std::int64_t value, KeyType type) {
  if (type == KeyType::kDuration) return format_duration(value);
  if (type == KeyType::kSize) return format_size(value);
  return std::to_string(value);
}

std::vector<std::string_view> words(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    out.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

std::string quoted_list(const std::vector<std::string_view>& list) {
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i)
    out += (i == 0 ? "\"" : i + 1 == list.size() ? "\" or \"" : "\", \"") + std::string(list[i]);
  return out + "\"";
}

// The item of a list that is not text, when that is what is wrong.
Place place_of_wrong(const Value& value, KeyType type) {
  if (type == KeyType::kTextList)
    for (const Value& item : value.items)
      if (item.kind != Value::Kind::kText) return item.at;
  return value.at;
}

// The name of a key as the file writes it: [retry], [[subscribe]], name.
std::string written(const KeySpec& spec) {
  const std::string name(spec.name);
  return spec.type == KeyType::kTable ? "[" + name + "]" : spec.type == KeyType::kTableList ? "[[" + name + "]]" : name;
}

// The value in its smallest unit; nothing when it has no amount, or is not written as one.
std::optional<double> amount(const Value& value, KeyType type) {
  const auto as_double = [](std::optional<std::int64_t> whole) {
    return whole ? std::optional<double>(static_cast<double>(*whole)) : std::nullopt;
  };
  if (type == KeyType::kDuration) return as_double(parse_duration_ms(value.text));
  if (type == KeyType::kSize) return as_double(parse_size(value.text));
  if (value.kind == Value::Kind::kInteger) return static_cast<double>(value.integer);
  return value.number;
}

}  // namespace

std::string wrong_type(std::string_view key, std::string_view wanted, const Value& found) {
  std::string kind(name_of(found.kind));
  if (found.kind == Value::Kind::kArray && std::any_of(found.items.begin(), found.items.end(), [](const Value& item) {
        return item.kind != Value::Kind::kText;
      }))
    kind = "a list that holds " + std::string(name_of(std::find_if(found.items.begin(), found.items.end(), [](const Value& item) {
                                                        return item.kind != Value::Kind::kText;
                                                      })->kind));
  return std::string(key) + " must be " + std::string(wanted) + "; found " + kind;
}

Section::Section(const Value& table, const KeyGroup& group, const Report& report) : table_(table), group_(group) {
  const auto say = [&](const Place& place, std::string what) {
    if (group.confidential) report.add_hidden(place, std::move(what));
    else report.add(place, std::move(what));
  };
  std::vector<std::string_view> names;
  for (const KeySpec& spec : group.keys) names.push_back(spec.name);
  for (const Value::Member& member : table.members) {
    const auto spec = std::find_if(group.keys.begin(), group.keys.end(), [&](const KeySpec& one) { return one.name == member.name; });
    if (spec == group.keys.end())
      say(member.at, "unknown key \"" + member.name + "\" in " + std::string(group.title) + did_you_mean(member.name, names));
    else if (check(member, *spec, report))
      good_.push_back(&member.value);
  }
  for (const KeySpec& spec : group.keys)
    if (spec.required && table.find(spec.name) == nullptr)
      say(table.at, std::string(group.title) + " has no " + written(spec) + "; it must be there");
}

bool Section::check(const Value::Member& member, const KeySpec& spec, const Report& report) const {
  const Value& value = member.value;
  if (!has_kind(value, spec.type)) {
    const auto what = wrong_type(spec.name, words_for(spec.type), value);
    if (group_.confidential) report.add_hidden(value.at, what);
    else report.add(place_of_wrong(value, spec.type), what);
    return false;
  }
  if (spec.type == KeyType::kText && !spec.choices.empty()) {
    const auto choices = words(spec.choices);
    if (std::find(choices.begin(), choices.end(), value.text) == choices.end()) {
      report.add(value.at, std::string(spec.name) + " must be " + quoted_list(choices) + did_you_mean(value.text, choices));
      return false;
    }
  }
  const bool has_amount = spec.type == KeyType::kInteger || spec.type == KeyType::kNumber || spec.type == KeyType::kDuration ||
                          spec.type == KeyType::kSize;
  if (!has_amount) return true;
  const auto found = amount(value, spec.type);
  if (!found) {
    report.add(value.at, std::string(spec.name) + " must be " + std::string(words_for(spec.type)));
    return false;
  }
  if (spec.max == 0 || (*found >= static_cast<double>(spec.min) && *found <= static_cast<double>(spec.max))) return true;
  report.add(value.at, std::string(spec.name) + " must be from " + limit(spec.min, spec.type) + " to " + limit(spec.max, spec.type));
  return false;
}

const Value* Section::good(std::string_view key, KeyType type) const {
  const auto spec = std::find_if(group_.keys.begin(), group_.keys.end(), [&](const KeySpec& one) { return one.name == key; });
  GOFUTURE_ASSERT(spec != group_.keys.end() && spec->type == type, "a key is read that its table does not have");
  const Value* value = table_.find(key);
  return std::find(good_.begin(), good_.end(), value) == good_.end() ? nullptr : value;
}

std::optional<std::string> Section::text(std::string_view key) const {
  const Value* value = good(key, KeyType::kText);
  return value ? std::optional(value->text) : std::nullopt;
}
std::optional<std::int64_t> Section::integer(std::string_view key) const {
  const Value* value = good(key, KeyType::kInteger);
  return value ? std::optional(value->integer) : std::nullopt;
}
std::optional<std::int64_t> Section::duration_ms(std::string_view key) const {
  const Value* value = good(key, KeyType::kDuration);
  return value ? parse_duration_ms(value->text) : std::nullopt;
}
std::optional<std::int64_t> Section::size(std::string_view key) const {
  const Value* value = good(key, KeyType::kSize);
  return value ? parse_size(value->text) : std::nullopt;
}
std::optional<double> Section::number(std::string_view key) const {
  const Value* value = good(key, KeyType::kNumber);
  return value ? amount(*value, KeyType::kNumber) : std::nullopt;
}
std::optional<bool> Section::boolean(std::string_view key) const {
  const Value* value = good(key, KeyType::kBoolean);
  return value ? std::optional(value->boolean) : std::nullopt;
}
std::vector<PlacedText> Section::texts(std::string_view key) const {
  std::vector<PlacedText> out;
  if (const Value* value = good(key, KeyType::kTextList))
    for (const Value& item : value->items) out.push_back({item.text, item.at});
  return out;
}
std::vector<const Value*> Section::tables(std::string_view key) const {
  std::vector<const Value*> out;
  if (const Value* value = good(key, KeyType::kTableList))
    for (const Value& item : value->items) out.push_back(&item);
  return out;
}
const Value* Section::table(std::string_view key) const { return good(key, KeyType::kTable); }
const Value* Section::special(std::string_view key) const { return good(key, KeyType::kSpecial); }

bool Section::has(std::string_view key) const {
  return std::find(good_.begin(), good_.end(), table_.find(key)) != good_.end();
}

Place Section::at(std::string_view key) const {
  const Value* value = table_.find(key);
  return value ? value->at : table_.at;
}

}  // namespace gofuture
