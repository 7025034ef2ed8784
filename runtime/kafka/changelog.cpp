#include "kafka/changelog.hpp"

#include "kafka/client.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture {

using namespace kafka;

namespace {

constexpr int kAskMs = 5'000;
constexpr int kPollMs = 100;

Result<kafka::Consumer> make_reader(const ChangelogOptions& options, const char* isolation, Voice& voice) {
  return make_consumer(options.brokers,
                       {{"group.id", options.topic},  // never joined, nothing is committed
                        {"client.id", options.topic},
                        {"enable.auto.commit", "false"},
                        {"enable.partition.eof", "true"},
                        {"auto.offset.reset", "earliest"},
                        {"isolation.level", isolation},
                        {"fetch.wait.max.ms", "10"},
                        {"queued.min.messages", "100000"},
                        {"message.max.bytes", "2097152"}},
                       options.properties, voice, "a reader of " + options.topic);
}

}  // namespace

struct ChangelogReader::Speech {
  Voice voice;
};

std::string changelog_topic(std::string_view function) { return std::string(function) + "-changelog"; }

ChangelogReader::ChangelogReader(ChangelogOptions options, Say say)
    : options_(std::move(options)), speech_(new Speech{Voice(std::move(say), "changelog " + options_.topic)}) {}
ChangelogReader::~ChangelogReader() = default;

Result<std::vector<ChangelogReader::Part>> ChangelogReader::filled(const std::set<std::int32_t>& partitions) {
  std::vector<Where> asked;
  for (const auto partition : partitions) asked.emplace_back(options_.topic, partition);
  auto seer = make_reader(options_, "read_uncommitted", speech_->voice);
  if (!seer) return seer.error();
  auto ends = log_ends(seer->get(), asked, kAskMs);
  if (!ends)
    return Error("the state in " + options_.topic + " cannot be read: " + ends.error().message() +
                 "; the topic must have as many partitions as the function's input: `gofuture topics apply` makes it");
  std::vector<Part> parts;
  for (const auto& [at, end] : *ends)
    if (end.next > end.first) parts.push_back({at.second, end.first, end.next});
  return parts;
}

Result<std::set<std::int32_t>> ChangelogReader::written(std::int32_t count) {
  std::set<std::int32_t> all;
  for (std::int32_t partition = 0; partition < count; ++partition) all.insert(partition);
  auto parts = filled(all);
  if (!parts) return parts.error();
  std::set<std::int32_t> list;
  for (const Part& part : *parts) list.insert(part.partition);
  return list;
}

Result<Done> ChangelogReader::read(const std::set<std::int32_t>& partitions, const Take& take) {
  auto parts = filled(partitions);
  if (!parts) return parts.error();
  std::map<std::int32_t, std::int64_t> open;  // partition -> where its reading ends
  Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(parts->size())));
  for (const Part& part : *parts) {
    open[part.partition] = part.next;
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), part.partition)->offset = part.first;
  }
  if (open.empty()) return ok();
  auto reader = make_reader(options_, "read_committed", speech_->voice);
  if (!reader) return reader.error();
  rd_kafka_poll_set_consumer(reader->get());
  if (const auto error = rd_kafka_assign(reader->get(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return Error("the state in " + options_.topic + " cannot be read: " + text_of(error));

  auto until = steady_ms() + options_.patience_ms;
  while (!open.empty()) {
    if (stopped_) return Error("the function is being stopped");
    if (steady_ms() >= until)
      return Error("reading " + options_.topic + "/" + std::to_string(open.begin()->first) + " stands still before offset " +
                   std::to_string(open.begin()->second) + ": a transaction is still open there, or a broker does not answer");
    Message message(rd_kafka_consumer_poll(reader->get(), kPollMs));
    if (!message) continue;
    std::int64_t reached = message->offset;  // at the end of a partition: where it would read on, markers and aborted records passed
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      reached = message->offset + 1;
      if (open.contains(message->partition) && message->offset < open[message->partition])
        take(message->partition, {static_cast<const char*>(message->key), message->key_len},
             message->payload == nullptr ? std::nullopt
                                         : std::optional(std::string_view(static_cast<const char*>(message->payload), message->len)));
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      speech_->voice.library_error(message->err, rd_kafka_message_errstr(message.get()));
      continue;
    }
    until = steady_ms() + options_.patience_ms;
    if (const auto found = open.find(message->partition); found != open.end() && reached >= found->second) open.erase(found);
  }
  return ok();
}

}  // namespace gofuture
