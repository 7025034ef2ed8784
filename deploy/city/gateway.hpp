// The payment gateway, and the service that brings messages to people's phones: a company of its own, with its own ledger, that
// speaks HTTP and knows nothing of events.
//
//   POST /v1/charges {payment_id, booking_id, amount_minor, currency}   200 captured, 402 declined
//   GET  /v1/charges/{payment_id}                                       200, 404
//   POST /v1/refunds {payment_id, booking_id, amount_minor, currency}   200 refunded
//   POST /v1/messages {notification_id, user_id, kind, text, booking_id?}  200 sent
//
// Every POST needs an Idempotency-Key: the same key gets the same answer and has one effect; with another body it gets 422. A
// second charge under another key is taken like any other: a gateway does not know better, and the audit finds it.
// Who is declined, and whose answer is slow, follows from the booking's name and the seed alone; which request gets a 503, before or
// after the money has moved, and whose answer is lost, from the key, the seed and how often it was sent. A slow or lost answer
// comes after the money has moved, so whoever gives up on it does not know.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace city {

struct GatewaySettings {
  std::string listen = "127.0.0.1:0";
  std::string ledger = "gateway.ledger";
  std::uint64_t seed = 1;
  double declined = 0.03, slow = 0.02, errors = 0.02, lost = 0.005;
  std::int64_t slow_ms = 300, lost_ms = 15'000;  // a lost answer: nobody waits for so long
  std::string port_file;  // written once it listens: "127.0.0.1:PORT"
};

// True: the gateway will not pay for this booking.
bool declines(const std::string& booking_id, const GatewaySettings& settings);

// Serves until SIGINT or SIGTERM. One thread. `listening` is told the address once.
void run_gateway(const GatewaySettings& settings, const std::function<void(const std::string&)>& listening);

}  // namespace city
