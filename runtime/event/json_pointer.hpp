// JSON pointers into an event's data.
//
// JsonReader reads one scalar out of an event's JSON without building a document (simdjson, on demand). `pointer` is an RFC 6901
// JSON pointer such as "/booking_id". Strings come unescaped, numbers and booleans as written. One Reader per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gofuture {

// One step of a pointer: "a/b~c" -> "a~1b~0c".
std::string pointer_token(std::string_view name);

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // Fails with a sentence when data is not JSON, the pointer leads nowhere, or to something that is not a scalar.
  Result<std::string> scalar(std::string_view data, std::string_view pointer);
  // For `fence = { newest = … }`: an integer is milliseconds since 1970, a string is RFC 3339. Microseconds since 1970.
  Result<std::int64_t> time_us(std::string_view data, std::string_view pointer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gofuture
