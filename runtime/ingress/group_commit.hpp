// GroupCommit: what waits for the outbox. While one transaction is under way, submissions gather, and the next takes all of them.
// Bounded by requests and bytes: what does not fit is refused at once, and comes again.
//
// One thread, that of the ingress; the outbox's answers are posted to it.
//
//   GroupCommit group(outbox, {}, [&](auto work) { asio::post(context, std::move(work)); });
//   if (!group.submit(std::move(events), [](const Written& written) { … })) -> busy
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>

#include "ingress/outbox.hpp"

namespace gofuture {

struct GroupLimits {
  std::size_t requests_max = 1'024;    // that wait or are being written
  std::size_t bytes_max = 32 << 20;
  std::size_t together_max = 2'000;    // events in one transaction
};

class GroupCommit final : public Outbox::Answers {
 public:
  using Post = std::function<void(std::function<void()>)>;
  using Done = std::function<void(const Written&)>;
  GroupCommit(Outbox& outbox, GroupLimits limits, Post post);

  // False: there is no room now. `done` is called later, never from here.
  bool submit(std::vector<IncomingEvent> events, Done done);
  bool idle() const { return asked_.empty(); }
  std::size_t waiting() const { return count_; }  // any thread

  void answered(std::vector<Written> all) override;  // any thread

 private:
  struct Asked {
    Done done;
    std::size_t bytes = 0;
  };
  void take(const std::vector<Written>& all);
  void write_next();

  Outbox& outbox_;
  const GroupLimits limits_;
  const Post post_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, Asked> asked_;
  std::deque<Submission> gathered_;
  std::size_t bytes_ = 0, being_written_ = 0;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace gofuture
