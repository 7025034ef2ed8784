#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/function_lag.hpp"
#include "cli/function_text.hpp"
#include "cli/names.hpp"
#include "cli/paint.hpp"
#include "cli/table.hpp"

namespace gofuture::cli {
namespace {

constexpr int kRequestMs = 10'000;

boost::json::value as_json(const FunctionLag& lag) {
  boost::json::array members, topics;
  for (const GroupMember& member : lag.progress.members)
    members.push_back({{"id", member.id}, {"instance", member.instance}, {"host", member.host}, {"partitions", member.partitions}});
  for (const TopicLag& topic : lag.topics) {
    boost::json::array partitions;
    for (const auto& [at, position] : lag.progress.positions)
      if (at.first == topic.topic)
        partitions.push_back({{"partition", at.second},
                              {"committed", position.committed ? boost::json::value(*position.committed) : boost::json::value(nullptr)},
                              {"first", position.first},
                              {"end", position.next},
                              {"lag", position.lag()}});
    topics.push_back({{"topic", topic.topic}, {"lag", topic.lag}, {"not_begun", topic.not_begun}, {"partitions", std::move(partitions)}});
  }
  return {{"function", lag.function},
          {"group", lag.progress.group},
          {"state", lag.progress.state},
          {"lag", lag.progress.lag()},
          {"oldest_ms", lag.oldest_ms ? boost::json::value(*lag.oldest_ms) : boost::json::value(nullptr)},
          {"members", std::move(members)},
          {"topics", std::move(topics)}};
}

// Who reads, as people know them: by GOFUTURE_INSTANCE, which the runtime puts in front of the function's name.
std::string readers(const std::string& function, const GroupProgress& progress) {
  std::vector<std::string> names;
  for (const GroupMember& member : progress.members) {
    const bool ours = member.instance.ends_with("-" + function);
    names.push_back(ours ? member.instance.substr(0, member.instance.size() - function.size() - 1) : member.id + member.host);
  }
  return names.empty() ? "-" : joined(names);
}

void print(const Common& common, const std::vector<FunctionLag>& lags) {
  if (common.json) {
    boost::json::array functions;
    for (const FunctionLag& lag : lags) functions.push_back(as_json(lag));
    std::cout << boost::json::serialize(boost::json::object{{"functions", std::move(functions)}}) << '\n';
    return;
  }
  const Paint paint(common.colour);
  std::vector<std::vector<std::string>> rows;
  for (const FunctionLag& lag : lags)
    for (std::size_t i = 0; i < lag.topics.size(); ++i) {
      const TopicLag& topic = lag.topics[i];
      const bool first = i == 0, nobody = lag.progress.members.empty();
      rows.push_back({first ? lag.function : "", topic.topic, std::to_string(topic.partitions),
                      topic.not_begun == topic.partitions ? "not begun" : topic.lag > 0 ? paint.yellow(std::to_string(topic.lag)) : "0",
                      first && lag.oldest_ms ? age_text(*lag.oldest_ms) : "-", first ? (nobody ? paint.red("nobody") : readers(lag.function, lag.progress)) : ""});
    }
  std::cout << table({"FUNCTION", "TOPIC", "PARTITIONS", "LAG", "OLDEST", "READ BY"}, rows);
}

int lag(const Common& common, const std::vector<std::string>& names) {
  Settings settings;
  Manifests manifests;
  if (!read_settings(common, settings) || !read_manifests(settings, manifests)) return kWrongUsage;
  std::vector<const FunctionManifest*> functions;
  for (const std::string& name : names) {
    const auto called = function_called(manifests, settings, name);
    if (!called) return wrong(called.error());
    functions.push_back(*called);
  }
  if (names.empty())
    for (const FunctionManifest& function : manifests.functions) functions.push_back(&function);
  if (auto named = named_brokers(settings); !named) return fail(named.error());
  auto lags = lag_of(settings, functions, kRequestMs);
  if (!lags) return fail(lags.error());
  ask_ages(settings, *lags, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  print(common, *lags);
  return kDone;
}

}  // namespace

void add_lag(CLI::App& app, Common& common) {
  CLI::App& command = add_command(app, "lag",
                                  "How far each function is behind the ends of its topics, and who reads them\n\n"
                                  "Examples\n"
                                  "  gofuture lag\n"
                                  "  gofuture lag refund_payment --json\n\n"
                                  "Lag is the high watermark less the committed offset. A parked event is done for its partition: it is in `gofuture list`.\n"
                                  "`gofuture top` goes on looking.");
  auto names = std::make_shared<std::vector<std::string>>();
  command.add_option("function", *names, "Functions (default: all)")->type_name("FUNCTION");
  prints_json(command, common);
  on(command, common, [&common, names] { return lag(common, *names); });
}

}  // namespace gofuture::cli
