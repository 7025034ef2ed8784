#include "event/schema_rules.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/uuid.hpp"
#include "event/envelope.hpp"
#include "event/json_pointer.hpp"

namespace gofuture {
namespace json = boost::json;
namespace {

// What valijson checks (draft 7) or what is only said to people. Anything else is a keyword that nobody would check.
constexpr std::array kKeywords{
    "$schema", "$id", "$ref", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "readOnly",
    "writeOnly", "deprecated", "contentEncoding", "contentMediaType", "type", "enum", "const", "multipleOf", "maximum",
    "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "format", "items",
    "additionalItems", "maxItems", "minItems", "uniqueItems", "contains", "maxProperties", "minProperties", "required",
    "properties", "additionalProperties", "dependencies", "propertyNames", "if", "then", "else", "allOf", "anyOf", "oneOf",
    "not"};

bool is_date(std::string_view text) {
  return text.size() == 10 && bool(parse_time_us(std::string(text) + "T00:00:00Z"));
}
bool is_clock(std::string_view text) { return bool(parse_time_us("2000-01-01T" + std::string(text))); }

bool matches_format(std::string_view text, std::string_view format) {
  if (format == "date-time") return bool(parse_time_us(text));
  if (format == "date") return is_date(text);
  if (format == "time") return is_clock(text);
  return Uuid::parse(text).has_value();
}

std::string with_article(std::string_view type) {
  if (type == "null") return "null";
  const bool vowel = !type.empty() && std::string_view("aeiou").find(type.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(type);
}

}  // namespace

// Walks the schema once. `checked` tells whether rules found here can be attached to a place of the data: below anyOf, oneOf,
// not, if, contains and the like a rule depends on what the others say, so it is refused instead of being forgotten.
class SchemaRules::Builder {
 public:
  Builder(SchemaRules& rules, json::value& root) : rules_(rules), root_(root) {}

  Result<const Node*> run() {
    const Node* node = walk(root_, "", true);
    for (const auto& [target, at] : chosen_)
      if (!trouble_ && has_rules(target)) fail(at, "has a format or a pattern below, " + std::string(kChoice));
    for (const Node& each : rules_.nodes_)
      if (!trouble_ && leads_to_itself(&each, &each, 0)) fail("", "has a $ref that leads back to itself and says nothing");
    if (trouble_) return *trouble_;
    strip(root_);
    return node;
  }

 private:
  static constexpr std::string_view kChoice =
      "and stands below a keyword that chooses between schemas; put it at the property itself";

  // A schema is walked once, however many references lead to it: it may refer to itself.
  const Node* walk(json::value& schema, const std::string& at, bool checked) {
    auto [known, fresh] = nodes_.try_emplace(&schema, nullptr);
    if (fresh) {
      Node& node = *(known->second = &rules_.nodes_.emplace_back());
      fill(node, schema, at, checked);
    }
    Node* node = nodes_.at(&schema);
    if (!checked && !fresh) chosen_.emplace_back(node, at);
    return node;
  }

  void fill(Node& node, json::value& schema, const std::string& at, bool checked) {
    if (trouble_ || schema.is_bool()) return;
    if (!schema.is_object()) return fail(at, "must be an object");
    json::object& object = schema.get_object();
    for (const auto& member : object) {
      const std::string_view name = member.key();
      if (!name.starts_with("x-") && std::find(kKeywords.begin(), kKeywords.end(), name) == kKeywords.end())
        return fail(at + "/" + pointer_token(name), "is a keyword that is not understood here (draft 7 without patternProperties)");
    }
    read_type(node, object);
    read_format(node, object, at, checked);
    read_pattern(node, object, at, checked);
    read_children(node, object, at, checked);
  }

  void read_type(Node& node, const json::object& object) {
    const json::value* type = object.if_contains("type");
    if (type == nullptr) return;
    if (type->is_string()) node.type = with_article(type->get_string());
    if (!type->is_array()) return;
    for (const json::value& one : type->get_array())
      if (one.is_string()) node.type += (node.type.empty() ? "" : " or ") + with_article(one.get_string());
  }

  void read_format(Node& node, json::object& object, const std::string& at, bool checked) {
    const json::value* format = object.if_contains("format");
    if (format == nullptr) return;
    if (!format->is_string()) return fail(at + "/format", "must be a string");
    const std::string name(format->get_string());
    if (name != "date-time" && name != "date" && name != "time" && name != "uuid")
      return fail(at + "/format", "is \"" + name + "\"; checked are date-time, date, time and uuid");
    if (!checked) return fail(at, "has a format, " + std::string(kChoice));
    node.formats.push_back(name);
    rules_.empty_ = false;
    stripped_.insert(&object);
  }

  void read_pattern(Node& node, json::object& object, const std::string& at, bool checked) {
    const json::value* pattern = object.if_contains("pattern");
    if (pattern == nullptr) return;
    if (!pattern->is_string()) return fail(at + "/pattern", "must be a string");
    if (!checked) return fail(at, "has a pattern, " + std::string(kChoice));
    const std::string text(pattern->get_string());
    try {
      node.patterns.emplace_back(text, std::regex(text, std::regex::ECMAScript | std::regex::optimize));
    } catch (const std::regex_error& wrong) {
      return fail(at + "/pattern", "\"" + text + "\" is not a regular expression: " + wrong.what());
    }
    rules_.empty_ = false;
    stripped_.insert(&object);
  }

  void read_children(Node& node, json::object& object, const std::string& at, bool checked) {
    if (json::value* reference = object.if_contains("$ref")) refer(node, *reference, at, checked);
    if (json::value* all = object.if_contains("allOf"); all != nullptr && all->is_array())
      for (std::size_t i = 0; i < all->get_array().size(); ++i)
        node.also.push_back(walk(all->get_array()[i], at + "/allOf/" + std::to_string(i), checked));
    if (json::value* properties = object.if_contains("properties"); properties != nullptr && properties->is_object())
      for (auto& member : properties->get_object()) {
        const std::string name(member.key());
        node.properties[name] = walk(member.value(), at + "/properties/" + pointer_token(name), checked);
      }
    if (json::value* additional = object.if_contains("additionalProperties"))
      node.additional.push_back(walk(*additional, at + "/additionalProperties", checked));
    if (json::value* items = object.if_contains("items")) {
      if (items->is_array()) walk_list(*items, at + "/items");
      else node.items.push_back(walk(*items, at + "/items", checked));
    }
    for (const char* name : {"anyOf", "oneOf"})
      if (json::value* list = object.if_contains(name)) walk_list(*list, at + "/" + name);
    for (const char* name : {"not", "if", "then", "else", "contains", "additionalItems", "propertyNames"})
      if (json::value* one = object.if_contains(name)) walk(*one, at + "/" + name, false);
    if (json::value* dependencies = object.if_contains("dependencies"); dependencies != nullptr && dependencies->is_object())
      for (auto& member : dependencies->get_object())
        if (!member.value().is_array()) walk(member.value(), at + "/dependencies/" + pointer_token(member.key()), false);
  }

  void walk_list(json::value& list, const std::string& at) {
    if (!list.is_array()) return fail(at, "must be an array");
    for (std::size_t i = 0; i < list.get_array().size(); ++i)
      walk(list.get_array()[i], at + "/" + std::to_string(i), false);
  }

  void refer(Node& node, const json::value& reference, const std::string& at, bool checked) {
    if (!reference.is_string() || !reference.get_string().starts_with('#'))
      return fail(at + "/$ref", "must point into this file (\"#/definitions/...\"); other files are not read");
    const std::string target(reference.get_string());
    boost::system::error_code trouble;
    json::value* found = target == "#" ? &root_ : root_.find_pointer(target.substr(1), trouble);
    if (found == nullptr) return fail(at + "/$ref", "\"" + target + "\" points to nothing in this file");
    node.also.push_back(walk(*found, target.substr(1), checked));
  }

  // From the leaves up: taking a member out of an object moves its neighbours.
  void strip(json::value& value) {
    if (value.is_array())
      for (json::value& element : value.get_array()) strip(element);
    if (!value.is_object()) return;
    for (auto& member : value.get_object()) strip(member.value());
    if (!stripped_.contains(&value.get_object())) return;
    value.get_object().erase("format");
    value.get_object().erase("pattern");
  }

  static bool leads_to_itself(const Node* start, const Node* node, int steps) {
    return steps > 64 || std::any_of(node->also.begin(), node->also.end(), [&](const Node* next) {
      return next == start || leads_to_itself(start, next, steps + 1);
    });
  }

  bool has_rules(const Node* node) {
    std::vector<const Node*> open{node};
    std::vector<const Node*> seen;
    while (!open.empty()) {
      const Node* next = open.back();
      open.pop_back();
      if (next == nullptr || std::find(seen.begin(), seen.end(), next) != seen.end()) continue;
      seen.push_back(next);
      if (!next->formats.empty() || !next->patterns.empty()) return true;
      for (const auto& [name, child] : next->properties) open.push_back(child);
      for (const auto* list : {&next->additional, &next->items, &next->also}) open.insert(open.end(), list->begin(), list->end());
    }
    return false;
  }

  void fail(const std::string& at, const std::string& what) {
    if (!trouble_) trouble_ = Error((at.empty() ? "the schema" : at) + " " + what);
  }

  SchemaRules& rules_;
  json::value& root_;
  std::unordered_map<const json::value*, Node*> nodes_;
  std::unordered_set<const json::object*> stripped_;
  std::vector<std::pair<const Node*, std::string>> chosen_;  // reached below a choice after they were walked
  std::optional<Error> trouble_;
};

namespace {

using Node = SchemaRules::Node;

// One walk for both questions: with `findings` it collects what is wrong, without it stops at the first.
struct Check {
  std::vector<Finding>* findings = nullptr;
  std::vector<std::string> path;

  bool wrong(std::string what) {
    if (findings != nullptr) {
      std::string pointer;
      for (const std::string& token : path) pointer += "/" + pointer_token(token);
      findings->push_back({std::move(pointer), std::move(what)});
    }
    return false;
  }

  bool below(const Node& node, const json::value& value, std::string_view token) {
    if (findings == nullptr) return of(node, value);
    path.emplace_back(token);
    const bool good = of(node, value);
    path.pop_back();
    return good;
  }

  bool text(const Node& node, std::string_view value) {
    bool good = true;
    for (const std::string& format : node.formats)
      if (!matches_format(value, format)) good = wrong("is not a " + format);
    for (const auto& [source, regex] : node.patterns) {
      if (value.size() > kPatternTextMax)
        good = wrong("is longer than the " + std::to_string(kPatternTextMax) + " bytes to which a pattern is applied");
      else if (!std::regex_search(value.begin(), value.end(), regex))
        good = wrong("does not match the pattern " + source);
    }
    return good;
  }

  bool object(const Node& node, const json::object& members) {
    bool good = true;
    for (const auto& member : members) {
      if (!good && findings == nullptr) return false;
      const auto property = node.properties.find(std::string_view(member.key()));
      if (property != node.properties.end())
        good = below(*property->second, member.value(), member.key()) && good;
      else
        for (const Node* additional : node.additional) good = below(*additional, member.value(), member.key()) && good;
    }
    return good;
  }

  bool of(const Node& node, const json::value& value) {
    bool good = true;
    for (const Node* also : node.also) good = of(*also, value) && good;
    if (!good && findings == nullptr) return false;
    if (value.is_string()) return text(node, value.get_string()) && good;
    if (value.is_object()) return object(node, value.get_object()) && good;
    if (!value.is_array() || node.items.empty()) return good;
    for (std::size_t i = 0; i < value.get_array().size(); ++i)
      for (const Node* item : node.items) good = below(*item, value.get_array()[i], std::to_string(i)) && good;
    return good;
  }
};

}  // namespace

Result<SchemaRules> SchemaRules::take_from(json::value& schema) {
  SchemaRules rules;
  auto root = Builder(rules, schema).run();
  if (!root) return root.error();
  rules.root_ = *root;
  return rules;
}

bool SchemaRules::holds(const json::value& value) const { return empty_ || Check{}.of(*root_, value); }
bool SchemaRules::holds(const Node& node, std::string_view text) { return Check{}.text(node, text); }

void SchemaRules::explain(const json::value& value, std::vector<Finding>& findings) const {
  Check check{&findings, {}};
  if (!empty_) check.of(*root_, value);
}

std::string SchemaRules::wanted_type(const std::vector<std::string>& path) const {
  const Node* node = root_;
  for (const std::string& token : path) {
    if (const auto property = node->properties.find(token); property != node->properties.end()) node = property->second;
    else if (!node->items.empty()) node = node->items.front();
    else return {};
  }
  for (int hops = 0; node->type.empty() && node->also.size() == 1 && hops < 8; ++hops) node = node->also.front();
  return node->type;
}

}  // namespace gofuture
