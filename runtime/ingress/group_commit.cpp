#include "ingress/group_commit.hpp"

#include <utility>

namespace gofuture {
namespace {

std::size_t bytes_of(const std::vector<IncomingEvent>& events) {
  std::size_t bytes = 0;
  for (const IncomingEvent& event : events) bytes += event.data.size() + event.key.size() + event.subject.size() + 512;
  return bytes;
}

}  // namespace

GroupCommit::GroupCommit(Outbox& outbox, GroupLimits limits, Post post) : outbox_(outbox), limits_(limits), post_(std::move(post)) {}

bool GroupCommit::submit(std::vector<IncomingEvent> events, Done done) {
  const std::size_t bytes = bytes_of(events);
  // One always passes, however large: else it never could.
  if (!asked_.empty() && (asked_.size() >= limits_.requests_max || bytes_ + bytes > limits_.bytes_max)) return false;
  const std::uint64_t number = ++last_number_;
  asked_.emplace(number, Asked{std::move(done), bytes});
  bytes_ += bytes;
  count_ = asked_.size();
  gathered_.push_back({number, std::move(events)});
  if (being_written_ == 0) write_next();
  return true;
}

void GroupCommit::answered(std::vector<Written> all) {
  post_([this, all = std::move(all)] { take(all); });
}

void GroupCommit::take(const std::vector<Written>& all) {
  for (const Written& written : all) {
    const auto found = asked_.find(written.number);
    if (found == asked_.end()) continue;
    const Asked asked = std::move(found->second);
    asked_.erase(found);
    bytes_ -= asked.bytes;
    --being_written_;
    count_ = asked_.size();
    asked.done(written);
  }
  if (being_written_ == 0) write_next();
}

void GroupCommit::write_next() {
  std::vector<Submission> together;
  std::size_t events = 0;
  while (!gathered_.empty() && (together.empty() || events + gathered_.front().events.size() <= limits_.together_max)) {
    events += gathered_.front().events.size();
    together.push_back(std::move(gathered_.front()));
    gathered_.pop_front();
  }
  if (together.empty()) return;
  being_written_ = together.size();
  outbox_.write(std::move(together), *this);
}

}  // namespace gofuture
