// Values that a JSON Schema allows, for examples: what it gives itself (examples, enum, default, const), else something short within
// its limits and formats (not its patterns). And JSON as people write it.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace gofuture::cli {

std::optional<boost::json::value> given_example(const boost::json::object& schema);
std::string example_text(const boost::json::object& schema, std::string_view member);  // "order_id" -> "order-1"
double example_number(const boost::json::object& schema, double step);

std::string number_text(double number);                   // shortest, with a point: "0.5", "1.0"
std::string pretty(const boost::json::object& object);    // a member a line

}  // namespace gofuture::cli
