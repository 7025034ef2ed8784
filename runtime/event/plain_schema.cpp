#include "event/plain_schema.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace gofuture {
namespace json = boost::json;
namespace {

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

}  // namespace

std::optional<PlainSchema> PlainSchema::of(const json::value& schema) {
  PlainSchema plain;
  if (!schema.is_object() || !plain.read(schema.get_object())) return std::nullopt;
  return plain;
}

bool PlainSchema::read(const json::object& schema) {
  for (const auto& [name, value] : schema)
    if (!read_keyword(name, value)) return false;
  return may_stand_together();
}

bool PlainSchema::read_keyword(std::string_view name, const json::value& value) {
  if (name.starts_with("x-") || std::find(kSaid.begin(), kSaid.end(), name) != kSaid.end()) return true;
  if (name == "type") {
    if (!value.is_string()) return false;
    constexpr std::array<std::pair<std::string_view, Type>, 6> kTypes{{{"object", Type::kObject}, {"array", Type::kArray}, {"string", Type::kString},
                                                                       {"integer", Type::kInteger}, {"number", Type::kNumber}, {"boolean", Type::kBoolean}}};
    const std::string_view text = value.get_string();
    const auto found = std::find_if(kTypes.begin(), kTypes.end(), [text](const auto& one) { return one.first == text; });
    if (found == kTypes.end()) return false;
    type_ = found->second;
    return true;
  }
  if (name == "required") return texts_of(value, required_);
  if (name == "enum") return texts_of(value, words_) && !words_.empty();
  if (name == "additionalProperties") return value.is_bool() && value.get_bool();
  if (name == "minimum") return bounded_ = true, bound_of(value, minimum_);
  if (name == "maximum") return bounded_ = true, bound_of(value, maximum_);
  if (name == "minLength" || name == "minItems") return measured_ = true, count_of(value, shortest_);
  if (name == "maxLength" || name == "maxItems") return measured_ = true, count_of(value, longest_);
  if (name == "items") {
    auto items = of(value);
    if (!items) return false;
    items_ = std::make_shared<const PlainSchema>(std::move(*items));
    return true;
  }
  if (name != "properties" || !value.is_object()) return false;
  for (const auto& [property, schema] : value.get_object()) {
    auto plain = of(schema);
    if (!plain) return false;
    properties_.emplace_back(std::string(property), std::move(*plain));
  }
  return true;
}

// A keyword beside a type that it does not speak of means nothing to a validator, and something to us: not plain.
bool PlainSchema::may_stand_together() const {
  const bool number = type_ == Type::kInteger || type_ == Type::kNumber;
  if (bounded_ && !number) return false;
  if (measured_ && type_ != Type::kString && type_ != Type::kArray) return false;
  if (!words_.empty() && type_ != Type::kString) return false;
  if ((!required_.empty() || !properties_.empty()) && type_ != Type::kObject) return false;
  return items_ == nullptr || type_ == Type::kArray;
}

bool PlainSchema::surely_fits(const json::value& data) const {
  switch (type_) {
    case Type::kAny: return true;
    case Type::kObject: return data.is_object() && fits_object(data.get_object());
    case Type::kArray: {
      if (!data.is_array()) return false;
      const json::array& elements = data.get_array();
      if (elements.size() < shortest_ || elements.size() > longest_) return false;
      return items_ == nullptr || std::all_of(elements.begin(), elements.end(), [this](const json::value& one) { return items_->surely_fits(one); });
    }
    case Type::kString: return data.is_string() && fits_text(data.get_string());
    case Type::kInteger: return data.is_int64() && fits_number(static_cast<double>(data.get_int64()));  // others: let valijson say
    case Type::kNumber: return (data.is_int64() && fits_number(static_cast<double>(data.get_int64()))) || (data.is_double() && fits_number(data.get_double()));
    case Type::kBoolean: return data.is_bool();
  }
  return false;
}

bool PlainSchema::fits_object(const json::object& data) const {
  for (const std::string& name : required_)
    if (!data.contains(name)) return false;
  for (const auto& [name, schema] : properties_)
    if (const json::value* member = data.if_contains(name); member != nullptr && !schema.surely_fits(*member)) return false;
  return true;
}

// A length counts characters: so many bytes are at most as many characters, and at least a quarter of them.
bool PlainSchema::fits_text(const json::string& text) const {
  if (text.size() > longest_ || (text.size() + 3) / 4 < shortest_) return false;
  return words_.empty() || std::find(words_.begin(), words_.end(), std::string_view(text)) != words_.end();
}

}  // namespace gofuture
