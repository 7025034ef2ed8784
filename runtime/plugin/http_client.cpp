#include "plugin/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "plugin/text.hpp"

namespace gofuture {
namespace {

struct UrlFree {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlFree>;

struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

const bool kStarted = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;  // before main: it is not thread-safe

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return std::nullopt;
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20U && c != 0x7f && c != '\\'; });
}

bool is_header(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20U && c != 0x7f; });
}

// Servers decode these before they resolve paths; a prefix says nothing about what comes out.
bool hides_path(const std::string& path) {
  const std::string low = lower(path);
  return low.find("%2e") != std::string::npos || low.find("%2f") != std::string::npos || low.find("%5c") != std::string::npos ||
         low.find("//") != std::string::npos;
}

bool below(const std::string& path, const std::string& prefix) {
  if (prefix == "/") return true;
  if (!path.starts_with(prefix) || hides_path(path)) return false;
  return prefix.back() == '/' || path.size() == prefix.size() || path[prefix.size()] == '/';
}

Error not_url(const std::string& url, const std::string& why) { return Error("\"" + printable(url, 200) + "\" is no usable URL: " + why); }

Result<Url> parse(const std::string& url) {
  if (!plain(url)) return not_url(url, "it holds blanks, backslashes or control characters");
  Url parsed(curl_url());
  if (!parsed) return not_url(url, "out of memory");
  if (const CURLUcode bad = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0); bad != CURLUE_OK)
    return not_url(url, curl_url_strerror(bad));
  return parsed;
}

struct Received {
  std::string body;
  bool too_large = false;
};

std::size_t receive(char* data, std::size_t one, std::size_t count, void* into) {
  auto& received = *static_cast<Received*>(into);
  const std::size_t size = one * count;
  if (received.body.size() + size > HttpClient::kAnswerMax) {
    received.too_large = true;
    return 0;  // ends the transfer
  }
  received.body.append(data, size);
  return size;
}

HttpResponse refused(std::string why) { return {HttpResponse::kForbidden, 0, {}, std::move(why)}; }

std::unique_ptr<curl_slist, ListFree> header_list(const HttpRequest& request) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // no second round trip for large bodies
  for (const std::string& header : request.headers) list = curl_slist_append(list, header.c_str());
  const std::string type = "Content-Type:" + (request.content_type.empty() ? "" : " " + request.content_type);
  list = curl_slist_append(list, type.c_str());
  return std::unique_ptr<curl_slist, ListFree>(list);
}

void set_method(CURL* easy, const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

}  // namespace

Result<AllowList> AllowList::make(const std::vector<std::string>& prefixes) {
  AllowList list;
  for (const std::string& prefix : prefixes) {
    auto parsed = parse(prefix);
    if (!parsed) return parsed.error();
    auto place = place_of(parsed->get(), prefix);
    if (!place) return place.error();
    if (part_of(parsed->get(), CURLUPART_QUERY) || part_of(parsed->get(), CURLUPART_FRAGMENT) || hides_path(place->path))
      return not_url(prefix, "an allowed prefix is scheme://host[:port][/path] and nothing more");
    list.allowed_.push_back(std::move(*place));
    list.text_ += (list.text_.empty() ? "" : ", ") + prefix;
  }
  return list;
}

Result<AllowList::Place> AllowList::place_of(void* parsed, const std::string& url) {
  auto* handle = static_cast<CURLU*>(parsed);
  if (part_of(handle, CURLUPART_USER) || part_of(handle, CURLUPART_PASSWORD))
    return not_url(url, "it holds a user name or password; send credentials as a header");
  const auto scheme = part_of(handle, CURLUPART_SCHEME), host = part_of(handle, CURLUPART_HOST),
             port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT), path = part_of(handle, CURLUPART_PATH);
  if (!scheme || !host || host->empty() || !port || !path) return not_url(url, "scheme, host or port are missing");
  Place place{lower(*scheme), lower(*host), *port, *path};
  if (place.scheme != "http" && place.scheme != "https") return not_url(url, "only http and https are spoken");
  return place;
}

Result<Done> AllowList::check_parsed(void* parsed, const std::string& url) const {
  const auto place = place_of(parsed, url);
  if (!place) return place.error();
  for (const Place& allowed : allowed_)
    if (place->scheme == allowed.scheme && place->host == allowed.host && place->port == allowed.port && below(place->path, allowed.path))
      return ok();
  return Error("\"" + printable(url, 200) + "\" is not in [http] allow (" + (text_.empty() ? "nothing is" : text_) + ")");
}

Result<Done> AllowList::check(const std::string& url) const {
  const auto parsed = parse(url);
  if (!parsed) return parsed.error();
  return check_parsed(parsed->get(), url);
}

HttpClient::HttpClient(const AllowList& allowed) : allowed_(allowed), easy_(kStarted ? curl_easy_init() : nullptr) {}
HttpClient::~HttpClient() {
  if (easy_ != nullptr) curl_easy_cleanup(easy_);
}

HttpResponse HttpClient::send(const HttpRequest& request) {
  static constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  if (easy_ == nullptr) return {HttpResponse::kUnreachable, 0, {}, "libcurl could not be started"};
  if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end())
    return refused("\"" + printable(request.method, 20) + "\" is no HTTP method that functions may use");
  if (!is_header(request.content_type)) return refused("the content type holds control characters");
  auto parsed = parse(request.url);
  if (!parsed) return refused(parsed.error().message());
  if (const auto allowed = allowed_.check_parsed(parsed->get(), request.url); !allowed) return refused(allowed.error().message());

  auto* easy = static_cast<CURL*>(easy_);
  curl_easy_reset(easy);  // connections stay
  Received received;
  std::array<char, CURL_ERROR_SIZE> why{};
  const auto headers = header_list(request);
  curl_easy_setopt(easy, CURLOPT_CURLU, parsed->get());  // what was checked, not its text again
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // empty, not null: also ignores http_proxy of the environment
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(request.timeout_ms, 1)));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "gofuture/0");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why.data());
  set_method(easy, request);
  const CURLcode code = curl_easy_perform(easy);

  long sent = 0, status = 0;
  curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (code == CURLE_OK) return {HttpResponse::kAnswered, static_cast<int>(status), std::move(received.body), {}};
  const std::string reason = printable(why[0] != '\0' ? why.data() : curl_easy_strerror(code), 300);
  if (received.too_large)
    return {HttpResponse::kUnknown, 0, {}, "the answer is larger than 1 MiB; it was cut off"};
  // What matters is whether a byte of the request left: only then can the other side have acted on it.
  return {sent == 0 ? HttpResponse::kUnreachable : HttpResponse::kUnknown, 0, {}, reason};
}

}  // namespace gofuture
