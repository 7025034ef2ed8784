// Schema: one compiled JSON Schema. Compiling is slow and done once at start; checking is const and thread-safe.
//
//   auto schema = Schema::compile(text, "manifests/schemas/BookingCreated.json");
//   if (auto valid = schema->check(event.data); !valid) -> valid.error(): "/region_id: is missing; ..."
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

struct Finding {
  std::string pointer;  // RFC 6901, "" is the whole event
  std::string what;
};

class Schema {
 public:
  static Result<Schema> compile(std::string_view text, std::string_view file);
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // What is wrong names the place in the data as a JSON pointer and the rule that it breaks; at most three findings.
  Result<Done> check(std::string_view data) const;
  // The same, place by place; empty: nothing is wrong.
  std::vector<Finding> findings(std::string_view data) const;

 private:
  struct Impl;
  explicit Schema(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gofuture
