#include "admin/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <optional>

#include "base/listen_address.hpp"
#include "base/thread_name.hpp"

namespace gofuture {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto kDeadline = std::chrono::seconds(5);

std::optional<tcp::endpoint> endpoint_of(const std::string& listen) {
  const auto parsed = parse_listen_address(listen);
  if (!parsed) return std::nullopt;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(parsed->host, error);
  if (error) return std::nullopt;
  return tcp::endpoint(address, parsed->port);
}

}  // namespace

// One request a connection: a scrape every few seconds needs no keep-alive, and nobody can sit on the connection.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const AdminServer::Pages& pages) : stream_(std::move(socket)), pages_(pages) {}

  void start() {
    stream_.expires_after(kDeadline);
    parser_.body_limit(0);
    parser_.header_limit(8 * 1024);
    http::async_read(stream_, buffer_, parser_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->respond();
    });
  }

 private:
  void respond() {
    const auto& request = parser_.get();
    std::string path(request.target());
    path = path.substr(0, path.find('?'));
    Page page;
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      page = {405, "text/plain; charset=utf-8", "only GET is answered here\n"};
    } else if (const auto found = pages_.find(path); found != pages_.end()) {
      page = found->second();
    } else {
      page = {404, "text/plain; charset=utf-8", "nothing here; there are"};
      for (const auto& [name, unused] : pages_) page.body += " " + name;
      page.body += "\n";
    }
    response_.result(static_cast<unsigned>(page.status));
    response_.set(http::field::content_type, page.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.keep_alive(false);
    response_.body() = request.method() == http::verb::head ? std::string() : std::move(page.body);
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code, std::size_t) {
      beast::error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  const AdminServer::Pages& pages_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
};

struct AdminServer::Network {
  asio::io_context context{1};
  tcp::acceptor acceptor{context};

  void accept(const Pages& pages) {
    acceptor.async_accept([this, &pages](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) std::make_shared<Session>(std::move(socket), pages)->start();
      accept(pages);
    });
  }
};

AdminServer::AdminServer(Pages pages) : pages_(std::move(pages)), network_(std::make_unique<Network>()) {}

AdminServer::~AdminServer() { stop(); }

Result<std::uint16_t> AdminServer::start(const std::string& listen) {
  const auto endpoint = endpoint_of(listen);
  if (!endpoint)
    return Error("cannot listen on \"" + listen + "\": write address:port, such as 127.0.0.1:9464 (port 0 picks a free one)");
  auto& acceptor = network_->acceptor;
  boost::system::error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(64, error);
  if (error)
    return Error("cannot listen on " + listen + ": " + error.message() +
                 "; another process may have the port: choose another with GOFUTURE_LISTEN");
  const std::uint16_t port = acceptor.local_endpoint().port();
  network_->accept(pages_);
  thread_ = std::thread([this] {
    name_this_thread("admin");
    serve();
  });
  return port;
}

void AdminServer::serve() { network_->context.run(); }

void AdminServer::stop() {
  if (stopping_.exchange(true)) return;
  network_->context.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace gofuture
