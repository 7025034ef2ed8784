#include "admin/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>

namespace gofuture {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::uint64_t kBodyMax = 64 << 20;

struct Address {
  std::string host, port;
};

// Every exchange is bounded by the stream's deadline; what goes wrong is thrown by Asio and ends in ask_page().
asio::awaitable<http::response<http::string_body>> exchange(Address at, std::string path, int timeout_ms) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  beast::tcp_stream stream(executor);
  const auto found = co_await resolver.async_resolve(at.host, at.port, asio::use_awaitable);
  stream.expires_after(std::chrono::milliseconds(timeout_ms));
  co_await stream.async_connect(found, asio::use_awaitable);
  http::request<http::empty_body> request(http::verb::get, path, 11);
  request.set(http::field::host, at.host);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kBodyMax);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return parser.release();
}

}  // namespace

Result<std::string> ask_page(const std::string& address, const std::string& path, int timeout_ms) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return Error("\"" + address + "\" is no address; say host:port, as GOFUTURE_LISTEN does");
  Address at{address.substr(0, colon), address.substr(colon + 1)};
  if (at.host.size() > 1 && at.host.front() == '[' && at.host.back() == ']') at.host = at.host.substr(1, at.host.size() - 2);
  asio::io_context io;
  http::response<http::string_body> response;
  std::exception_ptr failure;
  asio::co_spawn(io, exchange(std::move(at), path, timeout_ms), [&](std::exception_ptr thrown, http::response<http::string_body> answer) {
    failure = thrown;
    response = std::move(answer);
  });
  io.run();
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    const auto* system = dynamic_cast<const boost::system::system_error*>(&error);
    return Error("nobody answers at " + address + ": " + (system != nullptr ? system->code().message() : error.what()));
  }
  if (response.result_int() != 200) return Error(address + path + " answers with " + std::to_string(response.result_int()));
  return response.body();
}

}  // namespace gofuture
