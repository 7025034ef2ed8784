#include "cli/schema_example.hpp"

#include <algorithm>
#include <charconv>

namespace gofuture::cli {

namespace json = boost::json;

std::string number_text(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  std::string text(digits, end.ptr);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

namespace {

std::string compact(const json::value& value) {
  if (value.is_double()) return number_text(value.get_double());
  std::string out;
  if (value.is_array()) {
    for (const json::value& one : value.get_array()) out += (out.empty() ? "" : ", ") + compact(one);
    return "[" + out + "]";
  }
  if (!value.is_object()) return json::serialize(value);
  for (const auto& member : value.get_object())
    out += (out.empty() ? "" : ", ") + json::serialize(json::value(member.key())) + ": " + compact(member.value());
  return "{" + out + "}";
}

double number_of(const json::object& schema, const char* keyword, double otherwise) {
  const json::value* found = schema.if_contains(keyword);
  return found != nullptr && found->is_number() ? found->to_number<double>() : otherwise;
}

}  // namespace

std::optional<json::value> given_example(const json::object& schema) {
  for (const char* list : {"examples", "enum"}) {
    const json::value* some = schema.if_contains(list);
    if (some != nullptr && some->is_array() && !some->get_array().empty()) return some->get_array().front();
  }
  for (const char* one : {"default", "const"})
    if (const json::value* some = schema.if_contains(one)) return *some;
  return std::nullopt;
}

std::string example_text(const json::object& schema, std::string_view member) {
  const json::value* format = schema.if_contains("format");
  const std::string_view name = format != nullptr && format->is_string() ? std::string_view(format->get_string()) : std::string_view();
  if (name == "date-time") return "2026-01-31T12:00:00Z";
  if (name == "date") return "2026-01-31";
  if (name == "time") return "12:00:00Z";
  if (name == "uuid") return "019b0000-0000-7000-8000-000000000001";
  std::string text(member.ends_with("_id") ? member.substr(0, member.size() - 3) : member);
  text += "-1";
  const auto limit = [&](const char* keyword, double otherwise) {
    return static_cast<std::size_t>(std::clamp(number_of(schema, keyword, otherwise), 0.0, 4096.0));
  };
  text.resize(std::max(text.size(), limit("minLength", 0)), 'x');
  text.resize(std::min(text.size(), limit("maxLength", 4096)));
  return text;
}

double example_number(const json::object& schema, double step) {
  const double least = std::max(number_of(schema, "minimum", 1), number_of(schema, "exclusiveMinimum", 1 - step) + step);
  return std::min({least, number_of(schema, "maximum", least), number_of(schema, "exclusiveMaximum", least + step) - step});
}

std::string pretty(const json::object& object) {
  std::string out;
  for (const auto& member : object)
    out += (out.empty() ? "  " : ",\n  ") + json::serialize(json::value(member.key())) + ": " + compact(member.value());
  return "{\n" + out + "\n}\n";
}

}  // namespace gofuture::cli
