// What a consumer does to be fed by the process's shared reader; see shared_reader.hpp for the story and why nothing is lost by it.
#include "kafka/consumer.hpp"
#include "kafka/partition_list.hpp"

namespace gofuture {

using namespace kafka;

namespace {

constexpr std::int64_t kNear = 1'000;     // so few offsets before the log's end it follows
constexpr std::size_t kHeldMax = 10'000;  // of one partition

}  // namespace

void KafkaSource::Consumer::follow_if_near(const TopicPartition& at, Share& share, std::int64_t end) {
  if (!follower_ || share.paused || share.following != 0 || end - share.next > kNear) return;
  share.following = ++last_token_;
  asks_.push_back({assignment_.where(at), at, share.next, share.following});
}

void KafkaSource::Consumer::take_fed(std::size_t records_max) {
  if (!follower_) return;
  while (delivered_ + taken_.size() < records_max) {
    if (fed_at_ == fed_.size()) {
      fed_at_ = 0;
      follower_->take(fed_);
      if (fed_.empty()) return;
    }
    take_one_fed(std::move(fed_[fed_at_++]));
    if (taken_.size() >= kChunk) deliver();
  }
}

void KafkaSource::Consumer::take_one_fed(SharedReader::Fed fed) {
  auto* share = phase_ == Phase::kReading ? assignment_.find(fed.at) : nullptr;
  if (share == nullptr || share->following != fed.token) return;  // of an assignment or a pause before
  if (fed.kind == SharedReader::Fed::Kind::kLeft) {
    unfollow(fed.at, *share);
    if (!std::exchange(share->fed, false)) return;
    to_seek_[assignment_.where(fed.at)] = share->next;
    to_resume_.push_back(assignment_.where(fed.at));
  } else if (fed.kind == SharedReader::Fed::Kind::kFollowed) {
    share->joins_at = fed.offset;
    if (share->next >= share->joins_at) join(fed.at, *share);
  } else if (!share->fed) {
    const TopicPartition at = fed.at;
    auto& held = held_[at];
    held.push_back(std::move(fed));
    if (held.size() > kHeldMax) leave(at, *share);
  } else if (fed.kind == SharedReader::Fed::Kind::kRecord) {
    if (!is_new(*share, fed.at, fed.record.offset)) return;
    ++fed_records_;
    taken_.push_back(std::move(fed.record));
  } else if (options_.plan->uses_timers) {
    deliver();  // what came before it
    intake_->on_end(fed.at, fed.offset);
  }
}

// Our own client has brought everything up to where the shared reader goes on, or more.
void KafkaSource::Consumer::join(const TopicPartition& at, Share& share) {
  share.joins_at = Share::kNever;
  share.fed = true;
  to_pause_.push_back(assignment_.where(at));
  if (auto held = held_.extract(at))
    for (auto& fed : held.mapped()) take_one_fed(std::move(fed));
}

std::uint64_t KafkaSource::Consumer::unfollow(const TopicPartition& at, Share& share) {
  share.joins_at = Share::kNever;
  held_.erase(at);
  return std::exchange(share.following, 0);
}

void KafkaSource::Consumer::leave(const TopicPartition& at, Share& share) {
  if (unfollow(at, share) != 0) asks_.push_back({assignment_.where(at), at, 0, 0});
}

// As long as our own client has nothing paused for it any more: who goes on decides where each partition is read from.
void KafkaSource::Consumer::leave_all() {
  assignment_.each([this](const TopicPartition& at, Share& share) {
    leave(at, share);
    if (std::exchange(share.fed, false) && !share.paused) to_resume_.push_back(assignment_.where(at));
  });
  change_reading();
}

// Resuming after seeking, pausing before both. A seek that fails costs time only: our own client is never ahead of what we want, and
// what it repeats is dropped.
void KafkaSource::Consumer::change_reading() {
  const auto told = [this](rd_kafka_resp_err_t error, const char* what) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) voice_.say(Level::kWarn, std::string(what) + " partitions failed: " + text_of(error));
  };
  if (!to_pause_.empty()) told(rd_kafka_pause_partitions(consumer_.get(), list_of(std::exchange(to_pause_, {})).get()), "pausing");
  if (!to_seek_.empty()) {
    const RdError error(rd_kafka_seek_partitions(consumer_.get(), list_of(std::exchange(to_seek_, {})).get(), 0));
    if (error) voice_.say(Level::kWarn, "seeking failed: " + std::string(rd_kafka_error_string(error.get())));
  }
  if (!to_resume_.empty()) told(rd_kafka_resume_partitions(consumer_.get(), list_of(std::exchange(to_resume_, {})).get()), "resuming");
  if (!asks_.empty()) follower_->ask(std::exchange(asks_, {}));
}

}  // namespace gofuture
