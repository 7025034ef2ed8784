// IngressServer: POST /v1/events. One listener and one thread, never the pipeline's. A request is read, checked (acceptance.hpp), waits
// for the transaction that it shares with others (group_commit.hpp), and is answered when that has committed.
//
// Lifecycle: start(), then stop(): no new requests, those that are whole are answered, everything else is cut. A connection may
// carry many requests, one after the other; each must be whole within the read timeout.
//
//   auto server = IngressServer::make(options, catalogue, clock, std::move(outbox), probe);
//   auto port = (*server)->start("127.0.0.1:8088");   // port 0 picks a free one
//   (*server)->stop();
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "ingress/acceptance.hpp"
#include "ingress/group_commit.hpp"
#include "ingress/probe.hpp"
#include "ingress/tokens.hpp"

namespace gofuture {

struct IngressOptions {
  Tokens tokens;                                // none: everybody, but only from this machine
  AcceptanceLimits acceptance;
  GroupLimits group;
  std::size_t body_bytes_max = 1 << 20;
  std::uint32_t header_bytes_max = 16 * 1024;
  std::int64_t requests_per_second = 1'000;     // of one token
  std::size_t connections_max = 512;            // further ones wait to be accepted
  std::int64_t read_timeout_ms = 10'000;        // from a request's first byte to its last
  std::int64_t idle_timeout_ms = 60'000;        // between requests
  std::int64_t stop_timeout_ms = 10'000;        // for what is being written when stop() comes
};

class IngressServer {
 public:
  // `clock` and `probe` outlive it.
  static Result<std::unique_ptr<IngressServer>> make(IngressOptions options, std::shared_ptr<const Catalogue> catalogue, Clock& clock,
                                                     std::unique_ptr<Outbox> outbox, IngressProbe& probe);
  ~IngressServer();
  IngressServer(const IngressServer&) = delete;
  IngressServer& operator=(const IngressServer&) = delete;

  // The port. Refuses an address that others can reach while there is no token.
  Result<std::uint16_t> start(const std::string& listen);
  void stop();

  // Any thread.
  std::size_t waiting() const;      // requests, for their commit
  std::size_t connections() const;

 private:
  struct Network;
  IngressServer(std::unique_ptr<Outbox> outbox, std::unique_ptr<Network> network);

  std::unique_ptr<Network> network_;
  std::unique_ptr<Outbox> outbox_;  // before the network: it answers there until it has ended
  std::thread thread_;
};

}  // namespace gofuture
