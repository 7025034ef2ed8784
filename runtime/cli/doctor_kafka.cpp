#include <chrono>
#include <set>

#include "cli/counted.hpp"
#include "cli/finding.hpp"
#include "cli/function_text.hpp"
#include "cli/names.hpp"

namespace gofuture::cli {
namespace {

constexpr int kRequestMs = 3'000;
constexpr const char* kArea = "kafka";

Finding ok_is(const char* check, std::string what) { return {Verdict::kOk, kArea, check, std::move(what), ""}; }
Finding warning(const char* check, std::string what, std::string remedy) { return {Verdict::kWarning, kArea, check, std::move(what), std::move(remedy)}; }
Finding bad(const char* check, std::string what, std::string remedy) { return {Verdict::kBad, kArea, check, std::move(what), std::move(remedy)}; }

void quiet(kafka::Level, const std::string&) {}  // the findings say it

std::int64_t number(const std::map<std::string, std::string>& settings, const char* name, std::int64_t otherwise) {
  const auto found = settings.find(name);
  return found == settings.end() || found->second.empty() ? otherwise : std::strtoll(found->second.c_str(), nullptr, 10);
}

using Names = std::vector<std::string>;

Finding judge_plan(const std::vector<TopicDifference>& plan) {
  using Kind = TopicDifference::Kind;
  Names missing, refused, differing;
  for (const TopicDifference& one : plan)
    (one.kind == Kind::kCreate ? missing : one.kind == Kind::kRefused ? refused : differing).push_back(one.topic);
  if (!refused.empty())
    return bad("topics", abridged(refused) + ": more partitions than the catalogue says", "see `gofuture topics plan`; write the number of partitions that there are in topics.toml");
  if (!missing.empty()) return bad("topics", "missing: " + abridged(missing), "run `gofuture topics apply`");
  if (!differing.empty()) return warning("topics", "not as the catalogue says: " + abridged(differing), "see `gofuture topics plan`, then `gofuture topics apply`");
  return ok_is("topics", "as the catalogue says");
}

}  // namespace

Findings judge_topics(const std::vector<TopicDifference>& plan, const std::vector<ExistingTopic>& topics,
                      const std::map<std::string, std::map<std::string, std::string>>& settings) {
  Findings findings{judge_plan(plan)};
  Names leaderless, behind, unwritable, thin, unclean;
  for (const ExistingTopic& topic : topics) {
    const auto found = settings.find(topic.name);
    if (found == settings.end()) continue;  // not one of ours
    const std::int64_t needed = number(found->second, "min.insync.replicas", 1);
    if (topic.without_leader > 0) leaderless.push_back(topic.name);
    if (topic.out_of_sync > 0) behind.push_back(topic.name);
    if (needed > topic.replication) unwritable.push_back(topic.name);
    if (topic.replication >= 3 && needed < 2) thin.push_back(topic.name);
    if (const auto election = found->second.find("unclean.leader.election.enable"); election != found->second.end() && election->second == "true")
      unclean.push_back(topic.name);
  }
  if (!leaderless.empty())
    findings.push_back(bad("replicas", "partitions without a leader: " + abridged(leaderless) + "; their events stand still", "start the brokers that are down"));
  else if (!behind.empty())
    findings.push_back(warning("replicas", "partitions with a replica that is behind: " + abridged(behind), "look at the brokers that are down or slow"));
  else
    findings.push_back(ok_is("replicas", "every partition has a leader and all its replicas"));
  if (!unwritable.empty())
    findings.push_back(bad("min.insync.replicas", "larger than the replication of " + abridged(unwritable) + ": nothing can be written", "lower it, or raise the replication"));
  else if (!thin.empty())
    findings.push_back(warning("min.insync.replicas", "1 in spite of 3 replicas: " + abridged(thin) + "; one broker's disk may hold the only copy of an acknowledged event",
                               "set min.insync.replicas to 2"));
  else
    findings.push_back(ok_is("min.insync.replicas", "fits the replication"));
  if (!unclean.empty())
    findings.push_back(bad("leader election", "unclean elections are allowed on " + abridged(unclean) + ": acknowledged events may be lost", "set unclean.leader.election.enable to false"));
  return findings;
}

Findings judge_groups(const std::vector<FunctionLag>& lags) {
  Findings findings;
  Names alone, fresh;
  for (const FunctionLag& lag : lags) {
    std::int64_t lost = 0, beyond = 0;
    for (const auto& [at, position] : lag.progress.positions) {
      if (!position.committed) continue;
      lost += std::max<std::int64_t>(0, position.first - *position.committed);
      beyond += *position.committed > position.next ? 1 : 0;
    }
    if (lost > 0)
      findings.push_back(bad("groups", lag.function + ": retention removed " + std::to_string(lost) + " events before they were read",
                             "raise the topic's retention, or the function's speed"));
    if (beyond > 0)
      findings.push_back(bad("groups", lag.function + ": its position lies behind the end of " + counted(static_cast<std::size_t>(beyond), "partition") +
                                           "; the topic was made anew",
                             "set the group's offsets with kafka-consumer-groups --reset-offsets"));
    std::int32_t not_begun = 0, partitions = 0;
    for (const TopicLag& topic : lag.topics) {
      not_begun += topic.not_begun;
      partitions += topic.partitions;
    }
    if (lag.progress.members.empty()) (not_begun == partitions ? fresh : alone).push_back(lag.function + (lag.progress.lag() > 0 ? " (" + std::to_string(lag.progress.lag()) + " events wait)" : ""));
  }
  if (!alone.empty()) findings.push_back(warning("groups", "nobody reads for " + abridged(alone), "start `gofuture run`"));
  if (!fresh.empty()) findings.push_back(warning("groups", "have never run: " + abridged(fresh), "start `gofuture run`"));
  if (findings.empty()) findings.push_back(ok_is("groups", "every function is read for; see `gofuture lag`"));
  return findings;
}

Findings judge_cluster(const ClusterFacts& facts, const std::string& broker_list) {
  Names future;
  Findings findings{ok_is("brokers", counted(facts.brokers.size(), "broker") + " of cluster " + facts.id + " (" + abridged(facts.brokers) + "), through " +
                                         broker_list + " with librdkafka " + facts.library)};
  for (const auto& [topic, partition] : facts.from_the_future) future.push_back(topic + "/" + std::to_string(partition));
  if (future.empty()) findings.push_back(ok_is("clock", "no record is dated ahead of this machine's clock"));
  else findings.push_back(warning("clock", "records dated more than a minute ahead of this machine's clock: " + abridged(future), "compare the clocks of the producers and of this machine (NTP)"));
  return findings;
}

Findings look_at_kafka(const Settings& settings, const Manifests& manifests) {
  if (settings.kafka_brokers.empty()) return {bad("brokers", "no broker is named", "set GOFUTURE_KAFKA, or [kafka] brokers in the settings file")};
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto cluster = read_cluster({.brokers = settings.kafka_brokers, .properties = settings.kafka_properties, .request_ms = kRequestMs},
                                    topic_names(manifests.catalogue), now_ms, quiet);
  if (!cluster) return {bad("brokers", cluster.error().message(), "check GOFUTURE_KAFKA, that the brokers run, and that nothing stands between")};
  Findings findings = judge_cluster(*cluster, settings.kafka_brokers);
  const auto append = [&findings](const Findings& more) { findings.insert(findings.end(), more.begin(), more.end()); };

  const auto unread = [&](const char* check, const Error& error) { findings.push_back(bad(check, error.message(), "look at the brokers' logs")); };
  TopicsOptions options;
  options.brokers = settings.kafka_brokers;
  options.properties = settings.kafka_properties;
  options.request_ms = kRequestMs;
  const auto topics = KafkaTopics::connect(options, quiet);
  if (!topics) {
    unread("topics", topics.error());
    return findings;
  }
  const auto wanted = wanted_topics(manifests.catalogue, manifests.functions);
  const auto plan = (*topics)->plan(wanted, settings.replication);
  const auto existing = (*topics)->list();
  if (!plan || !existing) {
    unread("topics", (plan ? existing.error() : plan.error()));
    return findings;
  }
  std::set<std::string> names, ours;
  for (const WantedTopic& topic : wanted) names.insert(topic.name);
  for (const ExistingTopic& topic : *existing)
    if (names.contains(topic.name)) ours.insert(topic.name);
  const auto values = (*topics)->settings({ours.begin(), ours.end()});
  if (!values) unread("topics", values.error());
  else append(judge_topics(*plan, *existing, *values));

  std::vector<const FunctionManifest*> functions;
  for (const FunctionManifest& function : manifests.functions) {
    bool there = true;
    for (const Subscription& subscription : function.subscriptions) there = there && ours.contains(subscription.topic);
    if (there) functions.push_back(&function);
  }
  const auto lags = lag_of(settings, functions, kRequestMs);
  if (!lags) unread("groups", lags.error());
  else append(judge_groups(*lags));
  return findings;
}

}  // namespace gofuture::cli
