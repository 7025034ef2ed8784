// Proxy: stands between a store and Postgres and loses answers on demand: it waits until the server has answered the next BEGIN (so
// that nothing can be committed) or the next COMMIT, throws that answer away and hangs up. What a network does between the two.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
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
  void lose_next_answer_to_begin() { waits_for_ = Answer::kBegin; }
  void lose_next_answer_to_commit() { waits_for_ = Answer::kCommit; }
  int lost() const { return lost_; }

 private:
  enum class Answer { kNone, kBegin, kCommit };

  bool loses(std::string_view answer);
  void accept_all();
  void serve(int client);
  int connect_server() const;

  const std::string host_, server_port_;
  int listener_ = -1, port_ = 0;
  std::atomic<Answer> waits_for_{Answer::kNone};
  std::atomic<bool> stopping_{false};
  std::atomic<int> lost_{0};
  std::vector<std::thread> threads_;  // one per connection
  std::thread acceptor_;
};

}  // namespace gofuture::test
