#include "kafka/topics.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>

#include "cli/commands.hpp"

namespace gofuture::cli {
namespace {

const char* name_of(TopicDifference::Kind kind) {
  switch (kind) {
    case TopicDifference::Kind::kCreate: return "create";
    case TopicDifference::Kind::kGrow: return "grow";
    case TopicDifference::Kind::kConfigure: return "configure";
    case TopicDifference::Kind::kNotice: return "notice";
    case TopicDifference::Kind::kRefused: return "refused";
  }
  return "?";
}

void print(const Common& common, const std::vector<TopicDifference>& plan, bool applied) {
  if (common.json) {
    boost::json::array list;
    for (const TopicDifference& difference : plan)
      list.push_back(boost::json::object{
          {"kind", name_of(difference.kind)}, {"topic", difference.topic}, {"message", difference.sentence}});
    std::cout << boost::json::serialize(boost::json::object{{"applied", applied}, {"differences", std::move(list)}}) << '\n';
    return;
  }
  for (const TopicDifference& difference : plan) std::cout << difference.sentence << '\n';
  if (plan.empty()) std::cout << "the brokers have every topic as the catalogue wants it\n";
}

int topics(const Common& common, bool apply) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  if (auto named = named_brokers(settings); !named) return fail(named.error());
  TopicsOptions options;
  options.brokers = settings.kafka_brokers;
  options.properties = settings.kafka_properties;
  auto connected = KafkaTopics::connect(options, [](Probe::Level level, const std::string& sentence) {
    if (level >= Probe::Level::kWarn) std::cerr << "gofuture: " << sentence << '\n';
  });
  if (!connected) return fail(connected.error());
  auto plan = (*connected)->plan(wanted_topics(manifests.catalogue, manifests.functions), settings.replication);
  if (!plan) return fail(plan.error());
  bool refused = false;
  for (const TopicDifference& difference : *plan) refused |= difference.kind == TopicDifference::Kind::kRefused;
  if (!apply || refused) {
    print(common, *plan, false);
    return refused ? kFailed : kDone;
  }
  if (auto applied = (*connected)->apply(*plan); !applied) return fail(applied.error());
  print(common, *plan, true);
  return kDone;
}

}  // namespace

void add_topics(CLI::App& app, Common& common) {
  CLI::App& both = add_command(app, "topics", "Compare the brokers' topics with the catalogue\n\nExamples\n  gofuture topics plan\n  gofuture topics apply");
  both.require_subcommand(1);
  CLI::App& plan = add_command(both, "plan", "Show what would be created or changed");
  CLI::App& apply = add_command(both, "apply", "Create and change, then wait until every partition can be used");
  prints_json(plan, common);
  prints_json(apply, common);
  on(plan, common, [&common] { return topics(common, false); });
  on(apply, common, [&common] { return topics(common, true); });
}

}  // namespace gofuture::cli
