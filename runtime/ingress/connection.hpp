// Connection: one connection of the ingress. Internal to server.cpp. Reads a request's head, has it judged before the body is read, reads
// the body, and answers; then the next request. Keeps itself alive while anything is under way.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <functional>
#include <memory>
#include <optional>

#include "ingress/desk.hpp"

namespace gofuture {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `closed` is called at its end, on the same thread.
  Connection(boost::asio::ip::tcp::socket socket, Desk& desk, const IngressOptions& options, std::function<void(Connection*)> closed);
  ~Connection();

  void start() { await_request(); }
  // A request that is whole is still answered; else the connection is closed.
  void stop();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void await_request();
  void read_head();
  void judge_head();
  void read_body();
  void hand_over();
  void answer(const Reply& answer, bool close);
  void discard();
  void fail(boost::beast::error_code error);

  boost::beast::tcp_stream stream_;
  Desk& desk_;
  const IngressOptions& options_;
  const std::function<void(Connection*)> closed_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  std::optional<boost::beast::http::response<boost::beast::http::empty_body>> go_on_;  // 100 Continue
  std::size_t discarded_ = 0;
  bool whole_ = false, stopping_ = false;  // whole: the request is with the desk, or being answered
};

}  // namespace gofuture
