#include "event/json_pointer.hpp"

#include <simdjson.h>

#include <charconv>
#include <limits>
#include <optional>

#include "event/envelope.hpp"

namespace gofuture {
namespace {

namespace ondemand = simdjson::ondemand;

Error not_json(simdjson::error_code code) { return Error(std::string("is not JSON: ") + simdjson::error_message(code)); }
Error nowhere(std::string_view pointer) { return Error(std::string(pointer) + " is missing"); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// JSON's grammar of a number; on-demand looks only at its first character until somebody asks for the value.
bool is_number(std::string_view text) {
  const auto digits = [&text] {
    std::size_t count = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1), ++count;
    return count;
  };
  const auto take = [&text](std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  take("-");
  if (!take("0") && digits() == 0) return false;
  if (take(".") && digits() == 0) return false;
  if (take("eE")) {
    take("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

// The next step of a pointer: "/a~1b/c" -> "a/b". `scratch` holds it only when it had to be unescaped.
std::string_view next_token(std::string_view& pointer, std::string& scratch) {
  pointer.remove_prefix(1);
  const std::string_view raw = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(raw.size());
  if (raw.find('~') == std::string_view::npos) return raw;
  scratch.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '~' && i + 1 < raw.size())
      scratch.push_back(raw[++i] == '1' ? '/' : '~');
    else
      scratch.push_back(raw[i]);
  }
  return scratch;
}

struct Scalar {
  enum class Kind { kString, kNumber, kBoolean } kind = Kind::kString;
  std::string text;
};

}  // namespace

std::string pointer_token(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

struct JsonReader::Impl {
  ondemand::parser parser;
  std::string padded;   // simdjson reads past the end: the data stands here with room behind it
  std::string scratch;

  Result<Scalar> find(std::string_view data, std::string_view pointer);
  Result<Scalar> descend(ondemand::value value, std::string_view pointer, std::string_view rest);
  Result<Scalar> scalar_of(ondemand::value value, std::string_view pointer);
  Result<Scalar> in_object(ondemand::object object, std::string_view pointer, std::string_view rest);
  Result<Scalar> in_array(ondemand::array array, std::string_view pointer, std::string_view rest);
};

Result<Scalar> JsonReader::Impl::scalar_of(ondemand::value value, std::string_view pointer) {
  ondemand::json_type type{};
  if (const auto code = value.type().get(type)) return not_json(code);
  switch (type) {
    case ondemand::json_type::string: {
      std::string_view text;
      if (const auto code = value.get_string().get(text)) return not_json(code);
      return Scalar{Scalar::Kind::kString, std::string(text)};
    }
    case ondemand::json_type::number: {
      const std::string_view text = trimmed(value.raw_json_token());
      if (!is_number(text)) return Error("is not JSON: " + std::string(pointer) + " is not a number");
      return Scalar{Scalar::Kind::kNumber, std::string(text)};
    }
    case ondemand::json_type::boolean: {
      bool flag = false;
      if (const auto code = value.get_bool().get(flag)) return not_json(code);
      return Scalar{Scalar::Kind::kBoolean, flag ? "true" : "false"};
    }
    case ondemand::json_type::null: return Error(std::string(pointer) + " is null");
    case ondemand::json_type::object: return Error(std::string(pointer) + " is an object, not a single value");
    case ondemand::json_type::array: return Error(std::string(pointer) + " is an array, not a single value");
  }
  return Error(std::string(pointer) + " cannot be read");
}

// Every member is looked at: of two with one name, readers differ in which they take, so the event would be laned by one value
// and handled by another.
Result<Scalar> JsonReader::Impl::in_object(ondemand::object object, std::string_view pointer, std::string_view rest) {
  const std::string token(next_token(rest, scratch));
  std::optional<Scalar> found;
  for (auto member : object) {
    ondemand::field field;
    if (const auto code = std::move(member).get(field)) return not_json(code);
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return not_json(code);
    if (key != token) continue;
    if (found) return Error(std::string(pointer) + " stands twice");
    auto scalar = descend(field.value(), pointer, rest);
    if (!scalar) return scalar;
    found = std::move(*scalar);
  }
  if (!found) return nowhere(pointer);
  return std::move(*found);
}

Result<Scalar> JsonReader::Impl::in_array(ondemand::array array, std::string_view pointer, std::string_view rest) {
  const std::string token(next_token(rest, scratch));
  if (token.empty() || token.size() > 6 || token.find_first_not_of("0123456789") != std::string::npos ||
      (token.size() > 1 && token.front() == '0'))
    return nowhere(pointer);
  std::size_t wanted = std::stoul(token);
  for (auto element : array) {
    ondemand::value value;
    if (const auto code = std::move(element).get(value)) return not_json(code);
    if (wanted-- == 0) return descend(value, pointer, rest);
  }
  return nowhere(pointer);
}

Result<Scalar> JsonReader::Impl::descend(ondemand::value value, std::string_view pointer, std::string_view rest) {
  if (rest.empty()) return scalar_of(value, pointer);
  ondemand::json_type type{};
  if (const auto code = value.type().get(type)) return not_json(code);
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto code = value.get_object().get(object)) return not_json(code);
    return in_object(object, pointer, rest);
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto code = value.get_array().get(array)) return not_json(code);
    return in_array(array, pointer, rest);
  }
  return nowhere(pointer);
}

Result<Scalar> JsonReader::Impl::find(std::string_view data, std::string_view pointer) {
  if (pointer.empty() || pointer.front() != '/') return Error("\"" + std::string(pointer) + "\" is not a JSON pointer");
  padded.reserve(data.size() + simdjson::SIMDJSON_PADDING);
  padded.assign(data);
  ondemand::document document;
  if (const auto code = parser.iterate(padded.data(), padded.size(), padded.capacity()).get(document)) return not_json(code);
  ondemand::json_type type{};
  if (const auto code = document.type().get(type)) return not_json(code);
  if (type != ondemand::json_type::object && type != ondemand::json_type::array) return nowhere(pointer);
  ondemand::value root;
  if (const auto code = document.get_value().get(root)) return not_json(code);
  return descend(root, pointer, pointer);
}

JsonReader::JsonReader() : impl_(std::make_unique<Impl>()) {}
JsonReader::~JsonReader() = default;

Result<std::string> JsonReader::scalar(std::string_view data, std::string_view pointer) {
  auto found = impl_->find(data, pointer);
  if (!found) return found.error();
  return std::move(found->text);
}

Result<std::int64_t> JsonReader::time_us(std::string_view data, std::string_view pointer) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1000;
  auto found = impl_->find(data, pointer);
  if (!found) return found.error();
  if (found->kind == Scalar::Kind::kString) {
    auto time = parse_time_us(found->text);
    if (!time) return time.error().within(pointer);
    return time;
  }
  std::int64_t ms = 0;
  const std::string& text = found->text;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (found->kind != Scalar::Kind::kNumber || trouble != std::errc() || end != text.data() + text.size() || ms > kMost || ms < -kMost)
    return Error(std::string(pointer) + " is neither a whole number of milliseconds nor an RFC 3339 time");
  return ms * 1000;
}

}  // namespace gofuture
