// TinyServer: HTTP on the loopback for tests. Takes one connection at a time, each for as many requests as come.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace gofuture::test {

struct TinyRequest {
  std::string method, path, idempotency_key, body;
};
struct TinyAnswer {
  int status = 200;
  std::string body, headers = {};  // "Name: value\r\n"
  bool silent = false;             // never comes; the client gives up
};

class TinyServer {
 public:
  // Nothing: the connection is closed without an answer. Called on the server's thread.
  using Serve = std::function<std::optional<TinyAnswer>(const TinyRequest&)>;

  explicit TinyServer(Serve serve) : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TinyServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
    ::close(listener_);
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;

  std::atomic<int> connections = 0;
  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<TinyRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // "POST /v1/charges", …
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const TinyRequest& one : requests()) all.push_back(one.method + " " + one.path);
    return all;
  }

 private:
  void run() {
    for (;;) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (stopping_ || connection < 0) return;
      {
        const std::lock_guard lock(mutex_);
        connection_ = connection;
      }
      ++connections;
      while (answer(connection)) {
      }
      const std::lock_guard lock(mutex_);
      connection_ = -1;
      ::close(connection);
    }
  }

  static std::string header(const std::string& head, const std::string& name) {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find('\r', begin) - begin);
  }

  bool answer(int connection) {
    std::string text;
    char buffer[4096];
    std::size_t end = std::string::npos, size = 0;
    while (end == std::string::npos || text.size() < end + 4 + size) {
      const ssize_t got = ::read(connection, buffer, sizeof buffer);
      if (got <= 0) return false;
      text.append(buffer, static_cast<std::size_t>(got));
      end = text.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const std::string length = header(text.substr(0, end + 2), "Content-Length");
      size = length.empty() ? 0 : std::stoul(length);
    }
    TinyRequest request;
    request.method = text.substr(0, text.find(' '));
    const auto path = request.method.size() + 1;
    request.path = text.substr(path, text.find(' ', path) - path);
    request.idempotency_key = header(text.substr(0, end + 2), "Idempotency-Key");
    request.body = text.substr(end + 4);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const auto told = serve_(request);
    if (!told) return false;
    if (told->silent) {
      while (::read(connection, buffer, sizeof buffer) > 0) {
      }
      return false;
    }
    const std::string all = "HTTP/1.1 " + std::to_string(told->status) + " Told\r\n" + told->headers + "Content-Length: " + std::to_string(told->body.size()) + "\r\n\r\n" + told->body;
    for (std::size_t sent = 0; sent < all.size();) {
      const ssize_t wrote = ::send(connection, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
      if (wrote <= 0) return false;
      sent += static_cast<std::size_t>(wrote);
    }
    return true;
  }

  const Serve serve_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  int connection_ = -1;
  std::vector<TinyRequest> requests_;
  std::thread thread_;
};

}  // namespace gofuture::test
