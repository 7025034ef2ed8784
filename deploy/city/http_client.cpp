#include "http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "database.hpp"  // Trouble

namespace city {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {
asio::awaitable<void> call(asio::ip::tcp::endpoint to, http::request<http::string_body> request, int timeout_ms, std::optional<HttpAnswer>& answer) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_after(std::chrono::milliseconds(timeout_ms));
  co_await stream.async_connect(to, asio::use_awaitable);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(64 << 20);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  answer = HttpAnswer{parser.get().result_int(), std::move(parser.get().body())};
}
}  // namespace

std::optional<HttpAnswer> http_call(const std::string& url, int timeout_ms, const std::optional<std::string>& body,
                                    const std::map<std::string, std::string>& headers) {
  constexpr std::string_view kScheme = "http://";
  const auto slash = url.find('/', kScheme.size());
  const auto authority = url.substr(kScheme.size(), slash == std::string::npos ? std::string::npos : slash - kScheme.size());
  const auto colon = authority.rfind(':');
  boost::system::error_code error;
  const auto host = asio::ip::make_address(authority.substr(0, colon), error);
  if (!url.starts_with(kScheme) || error || colon == std::string::npos) throw Trouble("\"" + url + "\" is not http://ADDRESS:PORT/…");
  http::request<http::string_body> request(body ? http::verb::post : http::verb::get, slash == std::string::npos ? "/" : url.substr(slash), 11);
  request.set(http::field::host, authority);
  request.keep_alive(false);
  for (const auto& [name, value] : headers) request.set(name, value);
  if (body) {
    request.set(http::field::content_type, "application/json");
    request.body() = *body;
  }
  request.prepare_payload();
  std::optional<HttpAnswer> answer;
  asio::io_context io(1);
  asio::co_spawn(io, call({host, static_cast<std::uint16_t>(std::stoi(authority.substr(colon + 1)))}, std::move(request), timeout_ms, answer),
                 [](const std::exception_ptr&) {});  // no answer is an answer: nothing
  io.run();
  return answer;
}

}  // namespace city
