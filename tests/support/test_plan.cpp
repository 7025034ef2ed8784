#include "support/test_plan.hpp"

#include "base/assert.hpp"

namespace gofuture::test {
namespace {

constexpr const char* kSchema = R"({
  "type": "object",
  "required": ["key", "n"],
  "properties": {
    "key": {"type": "string"},
    "n": {"type": "integer"},
    "observed_at": {"type": "integer"}
  }
})";

Topic topic(std::string name, std::int32_t partitions) {
  Topic made;
  made.name = std::move(name);
  made.key = "key";
  made.partitions = partitions;
  return made;
}

EventType event_type(std::string name, std::string topic_name, std::vector<std::string> aliases = {}) {
  EventType made;
  made.schema_file = "schemas/" + name + ".json";
  made.name = std::move(name);
  made.aliases = std::move(aliases);
  made.topic = std::move(topic_name);
  made.schema = made.name == "Counted" ? R"({"type": "object", "required": ["cause", "count"]})" : kSchema;
  made.key = "/key";
  made.subject = "/key";
  return made;
}

}  // namespace

std::shared_ptr<const Catalogue> test_catalogue() {
  auto catalogue = std::make_shared<Catalogue>();
  catalogue->topics = {topic("trips.in", 4), topic("fares.in", 4), topic("counts.out", 4)};
  catalogue->events = {event_type("TripTaken", "trips.in", {"TripTook"}), event_type("FarePaid", "fares.in"),
                       event_type("TripIgnored", "trips.in"), event_type("Counted", "counts.out")};
  return catalogue;
}

FunctionManifest test_manifest(const PlanOptions& options) {
  FunctionManifest manifest;
  manifest.file = "manifests/" + options.function + ".toml";
  manifest.name = options.function;
  manifest.library = options.function;
  manifest.emits = {{"Counted", "counts.out"}};
  manifest.fence = options.fence;
  manifest.batch_max = options.batch_max;
  manifest.concurrency = options.concurrency;
  manifest.bytes_max = options.bytes_max;
  manifest.hops_max = options.hops_max;
  manifest.timeout_ms = options.timeout_ms;
  manifest.retry = options.retry;
  if (options.sql) manifest.sql_schema = "ride";
  if (options.http) manifest.http = Http{{"http://gateway.example"}, 1'000};
  for (const auto& [name, type] : {std::pair{"trips.in", "TripTaken"}, std::pair{"fares.in", "FarePaid"}}) {
    Subscription subscription;
    subscription.topic = name;
    subscription.types = {type};
    subscription.key_from = options.key_from;
    if (options.key_from == Subscription::KeyFrom::kData) subscription.key_pointer = "/key";
    manifest.subscriptions.push_back(std::move(subscription));
  }
  return manifest;
}

std::shared_ptr<const Plan> test_plan(const PlanOptions& options) {
  auto plan = Plan::make(test_manifest(options), test_catalogue(), options.stateful, options.timers);
  if (!plan) std::fprintf(stderr, "test plan: %s\n", plan.error().message().c_str());
  GOFUTURE_ASSERT(plan, "the test plan is a valid one");
  return *plan;
}

}  // namespace gofuture::test
