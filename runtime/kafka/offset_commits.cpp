#include "kafka/offset_commits.hpp"

#include <algorithm>

#include "base/fault_point.hpp"
#include "kafka/partition_list.hpp"

namespace gofuture::kafka {
namespace {

constexpr std::int64_t kRetryMs = 200;

// Worth saying again: the coordinator moves, is away, or the group is just between two generations.
bool passing(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__IN_PROGRESS:
      return true;
    default:
      return false;
  }
}

}  // namespace

OffsetCommits::OffsetCommits(rd_kafka_t* consumer, int wake_fd, Voice& voice, Hooks hooks)
    : consumer_(consumer), voice_(voice), hooks_(std::move(hooks)), answers_(rd_kafka_queue_new(consumer)) {
  const std::uint64_t one = 1;
  rd_kafka_queue_io_event_enable(answers_.get(), wake_fd, &one, sizeof one);
}

void OffsetCommits::add(const Where& at, std::int64_t offset) {
  const auto sent = sent_.find(at);
  if (sent != sent_.end() && sent->second > offset) {
    voice_.say(Level::kError, "a commit of " + at.first + "/" + std::to_string(at.second) + " at " +
                                  std::to_string(offset) + " would go back from " + std::to_string(sent->second) +
                                  "; it is not sent. Please report this: it is a mistake of the runtime");
    return;
  }
  auto& waiting = waiting_[at];
  waiting = std::max(waiting, offset);
}

void OffsetCommits::serve() {
  take_answers(0);
  if (!in_flight_ && !waiting_.empty() && steady_ms() >= not_before_ms_) send();
}

void OffsetCommits::send() {
  const Partitions list = list_of(waiting_);
  for (const auto& [at, offset] : waiting_) {
    auto& sent = sent_[at];
    sent = std::max(sent, offset);
  }
  const auto error =
      rd_kafka_commit_queue(consumer_, list.get(), answers_.get(), nullptr, reinterpret_cast<void*>(era_));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    voice_.trouble("commit", "offsets could not be committed: " + text_of(error) + "; trying again");
    not_before_ms_ = steady_ms() + kRetryMs;
    return;
  }
  waiting_.clear();
  in_flight_ = true;
}

void OffsetCommits::take_answers(int timeout_ms) {
  while (Reply event{rd_kafka_queue_poll(answers_.get(), timeout_ms)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT) on_answer(event.get());
    timeout_ms = 0;
  }
}

void OffsetCommits::on_answer(rd_kafka_event_t* event) {
  in_flight_ = false;
  const bool current = reinterpret_cast<std::uint64_t>(rd_kafka_event_opaque(event)) == era_;
  const auto whole = rd_kafka_event_error(event);
  const auto* list = rd_kafka_event_topic_partition_list(event);
  Offsets done;
  std::size_t refused = 0;
  auto why = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const auto& part = list->elems[i];
    const auto error = part.err != RD_KAFKA_RESP_ERR_NO_ERROR ? part.err : whole;
    const Where at{part.topic, part.partition};
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      done[at] = part.offset;
    } else if (error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
      why = error;
    } else if (passing(error) && current) {
      auto& waiting = waiting_[at];
      waiting = std::max(waiting, part.offset);
      not_before_ms_ = steady_ms() + kRetryMs;
      voice_.trouble("commit", "offsets could not be committed: " + text_of(error) +
                                   "; trying again, events are handled meanwhile");
    } else {
      ++refused;
      why = error;
    }
  }
  if (why == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    hooks_.fenced();
  } else if (refused > 0) {
    voice_.say(Level::kWarn,
               "the broker refused to commit " + std::to_string(refused) + " positions (" + text_of(why) +
                   "): the partitions have another owner by now; what it repeats is kept out by its inbox");
    const bool outsider = why == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || why == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
    if (outsider && current) hooks_.evicted();
  }
  if (done.empty()) return;
  GOFUTURE_FAULT_POINT("offsets.committed");
  voice_.recovered("commit", "offsets are committed again");
  if (current) hooks_.committed(done);
}

bool OffsetCommits::settle(std::int64_t timeout_ms) {
  const auto until = steady_ms() + timeout_ms;
  serve();
  while (!quiet() && steady_ms() < until) {
    const auto left = until - steady_ms();
    take_answers(static_cast<int>(std::clamp<std::int64_t>(std::min(left, kRetryMs / 4), 1, left > 0 ? left : 1)));
    serve();
  }
  return quiet();
}

void OffsetCommits::forget() {
  waiting_.clear();
  sent_.clear();
  ++era_;
}

}  // namespace gofuture::kafka
