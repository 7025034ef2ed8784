// PlainSchema: the schemas that most events have (objects with required and typed members, bounds, lengths, lists of words, formats and
// patterns), as a tree that is walked over simdjson's document instead of asking valijson over Boost.JSON's. It only ever says "fits for
// certain": whatever it is not sure of goes to valijson, which also says what is wrong. Checking is const and thread-safe. Internal to
// runtime/event.
#pragma once

#include <boost/json.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/schema_rules.hpp"

namespace gofuture {

class PlainSchema {
 public:
  // Of a schema from which `rules` were taken, which must outlive it. Nothing: the schema has a keyword that only valijson knows.
  static std::optional<PlainSchema> of(const boost::json::value& schema, const SchemaRules& rules);
  bool surely_fits(std::string_view data) const;

 private:
  enum class Type { kAny, kObject, kArray, kString, kInteger, kNumber, kBoolean };
  struct Member {
    std::string name;
    std::shared_ptr<const PlainSchema> schema;  // null: required, and anything
  };
  struct Walk;  // over simdjson's document, which nobody else needs to see

  static std::optional<PlainSchema> of(const boost::json::value& schema, const SchemaRules::Node* rules);
  bool read(const boost::json::object& schema);
  bool read_keyword(std::string_view name, const boost::json::value& value);
  bool read_type(const boost::json::value& value);
  bool read_properties(const boost::json::value& properties);
  bool read_required(const boost::json::value& names);
  bool may_stand_together() const;
  Member& member(std::string_view name);
  bool fits_number(double number) const { return number >= minimum_ && number <= maximum_; }
  bool fits_text(std::string_view text) const;

  Type type_ = Type::kAny;
  std::vector<std::string> words_;
  std::vector<Member> members_;
  std::uint64_t required_ = 0;  // a bit for each of members_
  std::shared_ptr<const PlainSchema> items_;
  const SchemaRules::Node* rules_ = nullptr;
  double minimum_ = -std::numeric_limits<double>::infinity(), maximum_ = std::numeric_limits<double>::infinity();
  std::uint64_t shortest_ = 0, longest_ = std::numeric_limits<std::uint64_t>::max();  // of a text in characters, of an array in elements
  bool nullable_ = false, bounded_ = false, measured_ = false;
};

}  // namespace gofuture
