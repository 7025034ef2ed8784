#include "ingress/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <optional>
#include <set>

#include "base/listen_address.hpp"
#include "base/thread_name.hpp"
#include "ingress/connection.hpp"

namespace gofuture {

namespace asio = boost::asio;
using asio::ip::tcp;

// Everything but its constructor, `connections_count` and start() belongs to the thread that runs the context.
struct IngressServer::Network {
  explicit Network(IngressOptions all) : options(std::move(all)) {}
  ~Network() { destroyed = true; }

  void accept() {
    if (stopping || connections.size() >= options.connections_max) return;  // goes on when one ends
    accepting = true;
    acceptor.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      accepting = false;
      if (stopping || error == asio::error::operation_aborted) return;
      if (error) {  // no descriptors left, for example: not in a circle at full speed
        pause.expires_after(std::chrono::milliseconds(100));
        pause.async_wait([this](boost::system::error_code canceled) {
          if (!canceled && !accepting) accept();
        });
        return;
      }
      const auto connection = std::make_shared<Connection>(std::move(socket), *desk, options, [this](Connection* one) { closed(one); });
      connections.insert(connection.get());
      connections_count = connections.size();
      connection->start();
      accept();
    });
  }

  void closed(Connection* connection) {
    connections.erase(connection);
    connections_count = connections.size();
    if (destroyed) return;
    if (stopping && connections.empty()) finish();
    else if (!accepting) accept();
  }

  void stop() {
    stopping = true;
    desk->stop();
    boost::system::error_code ignored;
    acceptor.close(ignored);
    pause.cancel();
    const std::set<Connection*> all = connections;
    for (Connection* one : all)
      if (connections.contains(one)) one->stop();
    if (connections.empty()) return finish();
    deadline.expires_after(std::chrono::milliseconds(options.stop_timeout_ms));
    deadline.async_wait([this](boost::system::error_code canceled) {
      if (!canceled) context.stop();
    });
  }

  void finish() {
    deadline.cancel();
    guard.reset();
  }

  const IngressOptions options;
  std::set<Connection*> connections;
  std::atomic<std::size_t> connections_count = 0;
  bool accepting = false, stopping = false, destroyed = false;
  asio::io_context context{1};  // what is left in it when it goes are connections: they still know the above
  std::optional<Desk> desk;
  tcp::acceptor acceptor{context};
  asio::steady_timer pause{context}, deadline{context};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};  // waits for answers of the outbox, too
};

Result<std::unique_ptr<IngressServer>> IngressServer::make(IngressOptions options, std::shared_ptr<const Catalogue> catalogue, Clock& clock,
                                                           std::unique_ptr<Outbox> outbox, IngressProbe& probe) {
  auto acceptance = Acceptance::make(std::move(catalogue), clock, options.acceptance, static_cast<std::uint64_t>(clock.unix_ms()));
  if (!acceptance) return acceptance.error().within("the ingress");
  auto network = std::make_unique<Network>(std::move(options));
  network->desk.emplace(network->options, std::move(*acceptance), clock, *outbox,
                        [&context = network->context](std::function<void()> work) { asio::post(context, std::move(work)); }, probe);
  return std::unique_ptr<IngressServer>(new IngressServer(std::move(outbox), std::move(network)));
}

IngressServer::IngressServer(std::unique_ptr<Outbox> outbox, std::unique_ptr<Network> network)
    : network_(std::move(network)), outbox_(std::move(outbox)) {}

IngressServer::~IngressServer() {
  stop();
  outbox_.reset();
}

Result<std::uint16_t> IngressServer::start(const std::string& listen) {
  const auto parsed = parse_listen_address(listen);
  boost::system::error_code error;
  const auto address = parsed ? asio::ip::make_address(parsed->host, error) : asio::ip::address();
  if (!parsed || error)
    return Error("the ingress cannot listen on \"" + listen + "\": write address:port, such as 127.0.0.1:8088 (port 0 picks a free one)");
  if (network_->options.tokens.empty() && !address.is_loopback())
    return Error("the ingress has no token, so it listens on this machine alone and not on " + listen +
                 ": name tokens in [ingress] tokens_file or GOFUTURE_INGRESS_TOKENS, or listen on 127.0.0.1");
  const tcp::endpoint endpoint(address, parsed->port);
  auto& acceptor = network_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Error("the ingress cannot listen on " + listen + ": " + error.message() +
                 "; another process may have the port: choose another with GOFUTURE_INGRESS");
  const std::uint16_t port = acceptor.local_endpoint().port();
  network_->accept();
  thread_ = std::thread([network = network_.get()] {
    name_this_thread("ingress");
    network->context.run();
  });
  return port;
}

void IngressServer::stop() {
  if (!thread_.joinable()) return;
  asio::post(network_->context, [network = network_.get()] { network->stop(); });
  thread_.join();
}

std::size_t IngressServer::waiting() const { return network_->desk->group().waiting(); }
std::size_t IngressServer::connections() const { return network_->connections_count; }

}  // namespace gofuture
