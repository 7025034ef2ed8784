// HttpClient and AllowList: outgoing HTTP for functions (libcurl lives in http_client.cpp and nowhere else).
//
// AllowList decides by scheme, host, port and path prefix of the *parsed* URL, and the request is then made from that parse,
// so there is no second reading of the text that could differ (no user@host tricks, no `//`, no `..`). Redirects are not
// followed; proxies, .netrc and everything else of the environment are ignored; answers above 1 MiB are cut off.
//
// HttpClient: one per handler thread; its one easy handle keeps connections alive. AllowList: immutable, shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

class AllowList {
 public:
  // Prefixes as in the manifest: "scheme://host[:port][/path]". Fails for one that is no such thing.
  static Result<AllowList> make(const std::vector<std::string>& prefixes);
  // Whether the URL may be asked; the error says what is allowed.
  Result<Done> check(const std::string& url) const;

 private:
  friend class HttpClient;
  struct Place {
    std::string scheme, host, port, path;
  };
  static Result<Place> place_of(void* parsed, const std::string& url);
  Result<Done> check_parsed(void* parsed, const std::string& url) const;
  std::vector<Place> allowed_;
  std::string text_;
};

struct HttpRequest {
  std::string method = "GET", url, content_type;
  std::string_view body;
  std::vector<std::string> headers;  // "Name: value"
  std::int64_t timeout_ms = 5'000;
};

struct HttpResponse {
  enum Result { kAnswered, kUnreachable, kUnknown, kForbidden } result = kForbidden;
  int status = 0;
  std::string body, error;
};

class HttpClient {
 public:
  static constexpr std::size_t kAnswerMax = 1 << 20;

  explicit HttpClient(const AllowList& allowed);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpResponse send(const HttpRequest& request);

 private:
  const AllowList& allowed_;
  void* easy_;
};

}  // namespace gofuture
