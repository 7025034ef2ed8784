// Proxy: stands between a store and Postgres and loses answers on demand: it lets the next COMMIT through, waits until the server
// has answered it, throws that answer away and hangs up. What a network does between the two.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gofuture::test {

class Proxy {
 public:
  Proxy(std::string host, std::string port);  // of Postgres
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const { return port_; }  // on 127.0.0.1
  void lose_next_answer_to_commit() { armed_ = true; }
  int lost() const { return lost_; }

 private:
  void accept_all();
  void serve(int client);
  int connect_server() const;

  const std::string host_, server_port_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> armed_{false}, stopping_{false};
  std::atomic<int> lost_{0};
  std::mutex mutex_;
  std::vector<std::thread> threads_;  // one per connection
  std::thread acceptor_;
};

}  // namespace gofuture::test
