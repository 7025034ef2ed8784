// EventStruct: what the JSON Schema of an event type says, as a C++ struct and as an example of the data.
//
// Taken are string, integer, number, boolean, arrays of one type, objects (a nested struct, or a std::map where only
// additionalProperties says something), local $ref, and the same with null. What is neither is left out, with a comment that says so;
// a function reads it by event().data().
//
//   const EventStruct order = EventStruct::of(*catalogue.event("OrderPlaced"));
//   order.text();                 // "struct OrderPlaced {…};\nBOOST_DESCRIBE_STRUCT(…)\n", nested structs before it
//   order.example();              // {"order_id": "order-1", …}: every member that is required
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/manifest.hpp"

namespace gofuture::cli {

class EventStruct {
 public:
  struct Member {
    std::string name, type;      // as in C++
    bool required = false;
    boost::json::value example;
    std::string initializer;     // the example in C++
  };

  static EventStruct of(const EventType& type);

  const std::string& name() const { return name_; }
  const std::vector<Member>& members() const { return members_; }
  std::string text() const;
  boost::json::object example() const;
  // {.order_id = "order-1", .quantity = 1}: its required members, one a line where they are many; where `from` has the same one,
  // "from_name.order_id" instead. `indent`: of the statement that it stands in.
  std::string initializer(std::size_t indent, const EventStruct* from = nullptr, std::string_view from_name = {}) const;

 private:
  class Reader;
  std::string name_, nested_;       // nested_: the text of the structs that it holds
  std::vector<Member> members_;
  std::vector<std::string> left_out_;
};

bool is_keyword(std::string_view word);  // of C++: no name of anything

}  // namespace gofuture::cli
