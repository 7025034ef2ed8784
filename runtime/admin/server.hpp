// AdminServer: the process's small HTTP page: /metrics, /healthz, /readyz. Its own thread; every connection has a
// deadline, so that a slow reader holds nobody up. Reads only; nothing can be changed through it.
//
//   AdminServer server({{"/metrics", [&] { return Page{200, "text/plain; version=0.0.4", metrics.text()}; }}});
//   auto port = server.start("127.0.0.1:9464");   // port 0 picks a free one
//   server.stop();
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/result.hpp"

namespace gofuture {

struct Page {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class AdminServer {
 public:
  using Pages = std::map<std::string, std::function<Page()>>;
  explicit AdminServer(Pages pages);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  Result<std::uint16_t> start(const std::string& listen);
  void stop();

 private:
  struct Network;
  void serve();

  const Pages pages_;
  std::unique_ptr<Network> network_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace gofuture
