// PlainSchema: the schemas that most events have (objects with required and typed members, bounds, lengths and lists of words), as a tree that
// is walked instead of asking valijson. It only ever says "fits for certain": whatever it is not sure of goes to valijson, which also
// says what is wrong. Internal to runtime/event.
#pragma once

#include <boost/json.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gofuture {

class PlainSchema {
 public:
  // Nothing: the schema has a keyword that only valijson knows.
  static std::optional<PlainSchema> of(const boost::json::value& schema);
  bool surely_fits(const boost::json::value& data) const;

 private:
  enum class Type { kAny, kObject, kArray, kString, kInteger, kNumber, kBoolean };
  bool read(const boost::json::object& schema);
  bool read_keyword(std::string_view name, const boost::json::value& value);
  bool may_stand_together() const;
  bool fits_object(const boost::json::object& data) const;
  bool fits_text(const boost::json::string& text) const;
  bool fits_number(double number) const { return number >= minimum_ && number <= maximum_; }

  Type type_ = Type::kAny;
  std::vector<std::string> required_, words_;
  std::vector<std::pair<std::string, PlainSchema>> properties_;
  std::shared_ptr<const PlainSchema> items_;
  double minimum_ = -std::numeric_limits<double>::infinity(), maximum_ = std::numeric_limits<double>::infinity();
  std::uint64_t shortest_ = 0, longest_ = std::numeric_limits<std::uint64_t>::max();  // of a text in characters, of an array in elements
  bool bounded_ = false, measured_ = false;
};

}  // namespace gofuture
