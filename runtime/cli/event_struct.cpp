#include "cli/event_struct.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "cli/schema_example.hpp"

namespace gofuture::cli {
namespace {

namespace json = boost::json;

constexpr int kDepthMax = 8;  // of nested objects: a schema may refer to itself

constexpr std::array<std::string_view, 97> kKeywords{
    "alignas", "alignof", "and", "and_eq", "asm", "atomic_cancel", "atomic_commit", "atomic_noexcept", "auto", "bitand", "bitor", "bool", "break",
    "case", "catch", "char", "char8_t", "char16_t", "char32_t", "class", "compl", "concept", "const", "consteval", "constexpr", "constinit",
    "const_cast", "continue", "co_await", "co_return", "co_yield", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
    "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "reflexpr", "register",
    "reinterpret_cast", "requires", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch",
    "synchronized", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using",
    "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq"};

bool is_identifier(std::string_view word) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !word.empty() && letter(word.front()) && !is_keyword(word) &&
         std::all_of(word.begin(), word.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string camel(std::string_view word) {
  std::string out;
  bool upper = true;
  for (const char c : word) {
    if (c == '_') upper = true;
    else out += std::exchange(upper, false) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

}  // namespace

bool is_keyword(std::string_view word) { return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end(); }

// Walks one schema; the structs that are nested in it are written on the way.
class EventStruct::Reader {
 public:
  explicit Reader(const json::object& root) : root_(root) {}

  EventStruct read(const std::string& name, const json::object& schema, int depth) {
    EventStruct made;
    made.name_ = name;
    const json::value* properties = schema.if_contains("properties");
    if (properties == nullptr || !properties->is_object()) return made;
    std::vector<std::string_view> required;
    if (const json::value* list = schema.if_contains("required"); list != nullptr && list->is_array())
      for (const json::value& one : list->get_array())
        if (one.is_string()) required.push_back(one.get_string());
    for (const auto& property : properties->get_object()) {
      const std::string member(property.key());
      const bool needed = std::find(required.begin(), required.end(), member) != required.end();
      std::optional<Value> found;
      if (is_identifier(member) && property.value().is_object())
        found = value(name, member, with_example(property.value().get_object(), member, schema), depth);
      if (!found) {
        made.left_out_.push_back(member);
        continue;
      }
      const bool optional = !needed && !found->type.starts_with("std::optional<");
      if (optional) found->type = "std::optional<" + found->type + ">";
      made.members_.push_back({member, found->type, needed, found->example, found->initializer});
    }
    made.nested_ = std::move(nested_);
    return made;
  }

 private:
  struct Value {
    std::string type;
    json::value example;
    std::string initializer;
  };

  // An example of the whole is one of its members, too.
  static json::object with_example(json::object property, const std::string& member, const json::object& whole) {
    const auto given = given_example(whole);
    const json::value* one = given && given->is_object() ? given->get_object().if_contains(member) : nullptr;
    if (one != nullptr) property["examples"] = json::array{*one};
    return property;
  }

  std::optional<Value> value(const std::string& owner, const std::string& member, const json::object& given, int depth) {
    const json::object* schema = resolved(given, 0);
    if (schema == nullptr || depth > kDepthMax) return std::nullopt;
    bool null = false;
    const std::string type = type_of(*schema, null);
    std::optional<Value> found;
    if (type == "array") found = array(owner, member, *schema, depth);
    else if (type == "object") found = object(owner, member, *schema, depth);
    else found = scalar(type, member, *schema);
    if (found && null) found->type = "std::optional<" + found->type + ">";
    return found;
  }

  static std::optional<Value> scalar(const std::string& type, const std::string& member, const json::object& schema) {
    const auto given = given_example(schema);
    if (type == "string") {
      const json::value text = given && given->is_string() ? *given : json::value(example_text(schema, member));
      return Value{"std::string", text, json::serialize(text)};
    }
    if (type == "boolean") {
      const bool flag = !given || !given->is_bool() || given->get_bool();
      return Value{"bool", flag, flag ? "true" : "false"};
    }
    if (type == "integer") {
      const auto number = given && given->is_int64() ? given->get_int64() : static_cast<std::int64_t>(std::ceil(example_number(schema, 1)));
      return Value{"std::int64_t", number, std::to_string(number)};
    }
    if (type == "number") {
      const double number = given && given->is_number() ? given->to_number<double>() : example_number(schema, 0.5);
      return Value{"double", number, number_text(number)};
    }
    return std::nullopt;
  }

  std::optional<Value> array(const std::string& owner, const std::string& member, const json::object& schema, int depth) {
    const json::value* items = schema.if_contains("items");
    if (items == nullptr || !items->is_object()) return std::nullopt;
    const auto one = value(owner, member, items->get_object(), depth + 1);
    if (!one || one->type == "bool") return std::nullopt;  // a std::vector<bool> is none
    return Value{"std::vector<" + one->type + ">", json::array{one->example}, "{" + one->initializer + "}"};
  }

  std::optional<Value> object(const std::string& owner, const std::string& member, const json::object& schema, int depth) {
    if (schema.contains("properties")) {
      std::string before = std::move(nested_);
      nested_.clear();
      const EventStruct inner = read(owner + camel(member), schema, depth + 1);
      if (inner.members_.empty()) {
        nested_ = std::move(before);
        return std::nullopt;
      }
      nested_ = before + inner.text() + "\n";
      return Value{inner.name_, inner.example(), inner.initializer(6)};
    }
    const json::value* rest = schema.if_contains("additionalProperties");
    if (rest == nullptr || !rest->is_object()) return std::nullopt;
    const auto one = value(owner, member, rest->get_object(), depth + 1);
    if (!one) return std::nullopt;
    return Value{"std::map<std::string, " + one->type + ">", json::object{{"key", one->example}}, "{{\"key\", " + one->initializer + "}}"};
  }

  // Behind a local $ref: "#/definitions/address".
  const json::object* resolved(const json::object& schema, int hops) {
    const json::value* reference = schema.if_contains("$ref");
    if (reference == nullptr) return &schema;
    if (!reference->is_string() || !reference->get_string().starts_with("#/") || hops > kDepthMax) return nullptr;
    json::error_code missing;
    const json::value whole(root_);
    const std::string_view pointer = std::string_view(reference->get_string()).substr(1);
    const json::value* at = whole.find_pointer({pointer.data(), pointer.size()}, missing);
    if (at == nullptr || !at->is_object()) return nullptr;
    referred_.push_back(std::make_unique<json::object>(at->get_object()));
    return resolved(*referred_.back(), hops + 1);
  }

  static std::string type_of(const json::object& schema, bool& null) {
    const json::value* type = schema.if_contains("type");
    if (type == nullptr) {
      const auto given = given_example(schema);
      return given && given->is_string() ? "string" : schema.contains("properties") ? "object" : "";
    }
    if (type->is_string()) return std::string(type->get_string());
    std::string only;
    for (const json::value& one : type->is_array() ? type->get_array() : json::array()) {
      if (one == "null") null = true;
      else if (only.empty() && one.is_string()) only = std::string(one.get_string());
      else return "";  // several types
    }
    return only;
  }

  const json::object& root_;
  std::string nested_;
  std::vector<std::unique_ptr<json::object>> referred_;
};

EventStruct EventStruct::of(const EventType& type) {
  json::error_code none;
  const json::value schema = json::parse(type.schema, none);
  EventStruct nothing;
  nothing.name_ = type.name;
  if (none || !schema.is_object()) return nothing;
  return Reader(schema.get_object()).read(type.name, schema.get_object(), 0);
}

std::string EventStruct::text() const {
  const auto initial = [](const Member& member) {
    if (member.type == "std::int64_t" || member.type == "double") return " = 0";
    if (member.type == "bool") return " = false";
    return member.required ? "" : "{}";
  };
  std::string out = nested_ + "struct " + name_ + " {\n", names;
  for (const Member& member : members_) {
    out += "  " + member.type + " " + member.name + initial(member) + ";\n";
    names += (names.empty() ? "" : ", ") + member.name;
  }
  for (const std::string& name : left_out_) out += "  // \"" + name + "\" has no simple form in C++; event().data() has it\n";
  return out + "};\nBOOST_DESCRIBE_STRUCT(" + name_ + ", (), (" + names + "))\n";
}

json::object EventStruct::example() const {
  json::object out;
  for (const Member& member : members_)
    if (member.required) out[member.name] = member.example;
  return out;
}

std::string EventStruct::initializer(std::size_t indent, const EventStruct* from, std::string_view from_name) const {
  constexpr std::size_t kLineMax = 80;
  std::string line, lines = "{\n";
  for (const Member& member : members_) {
    if (!member.required) continue;
    bool copied = false;
    if (from != nullptr)
      for (const Member& other : from->members_) copied |= other.required && other.name == member.name && other.type == member.type;
    const std::string one = "." + member.name + " = " + (copied ? std::string(from_name) + "." + member.name : member.initializer);
    line += (line.empty() ? "" : ", ") + one;
    lines += std::string(indent + 4, ' ') + one + ",\n";
  }
  return line.size() > kLineMax ? lines + std::string(indent, ' ') + "}" : "{" + line + "}";
}

}  // namespace gofuture::cli
