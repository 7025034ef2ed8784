#include "integration/postgres_proxy.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "base/assert.hpp"

namespace gofuture::test {
namespace {

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// The answers: CommandComplete with the statement's tag, ended by a NUL.
constexpr std::string_view kBegun("BEGIN\0", 6), kCommitted("COMMIT\0", 7);

}  // namespace

Proxy::Proxy(std::string host, std::string port) : host_(std::move(host)), server_port_(std::move(port)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  GOFUTURE_ASSERT(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "a free port");
  GOFUTURE_ASSERT(::listen(listener_, 16) == 0, "a listening socket");
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void Proxy::accept_all() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 50) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) threads_.emplace_back([this, client] { serve(client); });
  }
}

int Proxy::connect_server() const {
  int server = -1;
  if (host_.starts_with('/')) {
    server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = host_ + "/.s.PGSQL." + server_port_;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    GOFUTURE_ASSERT(::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "Postgres' socket");
    return server;
  }
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  GOFUTURE_ASSERT(::getaddrinfo(host_.c_str(), server_port_.c_str(), &hints, &found) == 0, "Postgres' address");
  server = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  GOFUTURE_ASSERT(::connect(server, found->ai_addr, found->ai_addrlen) == 0, "Postgres' port");
  ::freeaddrinfo(found);
  return server;
}

bool Proxy::loses(std::string_view answer) {
  Answer waited = waits_for_;
  if (waited == Answer::kNone || answer.find(waited == Answer::kBegin ? kBegun : kCommitted) == std::string_view::npos) return false;
  return waits_for_.compare_exchange_strong(waited, Answer::kNone);
}

void Proxy::serve(int client) {
  const int server = connect_server();
  char bytes[1 << 16];
  while (!stopping_) {
    pollfd waiting[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(waiting, 2, 50) <= 0) continue;
    if (waiting[0].revents != 0) {
      const auto got = ::recv(client, bytes, sizeof bytes, 0);
      if (got <= 0 || !send_all(server, {bytes, static_cast<std::size_t>(got)})) break;
    }
    if (waiting[1].revents != 0) {
      const auto got = ::recv(server, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      const std::string_view answer(bytes, static_cast<std::size_t>(got));
      if (loses(answer)) {
        ++lost_;
        break;
      }
      if (!send_all(client, answer)) break;
    }
  }
  ::close(server);
  ::close(client);
}

}  // namespace gofuture::test
