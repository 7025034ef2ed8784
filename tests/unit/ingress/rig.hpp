// What the tests of the ingress share: an outbox that remembers what it was asked to write and answers as it is told, and a client
// that speaks HTTP over a socket, byte by byte.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ingress/server.hpp"
#include "support/manual_clock.hpp"
#include "support/test_plan.hpp"

namespace gofuture::test {

// In Postgres' place. Keeps the fence as it does: an id passes once.
class MemoryOutbox : public Outbox {
 public:
  void write(std::vector<Submission> together, Answers& answers) override {
    std::unique_lock lock(mutex_);
    ++transactions_;
    if (holding_) {
      held_.emplace_back(std::move(together), &answers);
      changed_.notify_all();
      return;
    }
    std::vector<Written> all = judge(together);
    lock.unlock();
    answers.answered(std::move(all));
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void release() {
    std::unique_lock lock(mutex_);
    holding_ = false;
    auto held = std::exchange(held_, {});
    for (auto& [together, answers] : held) {
      std::vector<Written> all = judge(together);
      lock.unlock();
      answers->answered(std::move(all));
      lock.lock();
    }
  }
  void answer_with(Written::Status status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  void await_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_.empty(); });
  }

  std::vector<IncomingEvent> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  int transactions() const {
    const std::lock_guard lock(mutex_);
    return transactions_;
  }

 private:
  std::vector<Written> judge(const std::vector<Submission>& together) {
    std::vector<Written> all;
    for (const Submission& submission : together) {
      Written written{submission.number, status_, 0, {}, "as the test says"};
      for (std::size_t i = 0; i < submission.events.size(); ++i) {
        const auto found = seen_.find(submission.events[i].id);
        if (found == seen_.end()) continue;
        if (found->second == submission.events[i].digest) ++written.repeats;
        else written.events.push_back(i);
      }
      if (!written.events.empty()) written.status = Written::Status::kOtherContent;
      if (written.status == Written::Status::kWritten)
        for (const IncomingEvent& event : submission.events)
          if (seen_.emplace(event.id, event.digest).second) rows_.push_back(event);
      all.push_back(std::move(written));
    }
    return all;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool holding_ = false;
  Written::Status status_ = Written::Status::kWritten;
  int transactions_ = 0;
  std::vector<std::pair<std::vector<Submission>, Answers*>> held_;
  std::map<Uuid, Digest> seen_;
  std::vector<IncomingEvent> rows_;
};

class CountingProbe : public IngressProbe {
 public:
  void accepted(std::size_t events, std::size_t repeats, double) override {
    const std::lock_guard lock(mutex_);
    accepted_ += events;
    repeats_ += repeats;
  }
  void refused(std::string_view reason) override {
    const std::lock_guard lock(mutex_);
    ++refused_[std::string(reason)];
  }
  void log(Probe::Level, const std::string& sentence) override {
    const std::lock_guard lock(mutex_);
    lines_ += sentence + "\n";
  }
  std::size_t accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
  }
  std::size_t repeats() const {
    const std::lock_guard lock(mutex_);
    return repeats_;
  }
  std::map<std::string, int> refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  std::string lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t accepted_ = 0, repeats_ = 0;
  std::map<std::string, int> refused_;
  std::string lines_;
};

// One connection. Reading waits for bytes, at most 20 seconds.
class Client {
 public:
  explicit Client(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void send(const std::string& bytes) { [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // One response: head and body; "" when the connection ends before.
  std::string receive() {
    for (;;) {
      const auto head = got_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto length = got_.find("Content-Length: ");
        const std::size_t body = length < head ? std::stoul(got_.substr(length + 16)) : 0;
        if (got_.size() >= head + 4 + body) {
          std::string response = got_.substr(0, head + 4 + body);
          got_.erase(0, head + 4 + body);
          return response;
        }
      }
      if (!read_some()) return "";
    }
  }
  bool ended() {  // waits for the other side to close
    char chunk[4096];
    ssize_t got = 0;
    do got = ::recv(fd_, chunk, sizeof chunk, 0);
    while (got > 0);
    return got == 0 || errno == ECONNRESET;
  }
  std::string ask(const std::string& request) {
    send(request);
    return receive();
  }

 private:
  bool read_some() {
    char chunk[4096];
    const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
    if (got <= 0) return false;
    got_.append(chunk, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::string got_;
};

// "POST /v1/events" with these headers, each with its line end.
inline std::string post(const std::string& headers, const std::string& body) {
  return "POST /v1/events HTTP/1.1\r\nHost: test\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
inline const std::string kJson = "Content-Type: application/json\r\n", kStructured = "Content-Type: application/cloudevents+json\r\n",
                         kBatch = "Content-Type: application/cloudevents-batch+json\r\n";
// ce- headers of a TripTaken.
inline std::string taken(const std::string& id) {
  return kJson + "ce-specversion: 1.0\r\nce-id: " + id + "\r\nce-source: /riders\r\nce-type: TripTaken\r\n";
}
inline const std::string kData = R"({"key":"r1","n":1})";
inline std::string as_json(const std::string& id, const std::string& data = kData, const std::string& type = "TripTaken") {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/riders","type":")" + type + R"(","data":)" + data + "}";
}

class Ingress : public ::testing::Test {
 protected:
  void start(IngressOptions options = {}, std::shared_ptr<const Catalogue> catalogue = test_catalogue()) {
    auto memory = std::make_unique<MemoryOutbox>();
    outbox = memory.get();
    auto made = IngressServer::make(std::move(options), std::move(catalogue), clock, std::move(memory), probe);
    ASSERT_TRUE(made) << made.error().message();
    server = std::move(*made);
    const auto listening = server->start("127.0.0.1:0");
    ASSERT_TRUE(listening) << listening.error().message();
    port = *listening;
  }
  std::string ask(const std::string& request) { return Client(port).ask(request); }

  ManualClock clock;
  CountingProbe probe;
  MemoryOutbox* outbox = nullptr;
  std::uint16_t port = 0;
  std::unique_ptr<IngressServer> server;  // last: it uses the rest
};

}  // namespace gofuture::test
