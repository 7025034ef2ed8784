// What a consumer does when its share of the partitions changes, and when retention has overtaken it.
#include "kafka/consumer.hpp"
#include "kafka/partition_list.hpp"

namespace gofuture {

using namespace kafka;

namespace {

constexpr std::int64_t kAskAgainMs = 500;
constexpr std::int64_t kFirstCommitMs = 3'000;

}  // namespace

void KafkaSource::Consumer::on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error,
                                         rd_kafka_topic_partition_list_t* list, void* opaque) {
  auto& self = *static_cast<Consumer*>(opaque);
  const bool assigned = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (self.destroying_) {
    rd_kafka_assign(handle, nullptr);
    return;
  }
  Rebalance rebalance{
      .assigned = assigned, .lost = !assigned && rd_kafka_assignment_lost(handle) != 0, .partitions = {}};
  for (int i = 0; i < list->cnt; ++i) rebalance.partitions.emplace_back(list->elems[i].topic, list->elems[i].partition);
  self.rebalances_.push_back(std::move(rebalance));
  rd_kafka_yield(handle);  // poll() acts on it before anything else is taken
}

void KafkaSource::Consumer::act_on(Rebalance rebalance) {
  if (rebalance.assigned) {
    voice_.say(Level::kInfo, std::to_string(rebalance.partitions.size()) + " partitions assigned");
    if (closing_ || halted_) {
      assign({});
      return;
    }
    to_start_ = std::move(rebalance.partitions);
    phase_ = Phase::kStarting;
    retry_at_ms_ = 0;
    try_start();
    return;
  }
  if (rebalance.lost) {
    note_session_end();
    lose();
    return;
  }
  if (phase_ == Phase::kReading && !assignment_.empty())
    drain();
  else if (phase_ != Phase::kDraining)
    let_go();  // draining goes on; release() answers this rebalance as well
}

void KafkaSource::Consumer::try_start() {
  StartAnswer answer = Starts{};
  if (!to_start_.empty())
    answer = resolve_starts(
        {.consumer = consumer_.get(), .plan = options_.plan.get(), .ledger = options_.ledger, .group = options_.group},
        to_start_);
  if (auto* starts = std::get_if<Starts>(&answer)) {
    voice_.recovered("start", "the start of reading is known now");
    start(std::move(*starts));
  } else if (auto* lost = std::get_if<StartLost>(&answer)) {
    halt(std::move(lost->sentence));
    phase_ = Phase::kNone;
    assign({});
  } else {
    voice_.trouble("start",
                   std::get<StartUnknown>(answer).sentence + "; nothing is read before that is known, asking again");
    retry_at_ms_ = steady_ms() + kAskAgainMs;
  }
}

void KafkaSource::Consumer::start(Starts starts) {
  assignment_.set(starts.positions);
  last_topic_ = nullptr;
  to_start_.clear();
  out_of_range_.clear();
  commits_->forget();
  unmarked_ = std::move(starts.unmarked);
  if (options_.ledger != nullptr) unmarked_.insert(starts.fresh.begin(), starts.fresh.end());
  for (const auto& [at, offset] : starts.fresh) commits_->add(at, offset);
  mark_started(starts.known);
  // Bounded: should the coordinator be slow, the commit stays queued and reading begins from what the ledger recorded.
  if (!starts.fresh.empty()) commits_->settle(kFirstCommitMs);
  phase_ = Phase::kReading;
  assign(starts.positions);
  if (!assignment_.empty()) intake_->on_assigned(assignment_.positions());
}

void KafkaSource::Consumer::mark_started(const Offsets& committed) {
  if (options_.ledger == nullptr || unmarked_.empty()) return;
  std::map<Where, StartLedger::Entry> entries;
  for (const auto& [at, offset] : committed)
    if (const auto found = unmarked_.find(at); found != unmarked_.end()) entries[at] = {found->second, true};
  if (entries.empty()) return;
  if (auto written = options_.ledger->record(entries); !written) {
    voice_.trouble("ledger", "that reading has started could not be recorded: " + written.error().message() +
                                 "; trying again with the next commit");
    return;
  }
  voice_.recovered("ledger", "the start of reading is recorded now");
  for (const auto& [at, entry] : entries) unmarked_.erase(at);
}

void KafkaSource::Consumer::drain() {
  const auto all = assignment_.all();
  voice_.say(Level::kInfo,
             std::to_string(all.size()) + (closing_ ? " partitions are drained before this process ends"
                                                    : " partitions are drained before the group shares them anew"));
  phase_ = Phase::kDraining;
  draining_.insert(all.begin(), all.end());
  out_of_range_.clear();
  intake_->on_revoked(all);
}

void KafkaSource::Consumer::release(const std::vector<TopicPartition>& partitions,
                                    const std::vector<Position>& positions) {
  if (phase_ != Phase::kDraining) return;  // lost meanwhile: another member owns them
  for (const auto& position : positions)
    if (assignment_.find(position.at) != nullptr) commits_->add(assignment_.where(position.at), position.offset);
  for (const auto& at : partitions) draining_.erase(at);
  if (!draining_.empty()) {
    commits_->serve();
    return;
  }
  if (!commits_->settle(options_.release_ms))
    voice_.say(Level::kWarn, "the last positions could not be committed within " + std::to_string(options_.release_ms) +
                                 " ms; the next owner repeats from the ones before");
  let_go();
}

// What a fatal error takes away was no end of our session.
void KafkaSource::Consumer::note_session_end() {
  if (rd_kafka_fatal_error(consumer_.get(), nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR) session_ended_ms_ = steady_ms();
}

void KafkaSource::Consumer::lose() {
  const auto all = assignment_.all();
  if (!all.empty()) {
    voice_.say(Level::kWarn, std::to_string(all.size()) +
                                 " partitions were lost: this member's session ended, others own them; what is in "
                                 "flight is dropped and never committed");
    taken_.clear();
    intake_->on_lost(all);
  }
  let_go();
}

void KafkaSource::Consumer::let_go() {
  evicted_ = false;
  leave_all();
  set_paused(assignment_.all(), false);  // a pause outlives the assignment inside librdkafka
  assignment_.clear();
  draining_.clear();
  to_start_.clear();
  out_of_range_.clear();
  unmarked_.clear();
  commits_->forget();
  phase_ = Phase::kNone;
  rd_kafka_assign(consumer_.get(), nullptr);
}

void KafkaSource::Consumer::assign(const Offsets& positions) {
  const auto error = rd_kafka_assign(consumer_.get(), list_of(positions).get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    voice_.say(Level::kError, "the assignment could not be taken: " + text_of(error) + "; the group will share again");
}

// A rebalance that we ask for ourselves: told of a subscription while it has one, librdkafka revokes everything, keeps
// the session alive until we have drained and let go, and then joins again. (After rd_kafka_unsubscribe() it would send no
// heartbeats, and a drain may last as long as the session.)
void KafkaSource::Consumer::rejoin() {
  if (phase_ != Phase::kReading || closing_ || halted_) return;  // it is giving back or joining already
  if (const auto error = subscribe(); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    voice_.say(Level::kWarn, "the group could not be joined again: " + text_of(error));
}

void KafkaSource::Consumer::close() {
  if (closing_) return;
  closing_ = true;
  if (phase_ == Phase::kReading && !assignment_.empty())
    drain();
  else if (phase_ != Phase::kDraining)
    let_go();
}

// Positions outside of their logs. Retention that overtook us is an alert, then reading goes on where the log begins
// now; a position behind the log's end means another log under the old name, where going on by guess would be wrong.
void KafkaSource::Consumer::repair_positions() {
  std::vector<Where> asked;
  for (const auto& at : out_of_range_) asked.push_back(assignment_.where(at));
  auto ends = log_ends(consumer_.get(), asked, 2'000);
  if (!ends) {
    voice_.trouble("range", ends.error().message() + "; positions outside of their logs wait for that");
    retry_at_ms_ = steady_ms() + kAskAgainMs;
    return;
  }
  voice_.recovered("range", "the logs' ends are known again");
  for (const auto& at : std::exchange(out_of_range_, {})) {
    auto* share = assignment_.find(at);
    if (share == nullptr) continue;
    const auto where = assignment_.where(at);
    const auto [first, next] = (*ends)[where];
    const auto name = where.first + "/" + std::to_string(where.second);
    if (share->next > next) {
      halt("function " + options_.plan->manifest().name + " is stopped: its position " + std::to_string(share->next) +
           " in " + name + " is behind the log's end " + std::to_string(next) +
           ". The topic was deleted and made anew, or its log was cut: events may be missing. Set the offsets of "
           "group " +
           options_.group + " by hand (kafka-consumer-groups --reset-offsets) and start it again");
      continue;
    }
    if (share->next >= first) continue;  // the log begins before our position again: just read on
    voice_.say(Level::kError, "events were lost by retention: " + name + " begins at offset " + std::to_string(first) +
                                  ", but this function had only read up to " + std::to_string(share->next) + "; " +
                                  std::to_string(first - share->next) + " offsets are gone. Reading goes on at " +
                                  std::to_string(first) + "; lengthen the topic's retention or add replicas");
    probe_.gap(at, share->next, first);
    share->next = first;
  }
  if (halted_) {
    lose();
    return;
  }
  // librdkafka has stopped these partitions and refuses to seek them: the whole assignment is taken again, from where
  // each is.
  leave_all();
  Offsets positions;
  std::vector<TopicPartition> paused;
  assignment_.each([&](const TopicPartition& at, Share& share) {
    positions[assignment_.where(at)] = share.next;
    if (std::exchange(share.paused, false)) paused.push_back(at);
  });
  assign(positions);
  set_paused(paused, true);
}

}  // namespace gofuture
