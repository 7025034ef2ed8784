// Desk: what all connections of the ingress share: who may come in, how often, what is accepted, and the queue to the outbox. It knows
// nothing of sockets. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ingress/acceptance.hpp"
#include "ingress/group_commit.hpp"
#include "ingress/probe.hpp"
#include "ingress/rate.hpp"
#include "ingress/server.hpp"

namespace gofuture {

// A request before its body.
struct RequestHead {
  std::string_view method, path, authorization, content_type, content_encoding;
  bool has_length = false;  // Content-Length, or chunked
};

class Desk {
 public:
  Desk(const IngressOptions& options, std::unique_ptr<Acceptance> acceptance, Clock& clock, Outbox& outbox, GroupCommit::Post post,
       IngressProbe& probe)
      : options_(options), acceptance_(std::move(acceptance)), clock_(clock), group_(outbox, options.group, std::move(post)), probe_(probe) {}

  // Nothing: its body may be read.
  std::optional<Reply> refusal(const RequestHead& head);
  // `done` with the answer, at once or when the transaction has ended.
  void take(const HttpContent& request, std::function<void(const Reply&)> done);

  void stop() { stopping_ = true; }  // new requests are sent away
  const GroupCommit& group() const { return group_; }
  IngressProbe& probe() { return probe_; }

 private:
  struct Asked {
    std::vector<std::string> ids;
    std::vector<std::size_t> places;  // of the submission's events in the request: one that stands there twice is written once
    std::int64_t began_ms = 0;
  };
  Reply reply_to(const Written& written, const Asked& asked);

  const IngressOptions& options_;
  const std::unique_ptr<Acceptance> acceptance_;
  Clock& clock_;
  GroupCommit group_;
  IngressProbe& probe_;
  std::map<std::string, Rate> rates_;  // by name of the token
  bool stopping_ = false;
};

}  // namespace gofuture
