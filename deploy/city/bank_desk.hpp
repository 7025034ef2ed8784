// BankDesk: the clerk who pays out. For each PaymentRefunded that he sees on payments.status, once per event id, he gives the
// money back at the gateway, so a refund that was told twice leaves the house twice and the gateway's ledger shows it.
// A thread of its own; tries until the gateway has answered.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "kafka.hpp"

namespace city {

class BankDesk {
 public:
  explicit BankDesk(std::string gateway_url);
  ~BankDesk();
  void seen(const Event& event);  // PaymentInitiated and PaymentRefunded matter
  std::size_t owing();            // not paid out yet

 private:
  void pay();
  std::string url_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::string, std::string>> queue_;  // event id, body
  std::unordered_set<std::string> known_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace city
