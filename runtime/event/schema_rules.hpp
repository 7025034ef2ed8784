// The keywords of a JSON Schema that valijson must not see, checked by ourselves. Internal to runtime/event.
//
// valijson 1.0 compiles a std::regex anew for each `format` it checks (measured: half a millisecond for one date-time) and
// throws on a `format` beside a number; and std::regex recurses once per character, so a long text under a `pattern` ends the
// process. So `format` and `pattern` are taken out of the schema into a tree of rules: formats are parsed by hand, patterns
// are compiled once and never run over a text longer than kPatternTextMax.
//
// While at it every keyword is looked at: one that nobody would check is an error instead of a hole.
#pragma once

#include <boost/json.hpp>
#include <deque>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "event/schema.hpp"

namespace gofuture {

inline constexpr std::size_t kPatternTextMax = 4096;

class SchemaRules {
 public:
  struct Node {
    std::vector<std::string> formats;
    std::vector<std::pair<std::string, std::regex>> patterns;
    std::map<std::string, const Node*, std::less<>> properties;
    std::vector<const Node*> additional, items, also;  // also: allOf and $ref, the same value under more rules
    std::string type;                                  // "an integer", "a string or null": for messages
  };

  // Takes `format` and `pattern` out of the schema that it is given.
  static Result<SchemaRules> take_from(boost::json::value& schema);

  bool empty() const { return empty_; }
  bool holds(const boost::json::value& value) const;
  static bool holds(const Node& node, std::string_view text);
  const Node& root() const { return *root_; }
  void explain(const boost::json::value& value, std::vector<Finding>& findings) const;
  // What the schema wants at this place of the data, as words; empty when it says nothing simple.
  std::string wanted_type(const std::vector<std::string>& path) const;

 private:
  class Builder;
  std::deque<Node> nodes_;
  const Node* root_ = nullptr;
  bool empty_ = true;
};

}  // namespace gofuture
