// One HTTP call, blocking, with a deadline. Any thread; no connection is kept.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace city {

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

// Nothing: no answer in time. `url` is http://HOST:PORT/PATH with a numeric host. A body makes it a POST.
std::optional<HttpAnswer> http_call(const std::string& url, int timeout_ms, const std::optional<std::string>& body = {},
                                    const std::map<std::string, std::string>& headers = {});

}  // namespace city
