// GatewayLedger: what the payment gateway has answered, one JSON line each, in an append-only file. Nothing is answered before
// its line is on the disk; many lines share one fdatasync. Read back at start, so a gateway that was killed keeps its word.
// Owned by the gateway, one thread; the audit reads the file with read_gateway_ledger().
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace city {

struct Entry {
  std::string kind;       // charge, refund, message
  std::string key;        // Idempotency-Key
  std::string payment_id, booking_id, currency;
  std::int64_t amount_minor = 0;
  std::string status;     // captured, declined, refunded, sent
  std::int64_t at_ms = 0;
  std::string message_id{}, user_id{};  // of a message: the money's fields are empty
};

std::vector<Entry> read_gateway_ledger(const std::string& path);

class GatewayLedger {
 public:
  explicit GatewayLedger(std::string path);  // creates the file, or goes on with it
  ~GatewayLedger();
  GatewayLedger(const GatewayLedger&) = delete;
  GatewayLedger& operator=(const GatewayLedger&) = delete;

  const Entry* by_key(const std::string& key) const;
  const Entry* charge_of(const std::string& payment_id) const;  // the first
  const Entry& append(Entry entry);  // known at once, durable after sync()
  void sync();
  std::size_t size() const { return by_key_.size(); }

 private:
  void remember(const Entry& entry);
  std::string path_;
  int file_ = -1;
  std::string unwritten_;
  std::map<std::string, Entry> by_key_;
  std::map<std::string, std::string> key_of_payment_;
};

}  // namespace city
