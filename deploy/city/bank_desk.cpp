#include "bank_desk.hpp"

#include <boost/json.hpp>

#include "http_client.hpp"

namespace city {
namespace json = boost::json;

BankDesk::BankDesk(std::string gateway_url) : url_(std::move(gateway_url)), thread_([this] { pay(); }) {}

BankDesk::~BankDesk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::size_t BankDesk::owing() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void BankDesk::seen(const Event& event) {
  if (event.type != "PaymentRefunded" || !known_.insert(event.id).second) return;
  boost::system::error_code error;
  const auto value = json::parse(event.data, error);
  if (error || !value.is_object()) return;  // the audit speaks about it
  const auto& o = value.as_object();
  const auto field = [&](const char* name, json::value otherwise) { return o.contains(name) ? o.at(name) : std::move(otherwise); };
  auto body = json::serialize(json::object{{"payment_id", field("payment_id", json::value("of-" + event.subject))}, {"booking_id", event.subject},
                                           {"amount_minor", field("amount_minor", 0)}, {"currency", field("currency", "USD")}});
  {
    const std::lock_guard lock(mutex_);
    queue_.emplace_back(event.id, std::move(body));
  }
  changed_.notify_one();
}

void BankDesk::pay() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    const auto [id, body] = queue_.front();
    lock.unlock();
    const auto answer = http_call(url_ + "/v1/refunds", 10'000, body, {{"Idempotency-Key", "refund-" + id}});
    lock.lock();
    if (answer && answer->status < 500) {
      queue_.pop_front();  // a refusal is final; the ledger then lacks the refund and the audit says so
    } else {
      changed_.wait_for(lock, std::chrono::milliseconds(300), [&] { return stop_; });
    }
  }
}

}  // namespace city
