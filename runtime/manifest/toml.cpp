// The only unit that sees TOML++. Without NDEBUG its parser aborts on some invalid files (a lone "[").
#ifndef NDEBUG
#define NDEBUG
#endif
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include "manifest/toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace gofuture {
namespace {

Place place_of(const toml::source_region& region) {
  Place place;
  place.line = static_cast<int>(region.begin.line);
  place.column = static_cast<int>(region.begin.column);
  if (region.end.line == region.begin.line && region.end.column > region.begin.column)
    place.width = static_cast<int>(region.end.column - region.begin.column);
  return place;
}

template <class T>
std::string printed(const T& time) {
  std::ostringstream out;
  out << time;
  return out.str();
}

Value value_of(const toml::node& node);

void fill_table(Value& value, const toml::table& table) {
  for (const auto& [key, member] : table)
    value.members.push_back({std::string(key.str()), place_of(key.source()), value_of(member)});
  std::stable_sort(value.members.begin(), value.members.end(), [](const auto& a, const auto& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
}

Value value_of(const toml::node& node) {
  Value value;
  value.at = place_of(node.source());
  switch (node.type()) {
    case toml::node_type::table:
      value.kind = Value::Kind::kTable;
      fill_table(value, *node.as_table());
      break;
    case toml::node_type::array:
      value.kind = Value::Kind::kArray;
      for (const auto& item : *node.as_array()) value.items.push_back(value_of(item));
      break;
    case toml::node_type::string:
      value.kind = Value::Kind::kText;
      value.text = node.as_string()->get();
      break;
    case toml::node_type::integer:
      value.kind = Value::Kind::kInteger;
      value.integer = node.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      value.kind = Value::Kind::kNumber;
      value.number = node.as_floating_point()->get();
      break;
    case toml::node_type::boolean:
      value.kind = Value::Kind::kBoolean;
      value.boolean = node.as_boolean()->get();
      break;
    case toml::node_type::date:
      value.kind = Value::Kind::kTime;
      value.text = printed(node.as_date()->get());
      break;
    case toml::node_type::time:
      value.kind = Value::Kind::kTime;
      value.text = printed(node.as_time()->get());
      break;
    case toml::node_type::date_time:
      value.kind = Value::Kind::kTime;
      value.text = printed(node.as_date_time()->get());
      break;
    default: break;
  }
  return value;
}

}  // namespace

std::optional<Value> parse_toml(const Report& report) {
  if (const auto broken = broken_limit(report.text())) {
    report.add_syntax(broken->at, broken->what);
    return std::nullopt;
  }
  try {
    const toml::parse_result result = toml::parse(report.text(), report.file());
    if (result) {
      Value root = value_of(result.table());
      root.at = {};  // what is missing at the top is missing in the file as a whole
      return root;
    }
    const auto& error = result.error();
    std::string_view why = error.description();
    constexpr std::string_view kNoise = "Error ";
    if (why.starts_with(kNoise)) why.remove_prefix(kNoise.size());
    report.add_syntax(place_of(error.source()), "this is not TOML: " + std::string(why));
  } catch (const std::exception& thrown) {
    report.add_syntax({}, std::string("cannot be parsed: ") + thrown.what());
  }
  return std::nullopt;
}

}  // namespace gofuture
