#include "event/json_array.hpp"

#include <simdjson.h>

namespace gofuture {
namespace {

Error not_an_array(simdjson::error_code code) {
  if (code == simdjson::INCORRECT_TYPE) return Error("is not a JSON array");
  return Error(std::string("is not JSON: ") + simdjson::error_message(code));
}

}  // namespace

Result<std::vector<std::string>> json_array_elements(std::string_view text, std::size_t most) {
  namespace ondemand = simdjson::ondemand;
  const simdjson::padded_string padded(text);
  ondemand::parser parser;
  ondemand::document document;
  if (const auto code = parser.iterate(padded).get(document)) return not_an_array(code);
  ondemand::array array;
  if (const auto code = document.get_array().get(array)) return not_an_array(code);
  std::vector<std::string> elements;
  for (auto one : array) {
    ondemand::value value;
    if (const auto code = std::move(one).get(value)) return not_an_array(code);
    ondemand::json_type type{};
    if (const auto code = value.type().get(type)) return not_an_array(code);
    std::string_view raw;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (const auto code = value.get_object().get(object)) return not_an_array(code);
      if (const auto code = object.raw_json().get(raw)) return not_an_array(code);
    } else if (type == ondemand::json_type::array) {
      ondemand::array inner;
      if (const auto code = value.get_array().get(inner)) return not_an_array(code);
      if (const auto code = inner.raw_json().get(raw)) return not_an_array(code);
    } else {
      raw = value.raw_json_token();
    }
    elements.emplace_back(raw);
    if (elements.size() == most) return elements;
  }
  const char* behind = nullptr;
  if (document.current_location().get(behind) != simdjson::OUT_OF_BOUNDS) return Error("is not JSON: something follows the closing bracket");
  return elements;
}

}  // namespace gofuture
