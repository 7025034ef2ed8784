// Members of a JSON object, as far as they are there: an event of somebody else's may lack them, or have others in their place.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>

namespace city {

class Fields {
 public:
  explicit Fields(const std::string& text) {
    boost::system::error_code error;
    value_ = boost::json::parse(text, error);
    if (error || !value_.is_object()) value_ = boost::json::object();
  }
  bool empty() const { return value_.get_object().empty(); }
  std::string text(const char* name) const {  // "": there is no such text
    const auto* found = value_.get_object().if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
  }
  std::int64_t number(const char* name) const {  // 0: there is no such number
    const auto* found = value_.get_object().if_contains(name);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
  }

 private:
  boost::json::value value_;
};

}  // namespace city
