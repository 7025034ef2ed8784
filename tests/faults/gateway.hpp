// Gateway: the other side of the function's HTTP calls. Charges once per Idempotency-Key, and can be asked about it.
#pragma once

#include <map>
#include <string>

#include "support/tiny_server.hpp"

namespace gofuture::test {

class Gateway {
 public:
  std::string url() const { return server_.url(); }
  // Per body, with how many different keys it was charged.
  std::map<std::string, int> charges() const {
    const std::lock_guard lock(mutex_);
    std::map<std::string, int> of;
    for (const auto& [key, body] : charged_) ++of[body];
    return of;
  }

 private:
  static std::string place(const std::string& body) {  // {"key":"a","n":1} is a-1
    const auto key = body.find(":\"") + 2, end = body.find('"', key), n = body.find("\"n\":", end) + 4;
    return body.substr(key, end - key) + "-" + body.substr(n, body.find('}', n) - n);
  }
  TinyAnswer serve(const TinyRequest& request) {
    constexpr const char* kOneEach = "Connection: close\r\n";  // the server has one connection at a time
    const std::lock_guard lock(mutex_);
    if (request.method == "POST") {
      charged_.emplace(request.idempotency_key, place(request.body));
      return {200, "{}", kOneEach};
    }
    for (const auto& [key, what] : charged_)
      if (request.path == "/charges/" + what) return {200, "{}", kOneEach};
    return {404, "{}", kOneEach};
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> charged_;  // by Idempotency-Key
  TinyServer server_{[this](const TinyRequest& request) { return serve(request); }};
};

}  // namespace gofuture::test
