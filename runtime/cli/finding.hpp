// Finding: what one check of `gofuture doctor` found, and what to do about it. The judging is pure: facts in, findings out, so that each
// verdict has a test without a broken server.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/function_lag.hpp"
#include "kafka/cluster.hpp"
#include "kafka/topics.hpp"
#include "manifest/load.hpp"
#include "postgres/database_facts.hpp"

namespace gofuture::cli {

enum class Verdict { kOk, kWarning, kBad };

struct Finding {
  Verdict verdict = Verdict::kOk;
  std::string area, check;   // "kafka", "topics"
  std::string what, remedy;  // remedy: empty where all is well
};
using Findings = std::vector<Finding>;

// This machine: settings, manifests, libraries, the state folder, a runtime that listens here.
Findings look_at_machine(const Settings& settings, const Diagnosis& settings_mistakes, const Manifests& manifests, const Diagnosis& manifest_mistakes);
// Asks and judges; what does not answer is a finding.
Findings look_at_kafka(const Settings& settings, const Manifests& manifests);
Findings look_at_postgres(const Settings& settings, const Manifests& manifests);

// --- judging ------------------------------------------------------------------------------------------------------------------

Findings judge_topics(const std::vector<TopicDifference>& plan, const std::vector<ExistingTopic>& topics,
                      const std::map<std::string, std::map<std::string, std::string>>& settings);
Findings judge_groups(const std::vector<FunctionLag>& lags);
Findings judge_cluster(const ClusterFacts& facts, const std::string& broker_list);
Findings judge_server(const ServerFacts& server);
Findings judge_slots(const DatabaseFacts& facts, const Settings& settings);
Findings judge_tables(const DatabaseFacts& facts, const Settings& settings);

std::string bytes_text(std::int64_t bytes);

}  // namespace gofuture::cli
