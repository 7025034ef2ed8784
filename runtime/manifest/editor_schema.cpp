// The keys as JSON Schema. Editors that know TOML (taplo, and Even Better TOML in VS Code) promise draft 4 and read more; so only
// plain keywords are used, and none that works upon others (if, not, $ref).
#include <algorithm>
#include <boost/json.hpp>

#include "manifest/keys.hpp"
#include "manifest/reference.hpp"

namespace gofuture {
namespace json = boost::json;
namespace {

class SchemaPrinter {
 public:
  explicit SchemaPrinter(const Catalogue& catalogue) : catalogue_(catalogue) {}

  json::object group(const KeyGroup& group) const {
    json::object properties;
    json::array required;
    for (const KeySpec& spec : group.keys) {
      properties[spec.name] = key(spec);
      if (spec.required) required.emplace_back(spec.name);
    }
    json::object out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) out["required"] = std::move(required);
    return out;
  }

 private:
  json::object key(const KeySpec& spec) const {
    json::object out = value(spec);
    std::string about(spec.meaning);
    about += "\n\nMust be " + wanted(spec) + ".";
    if (!spec.otherwise.empty()) about += " Default: " + std::string(spec.otherwise) + ".";
    if (!spec.fallback.empty()) out["default"] = default_of(spec);
    out["description"] = about;
    return out;
  }

  json::object value(const KeySpec& spec) const {
    json::array words;
    for (const std::string_view word : choices_of(spec)) words.emplace_back(word);
    switch (spec.type) {
      case KeyType::kText: return !words.empty() ? json::object{{"enum", std::move(words)}} : text(spec);
      case KeyType::kInteger: return or_word(number("integer", spec), std::move(words));
      case KeyType::kNumber: return number("number", spec);
      case KeyType::kBoolean: return {{"type", "boolean"}};
      case KeyType::kDuration: return {{"type", "string"}, {"pattern", "^[0-9]+(ms|s|m|h|d)$"}};
      case KeyType::kSize: return {{"type", "string"}, {"pattern", "^[0-9]+(B|KiB|MiB|GiB)$"}};
      case KeyType::kTime: return time(spec);
      case KeyType::kTextList: return list(spec, text(spec));
      case KeyType::kTable: return table(spec);
      case KeyType::kTableList: return list(spec, group(*spec.group));
    }
    return {};
  }

  json::object text(const KeySpec& spec) const {
    json::object out{{"type", "string"}};
    if (spec.form != nullptr) out["pattern"] = spec.form->pattern;
    json::array names;
    if (spec.names == Names::kTopics) names = spellings(catalogue_.topics);
    if (spec.names == Names::kEventTypes) names = spellings(catalogue_.events);
    if (!names.empty()) out["enum"] = std::move(names);
    return out;
  }

  // TOML's own times come as strings.
  static json::object time(const KeySpec& spec) {
    std::string pattern = "^(";
    for (const std::string_view word : choices_of(spec)) pattern += std::string(word) + "$|";
    return {{"type", "string"}, {"pattern", pattern + "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ])"}};
  }

  // A table of event type = topic, or one that is free in form.
  json::object table(const KeySpec& spec) const {
    if (spec.group != nullptr) return group(*spec.group);
    json::object out{{"type", "object"}};
    if (spec.names != Names::kEventTypes || catalogue_.events.empty()) return out;
    json::object properties;
    for (const EventType& event : catalogue_.events) {
      const Topic* topic = catalogue_.topic(event.topic);
      if (topic == nullptr) continue;
      for (const json::value& spelling : spellings(std::vector{event}))
        properties[spelling.as_string()] = json::object{{"enum", spellings(std::vector{*topic})}, {"default", topic->name}};
    }
    out["properties"] = std::move(properties);
    out["additionalProperties"] = false;
    return out;
  }

  // Names first: an editor offers them in this order.
  template <class Named>
  static json::array spellings(const std::vector<Named>& list) {
    json::array out;
    for (const Named& one : list) out.emplace_back(one.name);
    for (const Named& one : list)
      for (const std::string& alias : one.aliases) out.emplace_back(alias);
    return out;
  }

  static json::object number(std::string_view type, const KeySpec& spec) {
    json::object out{{"type", type}};
    if (spec.max > 0) out["minimum"] = spec.min, out["maximum"] = spec.max;
    return out;
  }

  static json::object list(const KeySpec& spec, json::object item) {
    json::object out{{"type", "array"}, {"items", std::move(item)}};
    if (spec.min > 0 || spec.type == KeyType::kTableList) out["minItems"] = 1;
    if (spec.max > 0) out["maxItems"] = spec.max;
    return out;
  }

  static json::object or_word(json::object one, json::array words) {
    if (words.empty()) return one;
    return {{"anyOf", json::array{std::move(one), json::object{{"enum", std::move(words)}}}}};
  }

  static json::value default_of(const KeySpec& spec) {
    const bool bare = spec.type == KeyType::kInteger || spec.type == KeyType::kNumber || spec.type == KeyType::kBoolean;
    return bare ? json::parse(std::string(spec.fallback)) : json::value(spec.fallback);
  }

  const Catalogue& catalogue_;
};

bool holds_objects(const json::array& list) {
  return std::any_of(list.begin(), list.end(), [](const json::value& one) { return one.is_object(); });
}

// One key a line: a change to a key is a change to its line.
void print(std::string& out, const json::value& value, const std::string& indent) {
  const auto members = [&](char open, char close, const auto& list, auto print_one) {
    out += open;
    bool first = true;
    for (const auto& one : list) {
      out += first ? "\n" + indent + "  " : ",\n" + indent + "  ";
      first = false;
      print_one(one);
    }
    out += first ? std::string(1, close) : "\n" + indent + close;
  };
  if (value.is_object())
    members('{', '}', value.get_object(), [&](const auto& member) {
      out += json::serialize(json::value(member.key())) + ": ";
      print(out, member.value(), indent + "  ");
    });
  else if (value.is_array() && holds_objects(value.get_array()))
    members('[', ']', value.get_array(), [&](const auto& item) { print(out, item, indent + "  "); });
  else
    out += json::serialize(value);
}

}  // namespace

std::string editor_schema(std::string_view file, const Catalogue& catalogue) {
  for (const FileKeys& one : kFiles) {
    if (one.name != file) continue;
    json::object schema{{"$schema", "http://json-schema.org/draft-07/schema#"},
                        {"title", one.where},
                        {"description", one.meaning}};
    for (auto& member : SchemaPrinter(catalogue).group(*one.root)) schema[member.key()] = member.value();
    std::string out;
    print(out, schema, "");
    return out + "\n";
  }
  return "";
}

}  // namespace gofuture
