// The tables of a file become a FunctionManifest, and every name in them is looked up in the catalogue.
#include "manifest/function.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "manifest/catalogue.hpp"
#include "manifest/config_json.hpp"
#include "manifest/kafka_properties.hpp"
#include "manifest/nearest.hpp"
#include "manifest/section.hpp"

namespace gofuture {
namespace {

constexpr std::string_view kDataPrefix = "data:", kConfigPrefix = "config:";  // and a JSON pointer
constexpr std::int64_t kSqlConcurrencyMax = 32;  // each is a database connection with an open transaction

class FunctionReader {
 public:
  FunctionReader(const Value& root, const Catalogue& catalogue, const Report& report)
      : root_(root, kManifestKeys, report), catalogue_(catalogue), report_(report) {}

  ReadFunction read() {
    manifest_.file = report_.file();
    if (const Value* table = root_.table("function")) read_function(*table);
    for (const Value* table : root_.tables("subscribe")) read_subscription(*table);
    if (const Value* table = root_.table("emits")) read_emits(*table);
    if (const Value* table = root_.table("leads_to")) read_leads_to(*table);
    if (const Value* table = root_.table("retry")) read_retry(*table);
    if (const Value* table = root_.table("http")) read_http(*table);
    for (const Value* table : root_.tables("lookup")) read_lookup(*table);
    if (const Value* table = root_.table("kafka"))
      manifest_.kafka_properties = read_kafka_properties(*table, PropertyScope::kAnywhere, report_);
    if (const Value* table = root_.table("config")) manifest_.config_json = config_json(*table, report_);
    for (const Value* table : root_.tables("wait")) read_wait(*table);  // its deadline stands in [config]
    check_combinations();
    return {std::move(manifest_), name_at_};
  }

 private:
  void read_function(const Value& table) {
    const Section section(table, kFunctionKeys, report_);
    manifest_.name = section.text("name").value_or("");
    name_at_ = section.at("name");
    manifest_.library = section.text("library").value_or(manifest_.name);
    manifest_.description = section.text("description").value_or("");
    const auto mode = section.text("mode").value();
    manifest_.mode = mode == "kafka" ? Mode::kKafka : mode == "at_least_once" ? Mode::kAtLeastOnce : Mode::kPostgres;
    manifest_.concurrency = static_cast<std::int32_t>(section.integer("concurrency").value());
    manifest_.batch_max = static_cast<std::int32_t>(section.integer("batch").value());
    manifest_.bytes_max = section.size("bytes").value();
    manifest_.timeout_ms = section.duration_ms("timeout").value();
    manifest_.memory_max = section.size("memory").value();
    manifest_.hops_max = static_cast<std::int32_t>(section.integer("hops").value());
    manifest_.hops_said = section.has("hops");
    concurrency_at_ = section.at("concurrency");
    if (const Value* sql = section.table("sql")) read_sql(*sql);
    if (const Value* fence = section.table("fence")) read_fence(*fence);
  }

  void read_sql(const Value& table) {
    sql_at_ = table.at;
    const Section section(table, kSqlKeys, report_);
    const auto schema = section.text("schema");
    manifest_.sql_schema = schema;
    if (schema && (*schema == "gofuture" || *schema == "information_schema" || schema->starts_with("pg_")))
      report_.add(section.at("schema"), "the schema \"" + *schema + "\" is not for functions: name one of your own");
  }

  void read_fence(const Value& table) {
    fence_at_ = table.at;
    const Section section(table, kFenceKeys, report_);
    Fence fence;
    if (const auto newest = section.text("newest")) fence.newest_pointer = newest->substr(kDataPrefix.size());
    fence.coalesce = section.boolean("coalesce").value();
    manifest_.fence = std::move(fence);
  }

  void read_subscription(const Value& table) {
    const Section section(table, kSubscribeKeys, report_);
    Subscription subscription;
    const Topic* topic = nullptr;
    if (const auto name = section.text("topic")) topic = find_topic(*name, section.at("topic"));
    if (topic != nullptr) {
      subscription.topic = topic->name;
      for (const Subscription& other : manifest_.subscriptions)
        if (other.topic == topic->name)
          report_.add(section.at("topic"), "a second [[subscribe]] of " + topic->name + "; name all its types in the first");
    }
    std::vector<const EventType*> types;
    for (const PlacedText& spelling : section.texts("types")) {
      const EventType* type = topic == nullptr ? nullptr : find_event(spelling.text, *topic, spelling.at);
      if (type == nullptr) continue;
      if (std::find(subscription.types.begin(), subscription.types.end(), type->name) != subscription.types.end()) {
        report_.add(spelling.at, "event type \"" + type->name + "\" is named twice");
        continue;
      }
      subscription.types.push_back(type->name);
      manifest_.handled_at.emplace(type->name, spelling.at);
      types.push_back(type);
    }
    read_state_key(section, types, subscription);
    read_start(section, subscription);
    manifest_.subscriptions.push_back(std::move(subscription));
  }

  void read_state_key(const Section& section, const std::vector<const EventType*>& types, Subscription& subscription) {
    const auto from = section.text("state_key").value();
    if (from == "key") return;
    const Place at = section.at("state_key");
    if (manifest_.mode == Mode::kKafka)
      report_.add(at, "state_key must be \"key\" in mode \"kafka\": state and order live with the partition, "
                      "and only the record's key stays in one");
    if (from == "subject") {
      subscription.key_from = Subscription::KeyFrom::kSubject;
      for (const EventType* type : types)
        if (type->subject.empty())
          report_.add(at, "state_key = \"subject\", but events.toml gives " + type->name + " no subject");
    } else {
      subscription.key_from = Subscription::KeyFrom::kData;
      subscription.key_pointer = from.substr(kDataPrefix.size());
    }
  }

  static void read_start(const Section& section, Subscription& subscription) {
    const auto word = section.text("start");
    if (word == "earliest") return;
    subscription.start = word == "latest" ? Start::kLatest : Start::kTimestamp;
    if (const auto time = section.time_us("start")) subscription.start_timestamp_ms = *time / 1000;
  }

  void read_emits(const Value& table) {
    for (const auto& member : table.members) {
      if (member.value.kind != Value::Kind::kText) {
        report_.add(member.value.at, wrong_type(member.name, "the topic that it is emitted to", member.value) + meant_emit(member));
        continue;
      }
      const Topic* topic = find_topic(member.value.text, member.value.at);
      if (topic == nullptr) continue;
      const EventType* type = find_event(member.name, *topic, member.at);
      if (type == nullptr) continue;
      if (!manifest_.emits.emplace(type->name, topic->name).second)
        report_.add(member.at, "event type \"" + type->name + "\" is named twice in [emits]");
      manifest_.emitted_at.emplace(type->name, member.at);
    }
  }

  void read_leads_to(const Value& table) {
    for (const auto& member : table.members) {
      const bool texts = member.value.kind == Value::Kind::kArray &&
                         std::all_of(member.value.items.begin(), member.value.items.end(), [](const Value& one) { return one.kind == Value::Kind::kText; });
      if (!texts) {
        report_.add(member.value.at, wrong_type(member.name, "a list of event types, which may be empty", member.value));
        continue;
      }
      const std::string handled = one_of(member.name, member.at, manifest_.handled_at, "it does not subscribe to");
      auto& led_to = manifest_.leads_to[handled];
      for (const Value& item : member.value.items) led_to.push_back(one_of(item.text, item.at, manifest_.emitted_at, "[emits] does not have"));
    }
  }

  void read_wait(const Value& table) {
    const Section section(table, kWaitKeys, report_);
    Wait wait;
    wait.at = section.at("answers");
    for (const PlacedText& answer : section.texts("answers"))
      if (auto type = one_of(answer.text, answer.at, manifest_.handled_at, "it does not subscribe to"); !type.empty()) wait.answers.push_back(std::move(type));
    if (const auto then = section.text("then")) wait.then = one_of(*then, section.at("then"), manifest_.emitted_at, "[emits] does not have");
    if (const auto deadline = section.text("deadline")) {
      const std::string pointer = deadline->substr(kConfigPrefix.size());
      wait.deadline_s = positive_in_config(pointer);
      if (wait.deadline_s == 0) report_.add(section.at("deadline"), "[config] has no whole number of seconds above 0 at " + pointer);
    }
    manifest_.waits.push_back(std::move(wait));
  }

  // An event type by one of its spellings, which must be one of those; empty: it is not, which is said.
  std::string one_of(const std::string& spelling, const Place& at, const std::map<std::string, Place>& those, std::string_view or_else) {
    const EventType* type = catalogue_.event(spelling);
    if (type != nullptr && those.contains(type->name)) return type->name;
    std::vector<std::string_view> names;
    for (const auto& [name, place] : those) names.push_back(name);
    report_.add(at, type == nullptr ? unknown_event(spelling, catalogue_)
                                    : std::string(or_else) + " " + type->name + did_you_mean(spelling, names));
    return {};
  }

  std::int64_t positive_in_config(const std::string& pointer) const {
    boost::system::error_code none;
    const auto config = boost::json::parse(manifest_.config_json, none);
    const boost::json::value* found = none ? nullptr : config.find_pointer(pointer, none);
    return found != nullptr && found->is_int64() && found->get_int64() > 0 ? found->get_int64() : 0;
  }

  // `PaymentRefunded = ["payments.status"]`, or `types = ["PaymentRefunded"]` as in a [[subscribe]].
  std::string meant_emit(const Value::Member& member) const {
    const EventType* type = catalogue_.event(member.name);
    for (const Value& item : member.value.items)
      if (type == nullptr) type = catalogue_.event(item.text);
    return type == nullptr ? "" : "; did you mean " + type->name + " = \"" + type->topic + "\"?";
  }

  void read_retry(const Value& table) {
    const Section section(table, kRetryKeys, report_);
    Retry& retry = manifest_.retry;
    retry.max_retries.reset();  // "unlimited" is no number
    if (const auto most = section.integer("max_retries")) retry.max_retries = static_cast<std::int32_t>(*most);
    retry.initial_ms = section.duration_ms("initial").value();
    retry.multiplier = section.number("multiplier").value();
    retry.max_ms = section.duration_ms("max").value();
    if (!section.has("max")) retry.max_ms = std::max(retry.max_ms, retry.initial_ms);
    retry.jitter = section.number("jitter").value();
    if (section.text("on_dead") == "hold") {
      retry.on_dead = OnDead::kHold;
      hold_at_ = section.at("on_dead");
    }
    retry.parked_bytes = section.size("parked_bytes").value();
    if (retry.initial_ms > retry.max_ms) report_.add(section.at("initial"), "initial is longer than max: no pause may be longer than max");
  }

  void read_http(const Value& table) {
    http_at_ = table.at;
    const Section section(table, kHttpKeys, report_);
    Http http;
    for (const PlacedText& prefix : section.texts("allow")) http.allow.push_back(prefix.text);
    http.timeout_ms = section.duration_ms("timeout").value();
    if (!section.has("timeout")) http.timeout_ms = std::min(http.timeout_ms, manifest_.timeout_ms);
    if (http.timeout_ms > manifest_.timeout_ms)
      report_.add(section.at("timeout"), "a call may take longer than the handler: make it at most the timeout of [function]");
    manifest_.http = std::move(http);
  }

  void read_lookup(const Value& table) {
    if (!lookup_at_) lookup_at_ = table.at;
    const Section section(table, kLookupKeys, report_);
    LookupTable lookup;
    lookup.name = section.text("name").value_or("");
    lookup.table = section.text("table").value_or("");
    lookup.key = section.text("key").value_or("");
    lookup.stale_ms = section.duration_ms("stale").value();
    for (const LookupTable& other : manifest_.lookups)
      if (!lookup.name.empty() && other.name == lookup.name)
        report_.add(section.at("name"), "a second [[lookup]] named \"" + lookup.name + "\"");
    manifest_.lookups.push_back(std::move(lookup));
  }

  void check_combinations() {
    if (sql_at_ && http_at_)
      report_.add(*http_at_, "[http] together with sql: a call would hold the transaction open; split the function in two");
    if (sql_at_ && manifest_.mode != Mode::kPostgres)
      report_.add(*sql_at_, "sql needs mode = \"postgres\": its statements commit with the event's other effects");
    if (fence_at_ && manifest_.mode == Mode::kAtLeastOnce)
      report_.add(*fence_at_, "fence needs mode = \"postgres\": \"at_least_once\" keeps nothing to compare with");
    if (hold_at_ && manifest_.mode != Mode::kPostgres)
      report_.add(*hold_at_, "on_dead = \"hold\" needs mode = \"postgres\": nothing else keeps a key's events until it is released");
    if (hold_at_ && fence_at_)
      report_.add(*hold_at_, "on_dead = \"hold\" together with fence: there a younger event waits for no older one");
    if (manifest_.mode == Mode::kKafka) check_streams();
    if (sql_at_ && manifest_.concurrency > kSqlConcurrencyMax)
      report_.add(concurrency_at_, "with sql, concurrency must be at most " + std::to_string(kSqlConcurrencyMax) +
                                       ": each thread holds a database connection with an open transaction");
  }

  // What a transaction of Kafka cannot hold, or not yet.
  void check_streams() {
    if (fence_at_)
      report_.add(*fence_at_, "fence needs mode = \"postgres\": in mode \"kafka\" the positions in the transaction keep repeats out");
    if (http_at_)
      report_.add(*http_at_, "[http] needs mode = \"postgres\" until mode \"kafka\" can journal calls: "
                             "a transaction that is aborted does not take a call back");
    if (lookup_at_)
      report_.add(*lookup_at_, "[[lookup]] needs mode = \"postgres\" until mode \"kafka\" can read other keys");
  }

  const Topic* find_topic(const std::string& name, const Place& at) {
    const Topic* topic = catalogue_.topic(name);
    if (topic == nullptr && !catalogue_.topics.empty())  // an unreadable catalogue has been reported itself
      report_.add(at, unknown_topic(name, catalogue_));
    return topic;
  }

  const EventType* find_event(const std::string& spelling, const Topic& topic, const Place& at) {
    const EventType* type = catalogue_.event(spelling);
    if (type != nullptr && type->topic == topic.name) return type;
    if (type != nullptr) {
      if (!type->topic.empty()) report_.add(at, "event type \"" + type->name + "\" travels on " + type->topic + ", not on " + topic.name);
      return nullptr;
    }
    if (catalogue_.events.empty()) return nullptr;
    std::vector<std::string_view> names;
    for (const EventType& one : catalogue_.events)
      if (one.topic == topic.name) names.push_back(one.name);
    const std::string hint = did_you_mean(spelling, names);
    report_.add(at, "unknown event type \"" + spelling + "\" on " + topic.name +
                        (hint.empty() ? "; it has " + list_of_events(catalogue_, topic.name) : hint));
    return nullptr;
  }

  Section root_;
  const Catalogue& catalogue_;
  const Report& report_;
  FunctionManifest manifest_;
  std::optional<Place> sql_at_, http_at_, fence_at_, hold_at_, lookup_at_;
  Place name_at_, concurrency_at_;
};

}  // namespace

ReadFunction read_function(const Report& report, const Catalogue& catalogue) {
  if (const auto root = parse_toml(report)) return FunctionReader(*root, catalogue, report).read();
  ReadFunction nothing;
  nothing.manifest.file = report.file();
  return nothing;
}

}  // namespace gofuture
