// RideGateway: the payment gateway of the ride functions, and the service that takes their messages. It captures what it is asked to, when it is let; a booking named
// "unanswered-…" gets no answer that says what became of its money.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include <boost/json.hpp>

#include "support/tiny_server.hpp"

namespace gofuture::test {

class RideGateway {
 public:
  ~RideGateway() { let_go(); }
  std::string url() const { return server_.url(); }

  // From now on a charge is answered when it is let go.
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void let_go() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  // The bookings whose money went back.
  std::set<std::string> refunded() const {
    const std::lock_guard lock(mutex_);
    return refunded_;
  }

 private:
  TinyAnswer serve(const TinyRequest& request) {
    constexpr const char* kOneEach = "Connection: close\r\n";  // the server has one connection at a time
    std::unique_lock lock(mutex_);
    if (request.method == "GET")
      return captured_.contains(request.path.substr(request.path.rfind('/') + 1))
                 ? TinyAnswer{200, R"({"status":"captured"})", kOneEach}
                 : TinyAnswer{404, "{}", kOneEach};
    if (request.path == "/v1/messages") return {200, "{}", kOneEach};
    const auto body = boost::json::parse(request.body).as_object();
    const std::string booking(body.at("booking_id").as_string());
    if (request.path == "/v1/refunds") {
      refunded_.insert(booking);
      return {200, R"({"status":"refunded"})", kOneEach};
    }
    changed_.wait(lock, [this] { return !held_; });
    if (booking.starts_with("unanswered-")) return {503, "{}", kOneEach};
    captured_.emplace(body.at("payment_id").as_string());
    return {200, R"({"status":"captured"})", kOneEach};
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::set<std::string> captured_, refunded_;  // payments; bookings
  TinyServer server_{[this](const TinyRequest& request) { return serve(request); }};
};

}  // namespace gofuture::test
