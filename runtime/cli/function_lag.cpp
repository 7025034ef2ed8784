#include "cli/function_lag.hpp"

#include <chrono>
#include <set>

#include "kafka/topic_reader.hpp"

namespace gofuture::cli {
namespace {

void quiet(kafka::Level, const std::string&) {}  // the answer says it

// The timestamp of the first record at or behind each offset, as far as they come in time.
std::map<kafka::Where, std::int64_t> timestamps_at(const Settings& settings, const kafka::Offsets& offsets) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPatience = std::chrono::seconds(2);
  std::map<kafka::Where, std::int64_t> found;
  const auto reader = TopicReader::open({.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .topics = {}, .from = {}, .at = offsets}, quiet);
  if (!reader) return found;
  const auto until = Clock::now() + kPatience;
  while (found.size() < offsets.size() && !(*reader)->at_end() && Clock::now() < until)
    if (const auto seen = (*reader)->next(100)) found.emplace(kafka::Where{seen->topic, seen->record.partition}, seen->record.timestamp_ms);
  return found;
}

}  // namespace

Result<std::vector<FunctionLag>> lag_of(const Settings& settings, const std::vector<const FunctionManifest*>& functions, int request_ms) {
  std::vector<GroupQuestion> questions;
  for (const FunctionManifest* function : functions) {
    std::set<std::string> topics;
    for (const Subscription& subscription : function->subscriptions) topics.insert(subscription.topic);
    questions.push_back({settings.group_prefix + function->name, {topics.begin(), topics.end()}});
  }
  auto groups = read_groups({.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .request_ms = request_ms}, questions, quiet);
  if (!groups) return groups.error();
  std::vector<FunctionLag> lags;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    FunctionLag one;
    one.function = functions[i]->name;
    one.progress = std::move((*groups)[i]);
    for (const auto& [at, position] : one.progress.positions) {
      if (one.topics.empty() || one.topics.back().topic != at.first) one.topics.push_back({.topic = at.first});
      TopicLag& topic = one.topics.back();
      ++topic.partitions;
      topic.not_begun += position.committed ? 0 : 1;
      topic.lag += position.lag();
    }
    lags.push_back(std::move(one));
  }
  return lags;
}

void ask_ages(const Settings& settings, std::vector<FunctionLag>& lags, std::int64_t now_ms) {
  for (FunctionLag& lag : lags) {
    kafka::Offsets behind;
    for (const auto& [at, position] : lag.progress.positions)
      if (position.lag() > 0) behind[at] = std::max(*position.committed, position.first);
    if (behind.empty()) continue;
    for (const auto& [at, timestamp] : timestamps_at(settings, behind))
      lag.oldest_ms = std::max(lag.oldest_ms.value_or(0), now_ms - timestamp);
  }
}

}  // namespace gofuture::cli
