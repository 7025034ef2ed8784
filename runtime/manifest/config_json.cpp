#include "manifest/config_json.hpp"

#include <boost/json.hpp>

#include <cmath>

namespace gofuture {
namespace json = boost::json;
namespace {

json::value json_of(const Value& value, const Report& report) {
  switch (value.kind) {
    case Value::Kind::kTable: {
      json::object object;
      for (const auto& member : value.members) object[member.name] = json_of(member.value, report);
      return object;
    }
    case Value::Kind::kArray: {
      json::array array;
      for (const Value& item : value.items) array.push_back(json_of(item, report));
      return array;
    }
    case Value::Kind::kText:
    case Value::Kind::kTime: return json::string(value.text);
    case Value::Kind::kInteger: return value.integer;
    case Value::Kind::kBoolean: return value.boolean;
    case Value::Kind::kNumber: break;
  }
  if (!std::isfinite(value.number)) report.add(value.at, "[config] is handed over as JSON, which has neither inf nor nan");
  return value.number;
}

}  // namespace

std::string config_json(const Value& table, const Report& report) { return json::serialize(json_of(table, report)); }

}  // namespace gofuture
