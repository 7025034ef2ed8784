#include "event/schema_change.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "event/json_pointer.hpp"

namespace gofuture {
namespace json = boost::json;
namespace {

using Breaks = SchemaChange::Breaks;

// Said to people, or to tools that no event meets.
constexpr std::array<std::string_view, 11> kSaysNothing{"$schema",  "$id",       "$comment",   "title",           "description",     "default",
                                                        "examples", "readOnly",  "writeOnly",  "deprecated",      "contentMediaType"};
// More allows more, or less.
constexpr std::array<std::string_view, 5> kUpperBounds{"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"};
constexpr std::array<std::string_view, 5> kLowerBounds{"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Comparison {
 public:
  std::vector<SchemaChange> changes;

  void schema(const std::string& at, const json::value& before, const json::value& after) {
    if (before == after) return;
    if (!before.is_object() || !after.is_object()) return add(at, "is another schema", Breaks::kOldEvents);
    const json::object &was = before.get_object(), &is = after.get_object();
    std::set<std::string_view> names;
    for (const auto& member : was) names.insert(member.key());
    for (const auto& member : is) names.insert(member.key());
    for (const std::string_view name : names)
      if (!is_one_of(name, kSaysNothing) && !name.starts_with("x-")) keyword(at, name, was, is);
  }

 private:
  void add(const std::string& at, const std::string& what, Breaks breaks) { changes.push_back({at, what, breaks}); }

  void keyword(const std::string& at, std::string_view name, const json::object& was, const json::object& is) {
    const json::value *before = was.if_contains(name), *after = is.if_contains(name);
    if (before != nullptr && after != nullptr && *before == *after) return;
    const std::string here = at + "/" + pointer_token(name);
    if (name == "properties") return properties(here, was, is);
    if (name == "required") return list(here, before, after, "requires", Breaks::kOldReaders, Breaks::kOldEvents);
    if (name == "enum" && before != nullptr && after != nullptr) return list(here, before, after, "allows", Breaks::kOldEvents, Breaks::kOldReaders);
    if (name == "type" && before != nullptr && after != nullptr) return types(here, *before, *after);
    if (name == "items" && before != nullptr && after != nullptr) return schema(here, *before, *after);
    if (name == "additionalProperties") return additional(here, before, after);
    if (is_one_of(name, kUpperBounds) || is_one_of(name, kLowerBounds)) return bound(here, before, after, is_one_of(name, kUpperBounds));
    if (before == nullptr) return add(here, "is new: what old events have there may not fit", Breaks::kOldEvents);
    if (after == nullptr) return add(here, "is gone: what new events have there may surprise readers", Breaks::kOldReaders);
    add(here, "changed from " + json::serialize(*before) + " to " + json::serialize(*after), Breaks::kOldEvents);
  }

  // What was listed and is not; what is and was not.
  void list(const std::string& at, const json::value* before, const json::value* after, const std::string& verb, Breaks gone, Breaks added) {
    const auto has = [](const json::value* values, const json::value& one) {
      return values != nullptr && values->is_array() && std::find(values->get_array().begin(), values->get_array().end(), one) != values->get_array().end();
    };
    if (before != nullptr && before->is_array())
      for (const json::value& one : before->get_array())
        if (!has(after, one)) add(at, "no longer " + verb + " " + json::serialize(one), gone);
    if (after != nullptr && after->is_array())
      for (const json::value& one : after->get_array())
        if (!has(before, one)) add(at, "now " + verb + " " + json::serialize(one), added);
  }

  // An integer is a number.
  void types(const std::string& at, const json::value& before, const json::value& after) {
    const auto set_of = [](const json::value& types) {
      std::set<std::string> all;
      if (types.is_string()) all.emplace(types.get_string());
      if (types.is_array())
        for (const json::value& one : types.get_array())
          if (one.is_string()) all.emplace(one.get_string());
      return all;
    };
    const auto takes = [](const std::set<std::string>& types, const std::string& one) {
      return types.contains(one) || (one == "integer" && types.contains("number"));
    };
    const auto was = set_of(before), is = set_of(after);
    for (const std::string& one : was)
      if (!takes(is, one)) add(at, "no longer allows " + one, Breaks::kOldEvents);
    for (const std::string& one : is)
      if (!takes(was, one)) add(at, "now allows " + one, Breaks::kOldReaders);
  }

  // A property more is no trouble where others were allowed anyhow: readers ignore what they do not know.
  void properties(const std::string& at, const json::object& was, const json::object& is) {
    const auto members = [](const json::object& schema) {
      const json::value* found = schema.if_contains("properties");
      return found != nullptr && found->is_object() ? found->get_object() : json::object();
    };
    const json::object before = members(was), after = members(is);
    for (const auto& member : before) {
      const std::string here = at + "/" + pointer_token(member.key());
      if (const json::value* still = after.if_contains(member.key())) schema(here, member.value(), *still);
      else if (is_closed(is)) add(here, "is gone, and no other members are allowed", Breaks::kOldEvents);
      else add(here, "is gone: whoever reads it finds nothing any more", Breaks::kOldReaders);
    }
    for (const auto& member : after)
      if (!before.contains(member.key()) && is_closed(was)) add(at + "/" + pointer_token(member.key()), "is new, and no other members were allowed", Breaks::kOldReaders);
  }

  static bool is_closed(const json::object& schema) {
    const json::value* additional = schema.if_contains("additionalProperties");
    return additional != nullptr && additional->is_bool() && !additional->get_bool();
  }

  void additional(const std::string& at, const json::value* before, const json::value* after) {
    const auto closed = [](const json::value* value) { return value != nullptr && value->is_bool() && !value->get_bool(); };
    const auto open = [](const json::value* value) { return value == nullptr || (value->is_bool() && value->get_bool()); };
    if (open(before) && open(after)) return;
    if (closed(before) && open(after)) return add(at, "now allows other members", Breaks::kOldReaders);
    if (open(before) && closed(after)) return add(at, "no longer allows other members", Breaks::kOldEvents);
    add(at, "changed", Breaks::kOldEvents);
  }

  void bound(const std::string& at, const json::value* before, const json::value* after, bool upper) {
    const auto number = [](const json::value& value) { return value.is_number() ? value.to_number<double>() : 0; };
    const auto text = [](const json::value& value) { return json::serialize(value); };
    if (before == nullptr) return add(at, "is new: " + text(*after), Breaks::kOldEvents);
    if (after == nullptr) return add(at, "is gone: it was " + text(*before), Breaks::kOldReaders);
    if (number(*before) == number(*after)) return;
    const bool narrower = upper ? number(*after) < number(*before) : number(*after) > number(*before);
    add(at, "changed from " + text(*before) + " to " + text(*after), narrower ? Breaks::kOldEvents : Breaks::kOldReaders);
  }
};

}  // namespace

std::vector<SchemaChange> compare_schemas(const json::value& before, const json::value& after) {
  Comparison comparison;
  comparison.schema("", before, after);
  return std::move(comparison.changes);
}

}  // namespace gofuture
