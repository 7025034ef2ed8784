#include "kafka/cluster.hpp"

#include <algorithm>
#include <set>

#include "kafka/client.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture {

using namespace kafka;

namespace {

// One question for all partitions: is there any record of that time or later?
Result<std::vector<Where>> later_than(rd_kafka_t* client, const std::vector<Where>& partitions, std::int64_t unix_ms, int timeout_ms) {
  if (partitions.empty()) return std::vector<Where>{};
  auto ends = next_offsets(client, partitions, timeout_ms);  // first: what comes meanwhile lies behind them
  if (!ends) return ends.error();
  auto since = offsets_since(client, partitions, unix_ms, timeout_ms);
  if (!since) return since.error();
  std::vector<Where> later;
  for (const auto& [at, offset] : *since)
    if (offset < (*ends)[at]) later.push_back(at);
  return later;
}

}  // namespace

Result<ClusterFacts> read_cluster(const ClusterOptions& options, const std::vector<std::string>& topics, std::int64_t now_ms, Say say) {
  Voice voice(std::move(say), "doctor");
  const auto client = make_consumer(options.brokers, {{"client.id", "gofuture-doctor"}}, options.properties, voice, "a Kafka client");
  if (!client) return client.error();
  const struct rd_kafka_metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(client->get(), 1, nullptr, &raw, options.request_ms);
  const Metadata metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Error("no broker answers at " + options.brokers + ": " + text_of(error));

  ClusterFacts facts;
  facts.library = rd_kafka_version_str();
  for (int i = 0; i < metadata->broker_cnt; ++i)
    facts.brokers.push_back(std::string(metadata->brokers[i].host) + ":" + std::to_string(metadata->brokers[i].port));
  if (char* id = rd_kafka_clusterid(client->get(), options.request_ms); id != nullptr) {
    facts.id = id;
    rd_kafka_mem_free(client->get(), id);
  }
  const std::set<std::string> wanted(topics.begin(), topics.end());
  std::vector<Where> partitions;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    for (int p = 0; wanted.contains(metadata->topics[i].topic) && p < metadata->topics[i].partition_cnt; ++p)
      if (metadata->topics[i].partitions[p].leader >= 0) partitions.emplace_back(metadata->topics[i].topic, p);
  auto later = later_than(client->get(), partitions, now_ms + options.ahead_ms, options.request_ms);
  if (!later) return later.error();
  facts.from_the_future = std::move(*later);
  return facts;
}

}  // namespace gofuture
