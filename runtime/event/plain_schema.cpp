#include "event/plain_schema.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gofuture {
namespace json = boost::json;
namespace dom = simdjson::dom;
namespace {

constexpr std::size_t kLongest = 16'384;  // bytes of data: each thread keeps its parser's memory
constexpr std::size_t kDeepest = 32;      // levels, well within what the other way allows

// Said to people, checked by nobody.
constexpr std::array<std::string_view, 11> kSaid{"$schema", "$comment", "title", "description", "default", "examples", "readOnly",
                                                 "writeOnly", "deprecated", "contentEncoding", "contentMediaType"};

bool texts_of(const json::value& list, std::vector<std::string>& into) {
  if (!list.is_array()) return false;
  for (const json::value& one : list.get_array()) {
    if (!one.is_string()) return false;
    into.emplace_back(one.get_string());
  }
  return true;
}

bool count_of(const json::value& value, std::uint64_t& into) {
  if (!value.is_int64() || value.get_int64() < 0) return false;
  into = static_cast<std::uint64_t>(value.get_int64());
  return true;
}

// Numbers that a double holds exactly: then comparing doubles is comparing numbers.
bool bound_of(const json::value& value, double& into) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (value.is_double()) return into = value.get_double(), true;
  if (!value.is_int64() || value.get_int64() > kExact || value.get_int64() < -kExact) return false;
  return into = static_cast<double>(value.get_int64()), true;
}

// The document of one text at a time; on demand would not notice what is wrong behind the last member that is asked for.
class Documents {
 public:
  Documents() { ready_ = parser_.allocate(kLongest, kDeepest) == simdjson::SUCCESS; }

  bool read(std::string_view text, dom::element& root) {
    if (!ready_ || text.empty() || text.size() > kLongest) return false;
    std::memcpy(padded_.get(), text.data(), text.size());  // simdjson reads past the end
    return parser_.parse(padded_.get(), text.size(), false).get(root) == simdjson::SUCCESS;
  }

 private:
  dom::parser parser_;
  std::unique_ptr<char[]> padded_ = std::make_unique_for_overwrite<char[]>(kLongest + simdjson::SIMDJSON_PADDING);
  bool ready_ = false;
};

}  // namespace

struct PlainSchema::Walk {
  static bool fits(const PlainSchema& schema, const dom::element& data) {
    if (schema.nullable_ && data.is_null()) return true;
    switch (schema.type_) {
      case Type::kAny: return true;
      case Type::kObject: {
        dom::object object;
        return data.get(object) == simdjson::SUCCESS && fits(schema, object);
      }
      case Type::kArray: {
        dom::array array;
        return data.get(array) == simdjson::SUCCESS && fits(schema, array);
      }
      case Type::kString: {
        std::string_view text;
        return data.get(text) == simdjson::SUCCESS && schema.fits_text(text);
      }
      case Type::kInteger: return data.type() == dom::element_type::INT64 && fits_number(schema, data);  // others: let valijson say
      case Type::kNumber: return (data.type() == dom::element_type::INT64 || data.type() == dom::element_type::DOUBLE) && fits_number(schema, data);
      case Type::kBoolean: return data.type() == dom::element_type::BOOL;
    }
    return false;
  }

 private:
  static bool fits_number(const PlainSchema& schema, const dom::element& data) {
    double number = 0;
    return data.get(number) == simdjson::SUCCESS && schema.fits_number(number);
  }

  // Of a name that stands twice both must fit: which of them counts is not ours to say.
  static bool fits(const PlainSchema& schema, const dom::object& object) {
    const auto& members = schema.members_;
    std::uint64_t missing = schema.required_;
    std::size_t next = 0;  // most events have their members in the schema's order
    for (const auto [name, value] : object) {
      for (std::size_t tried = 0; tried < members.size(); ++tried, next = next + 1 < members.size() ? next + 1 : 0) {
        if (members[next].name != name) continue;
        if (members[next].schema && !fits(*members[next].schema, value)) return false;
        missing &= ~(std::uint64_t{1} << next);
        break;
      }
    }
    return missing == 0;
  }

  static bool fits(const PlainSchema& schema, const dom::array& array) {
    std::uint64_t size = 0;
    for (const dom::element one : array) {
      if (schema.items_ != nullptr && !fits(*schema.items_, one)) return false;
      ++size;
    }
    return size >= schema.shortest_ && size <= schema.longest_;
  }
};

std::optional<PlainSchema> PlainSchema::of(const json::value& schema, const SchemaRules& rules) { return of(schema, &rules.root()); }

std::optional<PlainSchema> PlainSchema::of(const json::value& schema, const SchemaRules::Node* rules) {
  PlainSchema plain;
  plain.rules_ = rules;
  if (rules == nullptr || !schema.is_object() || !plain.read(schema.get_object())) return std::nullopt;
  return plain;
}

bool PlainSchema::surely_fits(std::string_view data) const {
  static thread_local Documents documents;
  dom::element root;
  return documents.read(data, root) && Walk::fits(*this, root);
}

bool PlainSchema::read(const json::object& schema) {
  for (const auto& [name, value] : schema)
    if (!read_keyword(name, value)) return false;
  return may_stand_together();
}

bool PlainSchema::read_keyword(std::string_view name, const json::value& value) {
  if (name.starts_with("x-") || std::find(kSaid.begin(), kSaid.end(), name) != kSaid.end()) return true;
  if (name == "type") return read_type(value);
  if (name == "required") return read_required(value);
  if (name == "properties") return read_properties(value);
  if (name == "enum") return texts_of(value, words_) && !words_.empty();
  if (name == "additionalProperties") return value.is_bool() && value.get_bool();
  if (name == "minimum") return bounded_ = true, bound_of(value, minimum_);
  if (name == "maximum") return bounded_ = true, bound_of(value, maximum_);
  if (name == "minLength" || name == "minItems") return measured_ = true, count_of(value, shortest_);
  if (name == "maxLength" || name == "maxItems") return measured_ = true, count_of(value, longest_);
  if (name == "items") {
    auto items = of(value, rules_->items.empty() ? nullptr : rules_->items.front());
    if (!items) return false;
    items_ = std::make_shared<const PlainSchema>(std::move(*items));
    return true;
  }
  return false;
}

// One type, or one and null.
bool PlainSchema::read_type(const json::value& value) {
  std::vector<std::string> types;
  if (value.is_string()) types.emplace_back(value.get_string());
  else if (!texts_of(value, types)) return false;
  nullable_ = std::erase(types, "null") > 0;
  constexpr std::array<std::pair<std::string_view, Type>, 6> kTypes{{{"object", Type::kObject}, {"array", Type::kArray}, {"string", Type::kString},
                                                                     {"integer", Type::kInteger}, {"number", Type::kNumber}, {"boolean", Type::kBoolean}}};
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&types](const auto& one) { return types.size() == 1 && one.first == types.front(); });
  if (found == kTypes.end()) return false;
  type_ = found->second;
  return true;
}

PlainSchema::Member& PlainSchema::member(std::string_view name) {
  const auto known = std::find_if(members_.begin(), members_.end(), [name](const Member& one) { return one.name == name; });
  return known != members_.end() ? *known : members_.emplace_back(Member{std::string(name), nullptr});
}

bool PlainSchema::read_properties(const json::value& properties) {
  if (!properties.is_object()) return false;
  for (const auto& [name, schema] : properties.get_object()) {
    const auto rules = rules_->properties.find(std::string_view(name));
    auto plain = rules == rules_->properties.end() ? std::nullopt : of(schema, rules->second);
    if (!plain) return false;
    member(name).schema = std::make_shared<const PlainSchema>(std::move(*plain));
  }
  return members_.size() <= 64;
}

bool PlainSchema::read_required(const json::value& names) {
  std::vector<std::string> all;
  if (!texts_of(names, all)) return false;
  for (const std::string& name : all) {
    const auto at = static_cast<std::size_t>(&member(name) - members_.data());
    if (at >= 64) return false;
    required_ |= std::uint64_t{1} << at;
  }
  return true;
}

// A keyword beside a type that it does not speak of means nothing to a validator, and something to us: not plain.
bool PlainSchema::may_stand_together() const {
  const bool number = type_ == Type::kInteger || type_ == Type::kNumber;
  if (bounded_ && !number) return false;
  if (measured_ && type_ != Type::kString && type_ != Type::kArray) return false;
  const bool ruled = !words_.empty() || !rules_->formats.empty() || !rules_->patterns.empty();
  if (ruled && type_ != Type::kString) return false;
  if (nullable_ && !words_.empty()) return false;  // null is none of the words
  if (!members_.empty() && type_ != Type::kObject) return false;
  return items_ == nullptr || type_ == Type::kArray;
}

// A length counts characters: so many bytes are at most as many characters, and at least a quarter of them.
bool PlainSchema::fits_text(std::string_view text) const {
  if (text.size() > longest_ || (text.size() + 3) / 4 < shortest_) return false;
  if (!words_.empty() && std::find(words_.begin(), words_.end(), text) == words_.end()) return false;
  return SchemaRules::holds(*rules_, text);
}

}  // namespace gofuture
