// One function's manifest: its tables become a FunctionManifest, and every name in them is looked up in the catalogue.
#include <algorithm>

#include "event/envelope.hpp"
#include "manifest/catalogue.hpp"
#include "manifest/config_json.hpp"
#include "manifest/kafka_properties.hpp"
#include "manifest/names.hpp"
#include "manifest/nearest.hpp"
#include "manifest/section.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kSqlConcurrencyMax = 32;  // each is a database connection with an open transaction

class FunctionReader {
 public:
  FunctionReader(const Value& root, const Catalogue& catalogue, const Report& report)
      : root_(root, kManifestKeys, report), catalogue_(catalogue), report_(report) {}

  FunctionManifest read() {
    manifest_.file = report_.file();
    if (const Value* table = root_.table("function")) read_function(*table);
    for (const Value* table : root_.tables("subscribe")) read_subscription(*table);
    if (const Value* table = root_.table("emits")) read_emits(*table);
    if (const Value* table = root_.table("retry")) read_retry(*table);
    if (const Value* table = root_.table("http")) read_http(*table);
    for (const Value* table : root_.tables("lookup")) read_lookup(*table);
    if (const Value* table = root_.table("kafka"))
      manifest_.kafka_properties = read_kafka_properties(*table, PropertyScope::kAnywhere, report_);
    if (const Value* table = root_.table("config")) manifest_.config_json = config_json(*table, report_);
    check_combinations();
    return std::move(manifest_);
  }

 private:
  void read_function(const Value& table) {
    const Section section(table, kFunctionKeys, report_);
    if (const auto name = section.text("name")) {
      if (is_function_name(*name)) manifest_.name = *name;
      else report_.add(section.at("name"), "name must be of a to z, 0 to 9 and _, at most 63 characters, such as \"refund_payment\"");
    }
    manifest_.library = section.text("library").value_or(manifest_.name);
    if (section.has("library") && !is_library_name(manifest_.library))
      report_.add(section.at("library"), "library must be a file name without folder and without \".so\"");
    manifest_.description = section.text("description").value_or("");
    read_mode(section);
    manifest_.concurrency = static_cast<std::int32_t>(section.integer("concurrency").value_or(manifest_.concurrency));
    manifest_.batch_max = static_cast<std::int32_t>(section.integer("batch").value_or(manifest_.batch_max));
    manifest_.bytes_max = section.size("bytes").value_or(manifest_.bytes_max);
    manifest_.timeout_ms = section.duration_ms("timeout").value_or(manifest_.timeout_ms);
    manifest_.memory_max = section.size("memory").value_or(manifest_.memory_max);
    manifest_.hops_max = static_cast<std::int32_t>(section.integer("hops").value_or(manifest_.hops_max));
    concurrency_at_ = section.at("concurrency");
    if (const Value* sql = section.table("sql")) read_sql(*sql);
    if (const Value* fence = section.table("fence")) read_fence(*fence);
  }

  void read_mode(const Section& section) {
    const Value* mode = section.special("mode");
    if (mode == nullptr || mode->text == "postgres") return;
    if (mode->text == "at_least_once") {
      manifest_.mode = Mode::kAtLeastOnce;
    } else if (mode->text == "kafka") {
      manifest_.mode = Mode::kKafka;
    } else {
      report_.add(mode->at, "mode must be \"postgres\", \"kafka\" or \"at_least_once\"" +
                                did_you_mean(mode->text, {"postgres", "kafka", "at_least_once"}));
    }
  }

  void read_sql(const Value& table) {
    sql_at_ = table.at;
    const Section section(table, kSqlKeys, report_);
    const auto schema = section.text("schema");
    if (!schema) return;
    manifest_.sql_schema = *schema;
    if (!is_sql_name(*schema))
      report_.add(section.at("schema"), "schema must be a plain lower-case name such as \"ride\"");
    else if (*schema == "gofuture" || *schema == "information_schema" || schema->starts_with("pg_"))
      report_.add(section.at("schema"), "the schema \"" + *schema + "\" is not for functions: name one of your own");
  }

  void read_fence(const Value& table) {
    fence_at_ = table.at;
    const Section section(table, kFenceKeys, report_);
    Fence fence;
    if (const auto newest = section.text("newest")) {
      if (newest->starts_with("data:") && is_json_pointer(newest->substr(5))) fence.newest_pointer = newest->substr(5);
      else report_.add(section.at("newest"), "newest must be \"data:\" and a JSON pointer to a time, such as \"data:/observed_at\"");
    }
    fence.coalesce = section.boolean("coalesce").value_or(false);
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
    const auto spellings = section.texts("types");
    if (section.has("types") && spellings.empty())
      report_.add(section.at("types"), "types is empty: name at least one event type");
    for (const PlacedText& spelling : spellings) {
      const EventType* type = topic == nullptr ? nullptr : find_event(spelling.text, *topic, spelling.at);
      if (type == nullptr) continue;
      if (std::find(subscription.types.begin(), subscription.types.end(), type->name) != subscription.types.end()) {
        report_.add(spelling.at, "event type \"" + type->name + "\" is named twice");
        continue;
      }
      subscription.types.push_back(type->name);
      types.push_back(type);
    }
    read_state_key(section, types, subscription);
    read_start(section, subscription);
    manifest_.subscriptions.push_back(std::move(subscription));
  }

  void read_state_key(const Section& section, const std::vector<const EventType*>& types, Subscription& subscription) {
    const auto text = section.text("state_key");
    if (!text || *text == "key") return;
    const Place at = section.at("state_key");
    if (manifest_.mode == Mode::kKafka)
      report_.add(at, "state_key must be \"key\" in mode \"kafka\": state and order live with the partition, "
                      "and only the record's key stays in one");
    if (*text == "subject") {
      subscription.key_from = Subscription::KeyFrom::kSubject;
      for (const EventType* type : types)
        if (type->subject.empty())
          report_.add(at, "state_key = \"subject\", but events.toml gives " + type->name + " no subject");
    } else if (text->starts_with("data:") && is_json_pointer(text->substr(5))) {
      subscription.key_from = Subscription::KeyFrom::kData;
      subscription.key_pointer = text->substr(5);
    } else {
      report_.add(at, "state_key must be \"key\", \"subject\", or \"data:\" and a JSON pointer such as \"data:/booking_id\"");
    }
  }

  void read_start(const Section& section, Subscription& subscription) {
    const Value* value = section.special("start");
    if (value == nullptr) return;
    const bool textual = value->kind == Value::Kind::kText || value->kind == Value::Kind::kTime;
    if (value->kind == Value::Kind::kText && value->text == "earliest") return;
    if (value->kind == Value::Kind::kText && value->text == "latest") {
      subscription.start = Start::kLatest;
      return;
    }
    const auto time = textual ? parse_time_us(value->text) : Result<std::int64_t>(Error(""));
    if (!time) return report_.add(value->at, "start must be " + std::string(kSubscribeKeys.keys.back().choices));
    subscription.start = Start::kTimestamp;
    subscription.start_timestamp_ms = *time / 1000;
  }

  void read_emits(const Value& table) {
    for (const auto& member : table.members) {
      if (member.value.kind != Value::Kind::kText) {
        report_.add(member.value.at, wrong_type(member.name, "the topic that it is emitted to", member.value));
        continue;
      }
      const Topic* topic = find_topic(member.value.text, member.value.at);
      if (topic == nullptr) continue;
      const EventType* type = find_event(member.name, *topic, member.at);
      if (type == nullptr) continue;
      if (!manifest_.emits.emplace(type->name, topic->name).second)
        report_.add(member.at, "event type \"" + type->name + "\" is named twice in [emits]");
    }
  }

  void read_retry(const Value& table) {
    const Section section(table, kRetryKeys, report_);
    Retry& retry = manifest_.retry;
    if (const Value* most = section.special("max_retries")) {
      if (most->kind == Value::Kind::kInteger && most->integer >= 0 && most->integer <= 1'000'000)
        retry.max_retries = static_cast<std::int32_t>(most->integer);
      else if (most->kind == Value::Kind::kText && most->text == "unlimited")
        retry.max_retries = std::nullopt;
      else
        report_.add(most->at, "max_retries must be a whole number from 0 to 1000000, or \"unlimited\"");
    }
    retry.initial_ms = section.duration_ms("initial").value_or(retry.initial_ms);
    retry.multiplier = section.number("multiplier").value_or(retry.multiplier);
    retry.max_ms = section.duration_ms("max").value_or(std::max(retry.max_ms, retry.initial_ms));
    retry.jitter = section.number("jitter").value_or(retry.jitter);
    if (const auto on_dead = section.text("on_dead"); on_dead == "hold") {
      retry.on_dead = OnDead::kHold;
      hold_at_ = section.at("on_dead");
    }
    retry.parked_bytes = section.size("parked_bytes").value_or(retry.parked_bytes);
    if (retry.initial_ms > retry.max_ms) report_.add(section.at("initial"), "initial is longer than max: no pause may be longer than max");
  }

  void read_http(const Value& table) {
    http_at_ = table.at;
    const Section section(table, kHttpKeys, report_);
    Http http;
    for (const PlacedText& prefix : section.texts("allow")) {
      if (is_http_prefix(prefix.text)) http.allow.push_back(prefix.text);
      else report_.add(prefix.at, "allow must list URL prefixes such as \"https://gateway.example:8443/v1/\", without user, query or wildcard");
    }
    http.timeout_ms = section.duration_ms("timeout").value_or(std::min(http.timeout_ms, manifest_.timeout_ms));
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
    lookup.stale_ms = section.duration_ms("stale").value_or(lookup.stale_ms);
    const auto dot = lookup.table.find('.');
    if (section.has("table") && (dot == std::string::npos || !is_sql_name(std::string_view(lookup.table).substr(0, dot)) ||
                                  !is_sql_name(std::string_view(lookup.table).substr(dot + 1))))
      report_.add(section.at("table"), "table must be \"schema.table\" in plain lower-case names, such as \"ride.region_prices\"");
    if (section.has("key") && !is_sql_name(lookup.key))
      report_.add(section.at("key"), "key must be a column, a plain lower-case name such as \"region_id\"");
    if (section.has("name") && !is_sql_name(lookup.name))
      report_.add(section.at("name"), "name must be a plain lower-case name such as \"region_price\"");
    for (const LookupTable& other : manifest_.lookups)
      if (!lookup.name.empty() && other.name == lookup.name) report_.add(section.at("name"), "a second [[lookup]] named \"" + lookup.name + "\"");
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
    if (topic != nullptr || catalogue_.topics.empty()) return topic;  // an unreadable catalogue has been reported itself
    std::vector<std::string_view> names;
    for (const Topic& one : catalogue_.topics) names.push_back(one.name);
    const std::string hint = did_you_mean(name, names);
    report_.add(at, "unknown topic \"" + name + "\"" + (hint.empty() ? "; there are " + list_of_topics(catalogue_) : hint));
    return nullptr;
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
  Place concurrency_at_;
};

}  // namespace

FunctionManifest parse_function(std::string_view text, const std::string& file, const Catalogue& catalogue, Diagnosis& diagnosis) {
  const Report report(file, text, diagnosis);
  const auto root = parse_toml(report);
  if (!root) {
    FunctionManifest nothing;
    nothing.file = file;
    return nothing;
  }
  return FunctionReader(*root, catalogue, report).read();
}

}  // namespace gofuture
