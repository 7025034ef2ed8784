#include "manifest/section.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/assert.hpp"
#include "event/envelope.hpp"
#include "manifest/meant.hpp"
#include "manifest/nearest.hpp"
#include "manifest/units.hpp"

namespace gofuture {
namespace {

bool all_are(const Value& list, Value::Kind kind) {
  const auto is_one = [&](const Value& item) { return item.kind == kind; };
  return list.kind == Value::Kind::kArray && std::all_of(list.items.begin(), list.items.end(), is_one);
}

bool has_kind(const Value& value, KeyType type) {
  switch (type) {
    case KeyType::kText:
    case KeyType::kDuration:
    case KeyType::kSize: return value.kind == Value::Kind::kText;
    case KeyType::kInteger: return value.kind == Value::Kind::kInteger;
    case KeyType::kNumber: return value.kind == Value::Kind::kNumber || value.kind == Value::Kind::kInteger;
    case KeyType::kBoolean: return value.kind == Value::Kind::kBoolean;
    case KeyType::kTime: return value.kind == Value::Kind::kText || value.kind == Value::Kind::kTime;
    case KeyType::kTable: return value.kind == Value::Kind::kTable;
    case KeyType::kTextList: return all_are(value, Value::Kind::kText);
    case KeyType::kTableList: return all_are(value, Value::Kind::kTable) && !value.items.empty();
  }
  return false;
}

// What its limits are about, in the smallest unit; nothing when it is not written as such an amount.
std::optional<double> amount(const Value& value, KeyType type) {
  const auto as_double = [](std::optional<std::int64_t> whole) {
    return whole ? std::optional<double>(static_cast<double>(*whole)) : std::nullopt;
  };
  switch (type) {
    case KeyType::kDuration: return as_double(parse_duration_ms(value.text));
    case KeyType::kSize: return as_double(parse_size(value.text));
    case KeyType::kTextList:
    case KeyType::kTableList: return static_cast<double>(value.items.size());
    default: return value.kind == Value::Kind::kInteger ? static_cast<double>(value.integer) : value.number;
  }
}

bool is_choice(const Value& value, const KeySpec& spec) {
  const auto choices = choices_of(spec);
  return std::find(choices.begin(), choices.end(), value.text) != choices.end();
}

bool fits(const Value& value, const KeySpec& spec) {
  if (is_choice(value, spec)) return true;
  if (spec.type == KeyType::kText && !spec.choices.empty()) return false;
  if (spec.type == KeyType::kText && spec.form != nullptr) return spec.form->holds(value.text);
  if (spec.type == KeyType::kTime) return bool(parse_time_us(value.text));
  const auto found = amount(value, spec.type);
  if (!found) return false;
  return spec.max == 0 || (*found >= static_cast<double>(spec.min) && *found <= static_cast<double>(spec.max));
}

// The item of a list that is not text, when that is what is wrong.
Place place_of_wrong(const Value& value, KeyType type) {
  if (type == KeyType::kTextList)
    for (const Value& item : value.items)
      if (item.kind != Value::Kind::kText) return item.at;
  return value.at;
}

Value default_of(const KeySpec& spec) {
  Value value;
  const std::string text(spec.fallback);
  switch (spec.type) {
    case KeyType::kInteger:
      value.kind = Value::Kind::kInteger;
      value.integer = std::strtoll(text.c_str(), nullptr, 10);
      break;
    case KeyType::kNumber:
      value.kind = Value::Kind::kNumber;
      value.number = std::strtod(text.c_str(), nullptr);
      break;
    case KeyType::kBoolean:
      value.kind = Value::Kind::kBoolean;
      value.boolean = text == "true";
      break;
    default:
      value.kind = Value::Kind::kText;
      value.text = text;
  }
  return value;
}

// `; did you mean "name"?`, or where the key belongs, or what there is.
std::string instead(const std::string& key, const KeyGroup& group) {
  std::vector<std::string_view> names;
  for (const KeySpec& spec : group.keys) names.push_back(spec.name);
  if (auto near = did_you_mean(key, names); !near.empty()) return near;
  if (const KeyGroup* home = home_of(key, group); home != nullptr) return "; it belongs in " + std::string(home->title);
  return "; there " + std::string(names.size() == 1 ? "is " : "are ") + listed(group);
}

}  // namespace

std::string wrong_type(std::string_view key, std::string_view wanted, const Value& found) {
  std::string what = std::string(key) + " must be " + std::string(wanted) + "; found " + std::string(name_of(found.kind));
  if (found.kind == Value::Kind::kArray)
    for (const Value& item : found.items)
      if (item.kind != Value::Kind::kText) return what + " that holds " + std::string(name_of(item.kind));
  return what;
}

std::optional<std::string> wrong(const Value& value, const KeySpec& spec) {
  const bool kind = has_kind(value, spec.type) || is_choice(value, spec);
  if (kind && fits(value, spec)) return std::nullopt;
  if (kind) return std::string(spec.name) + " must be " + wanted(spec) + meant(value, spec);
  const bool any_text = spec.type == KeyType::kText && spec.choices.empty();  // its form is a matter for later
  return wrong_type(spec.name, any_text ? "text in quotes" : wanted(spec), value) + meant(value, spec);
}

Section::Section(const Value& table, const KeyGroup& group, const Report& report) : table_(table), group_(group), report_(report) {
  const auto say = [&](const Place& place, std::string what) {
    if (group.confidential) report.add_hidden(place, std::move(what));
    else report.add(place, std::move(what));
  };
  for (const Value::Member& member : table.members) {
    const auto spec = std::find_if(group.keys.begin(), group.keys.end(), [&](const KeySpec& one) { return one.name == member.name; });
    if (spec != group.keys.end()) check(member, *spec);
    else say(member.at, "unknown key \"" + member.name + "\" in " + std::string(group.title) + instead(member.name, group));
  }
  for (const KeySpec& spec : group.keys) {
    if (spec.required && table.find(spec.name) == nullptr)
      say(table.at, std::string(group.title) + " has no " + written(spec) + "; it must be there");
    if (!spec.fallback.empty()) values_.try_emplace(spec.name, &defaults_.emplace_back(default_of(spec)));
  }
}

void Section::check(const Value::Member& member, const KeySpec& spec) {
  const Value& value = member.value;
  if (auto what = wrong(value, spec)) {
    if (group_.confidential) report_.add_hidden(value.at, std::string(spec.name) + " must be " + wanted(spec));
    else report_.add(place_of_wrong(value, spec.type), std::move(*what));
    return;
  }
  values_[spec.name] = &value;
  if (spec.type != KeyType::kTextList || spec.form == nullptr) return;
  for (const Value& item : value.items)
    if (!spec.form->holds(item.text))
      report_.add(item.at, "each of " + std::string(spec.name) + " must be " + std::string(spec.form->words) + meant_item(item, spec));
}

const Value* Section::value(std::string_view key, KeyType type) const {
  const KeySpec& spec = group_.key(key);
  GOFUTURE_ASSERT(spec.type == type || (type == KeyType::kText && !spec.choices.empty()), "a key is read as what it is not");
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : found->second;
}

std::optional<std::string> Section::text(std::string_view key) const {
  const Value* found = value(key, KeyType::kText);
  return found != nullptr && found->kind == Value::Kind::kText ? std::optional(found->text) : std::nullopt;
}
std::optional<std::int64_t> Section::integer(std::string_view key) const {
  const Value* found = value(key, KeyType::kInteger);
  return found != nullptr && found->kind == Value::Kind::kInteger ? std::optional(found->integer) : std::nullopt;
}
std::optional<std::int64_t> Section::duration_ms(std::string_view key) const {
  const Value* found = value(key, KeyType::kDuration);
  return found ? parse_duration_ms(found->text) : std::nullopt;
}
std::optional<std::int64_t> Section::size(std::string_view key) const {
  const Value* found = value(key, KeyType::kSize);
  return found ? parse_size(found->text) : std::nullopt;
}
std::optional<double> Section::number(std::string_view key) const {
  const Value* found = value(key, KeyType::kNumber);
  return found ? amount(*found, KeyType::kNumber) : std::nullopt;
}
std::optional<bool> Section::boolean(std::string_view key) const {
  const Value* found = value(key, KeyType::kBoolean);
  return found ? std::optional(found->boolean) : std::nullopt;
}
std::optional<std::int64_t> Section::time_us(std::string_view key) const {
  const Value* found = value(key, KeyType::kTime);
  if (found == nullptr) return std::nullopt;
  const auto time = parse_time_us(found->text);
  return time ? std::optional(*time) : std::nullopt;
}
std::vector<PlacedText> Section::texts(std::string_view key) const {
  std::vector<PlacedText> out;
  const Form* form = group_.key(key).form;
  if (const Value* found = value(key, KeyType::kTextList))
    for (const Value& item : found->items)
      if (form == nullptr || form->holds(item.text)) out.push_back({item.text, item.at});
  return out;
}
std::vector<const Value*> Section::tables(std::string_view key) const {
  std::vector<const Value*> out;
  if (const Value* found = value(key, KeyType::kTableList))
    for (const Value& item : found->items) out.push_back(&item);
  return out;
}
const Value* Section::table(std::string_view key) const { return value(key, KeyType::kTable); }

bool Section::has(std::string_view key) const {
  const auto found = values_.find(group_.key(key).name);
  return found != values_.end() && found->second == table_.find(key);
}

Place Section::at(std::string_view key) const {
  const Value* found = table_.find(key);
  return found ? found->at : table_.at;
}

}  // namespace gofuture
