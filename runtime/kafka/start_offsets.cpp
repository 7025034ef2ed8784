#include "kafka/start_offsets.hpp"

#include "kafka/partition_list.hpp"

namespace gofuture::kafka {
namespace {

// ListOffsets as the protocol has it: -2 and -1 in place of a timestamp ask for the log's start and end. librdkafka
// passes them through, so one bulk call answers all three kinds of start (it has no bulk API of its own for the first
// two).
constexpr std::int64_t kFirst = RD_KAFKA_OFFSET_BEGINNING;
constexpr std::int64_t kNext = RD_KAFKA_OFFSET_END;
static_assert(kFirst == -2 && kNext == -1);

constexpr int kMetadataMs = 2'000;

std::string name_of(const Where& at) {
  return at.first + "/" + std::to_string(at.second);
}

// A topic that has just been made or has grown: librdkafka does not ask again for a partition that it believes unknown,
// unless somebody asks for all topics, which replaces what it remembers.
void forget_metadata(rd_kafka_t* client) {
  const struct rd_kafka_metadata* all = nullptr;
  if (rd_kafka_metadata(client, 1, nullptr, &all, kMetadataMs) == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_metadata_destroy(all);
}

Result<Offsets> list_offsets(rd_kafka_t* client, const Offsets& times, int timeout_ms) {
  if (times.empty()) return Offsets{};
  const Partitions list = list_of(times);
  const auto error = rd_kafka_offsets_for_times(client, list.get(), timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    forget_metadata(client);
    return Error("the brokers could not be asked for offsets: " + text_of(error));
  }
  Offsets found;
  for (int i = 0; i < list->cnt; ++i) {
    const auto& part = list->elems[i];
    const Where at{part.topic, part.partition};
    if (part.err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) forget_metadata(client);
    if (part.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Error("the offsets of " + name_of(at) + " could not be asked for: " + text_of(part.err));
    found[at] = part.offset;
  }
  return found;
}

// As list_offsets, but where no record is as late as that it is what came next. The ends are asked for first: a record that comes
// between the two answers lies at or behind its end. The other way round it would lie before the start and never be read.
Result<Offsets> first_or_next(rd_kafka_t* client, const Offsets& times, int timeout_ms) {
  Offsets ends;
  for (const auto& [at, time] : times)
    if (time >= 0) ends[at] = kNext;
  const auto next = list_offsets(client, ends, timeout_ms);
  if (!next) return next;
  auto found = list_offsets(client, times, timeout_ms);
  if (!found) return found;
  for (auto& [at, offset] : *found)
    if (offset < 0) offset = next->at(at);
  return found;
}

std::int64_t wanted_start(const Plan& plan, const std::string& topic) {
  for (const auto& planned : plan.topics()) {
    if (planned.topic->name != topic) continue;
    switch (planned.subscription->start) {
      case Start::kEarliest:
        return kFirst;
      case Start::kLatest:
        return kNext;
      case Start::kTimestamp:
        return planned.subscription->start_timestamp_ms;
    }
  }
  return kFirst;
}

std::string lost_sentence(const StartQuestion& question, const Where& at, std::int64_t offset, std::size_t others) {
  return "function " + question.plan->manifest().name + " is stopped: Kafka has no committed offset of group " +
         question.group + " for " + name_of(at) +
         (others > 0 ? " (and " + std::to_string(others) + " more partitions)" : "") +
         ", although one had been committed before (reading began at offset " + std::to_string(offset) +
         "). The group was deleted or its offsets expired; starting anywhere by guess would lose or repeat events. Set "
         "the "
         "group's offsets (kafka-consumer-groups --reset-offsets), or, to begin again at the first offset, " +
         question.ledger->to_begin_again() + "; then start it again";
}

}  // namespace

Result<Offsets> committed_offsets(rd_kafka_t* consumer, const std::vector<Where>& partitions, int timeout_ms) {
  const Partitions list = list_of(partitions);
  const auto error = rd_kafka_committed(consumer, list.get(), timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("the group's coordinator could not be asked for committed offsets: " + text_of(error));
  Offsets found;
  for (int i = 0; i < list->cnt; ++i) {
    const auto& part = list->elems[i];
    if (part.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Error("the committed offset of " + name_of({part.topic, part.partition}) +
                   " could not be asked for: " + text_of(part.err));
    if (part.offset >= 0) found[{part.topic, part.partition}] = part.offset;
  }
  return found;
}

Result<std::vector<Where>> partitions_of(rd_kafka_t* client, const std::vector<std::string>& topics, int timeout_ms) {
  const struct rd_kafka_metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(client, 1, nullptr, &raw, timeout_ms);
  const Metadata metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Error("the brokers could not be asked for their topics (" + text_of(error) + "); check GOFUTURE_KAFKA and that they run");
  std::map<std::string, std::int32_t> counts;
  for (int i = 0; i < metadata->topic_cnt; ++i) counts[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
  std::vector<Where> partitions;
  for (const auto& topic : topics) {
    const auto found = counts.find(topic);
    if (found == counts.end()) return Error("the brokers have no topic " + topic + "; make it with `gofuture topics apply`");
    for (std::int32_t partition = 0; partition < found->second; ++partition) partitions.emplace_back(topic, partition);
  }
  return partitions;
}

Result<Offsets> offsets_since(rd_kafka_t* client, const std::vector<Where>& partitions, std::int64_t unix_ms, int timeout_ms) {
  Offsets times;
  for (const auto& at : partitions) times[at] = unix_ms;
  return first_or_next(client, times, timeout_ms);
}

Result<Offsets> next_offsets(rd_kafka_t* client, const std::vector<Where>& partitions, int timeout_ms) {
  Offsets next;
  for (const auto& at : partitions) next[at] = kNext;
  return list_offsets(client, next, timeout_ms);
}

Result<std::map<Where, LogEnds>> log_ends(rd_kafka_t* client, const std::vector<Where>& partitions, int timeout_ms) {
  Offsets first, next;
  for (const auto& at : partitions) {
    first[at] = kFirst;
    next[at] = kNext;
  }
  auto firsts = list_offsets(client, first, timeout_ms);
  if (!firsts) return firsts.error();
  auto nexts = list_offsets(client, next, timeout_ms);
  if (!nexts) return nexts.error();
  std::map<Where, LogEnds> ends;
  for (const auto& at : partitions) ends[at] = {(*firsts)[at], (*nexts)[at]};
  return ends;
}

StartAnswer resolve_starts(const StartQuestion& question, const std::vector<Where>& partitions) {
  Starts starts;
  auto committed = committed_offsets(question.consumer, partitions, question.timeout_ms);
  if (!committed) return StartUnknown{committed.error().message()};
  starts.positions = starts.known = std::move(*committed);
  const bool all_known = starts.positions.size() == partitions.size();

  std::map<Where, StartLedger::Entry> recorded;
  if (question.ledger != nullptr) {
    auto answer = question.ledger->recorded();
    if (!answer && all_known) return starts;  // nothing depends on it now
    if (!answer) return StartUnknown{"where reading once began could not be looked up: " + answer.error().message()};
    recorded = std::move(*answer);
    // A commit that the ledger never heard of (we died in between, or an operator set the offsets) counts as started.
    for (const auto& [at, offset] : starts.known)
      if (const auto entry = recorded.find(at); entry == recorded.end() || !entry->second.started)
        starts.unmarked[at] = entry == recorded.end() ? offset : entry->second.offset;
  }
  if (all_known) return starts;

  Offsets times;
  std::vector<Where> lost;
  for (const auto& at : partitions) {
    if (starts.positions.contains(at)) continue;
    const auto entry = recorded.find(at);
    if (entry == recorded.end())
      times[at] = wanted_start(*question.plan, at.first);
    else if (entry->second.started)
      lost.push_back(at);
    else
      starts.fresh[at] = entry->second.offset;
  }
  if (!lost.empty())
    return StartLost{lost_sentence(question, lost.front(), recorded[lost.front()].offset, lost.size() - 1)};

  auto found = first_or_next(question.consumer, times, question.timeout_ms);
  if (!found) return StartUnknown{found.error().message()};

  if (question.ledger != nullptr && !found->empty()) {
    std::map<Where, StartLedger::Entry> entries;
    for (const auto& [at, offset] : *found) entries[at] = {offset, false};
    if (auto written = question.ledger->record(entries); !written)
      return StartUnknown{"where reading begins could not be recorded: " + written.error().message()};
  }
  starts.fresh.insert(found->begin(), found->end());
  starts.positions.insert(starts.fresh.begin(), starts.fresh.end());
  return starts;
}

}  // namespace gofuture::kafka
