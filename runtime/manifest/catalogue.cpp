#include "manifest/catalogue.hpp"

#include <algorithm>
#include <map>

#include "event/schema.hpp"
#include "manifest/files.hpp"
#include "manifest/names.hpp"
#include "manifest/nearest.hpp"
#include "manifest/section.hpp"

namespace gofuture {
namespace {

constexpr std::size_t kSchemaBytesMax = 1 << 20;

// Names and aliases of one kind: each may stand once.
class Spellings {
 public:
  Spellings(std::string kind, const Report& report) : kind_(std::move(kind)), report_(report) {}

  bool take(const std::string& spelling, const std::string& owner, const Place& at) {
    const auto [known, fresh] = owners_.try_emplace(spelling, owner);
    if (!fresh) report_.add(at, kind_ + " \"" + spelling + "\" is declared twice" + (known->second == spelling ? "" : ": it is an alias of \"" + known->second + "\""));
    return fresh;
  }

 private:
  std::string kind_;
  const Report& report_;
  std::map<std::string, std::string> owners_;
};

std::vector<std::string> read_aliases(const Section& section, const std::string& name, bool (*valid)(std::string_view),
                                      Spellings& spellings, const Report& report) {
  std::vector<std::string> aliases;
  for (const PlacedText& alias : section.texts("aliases")) {
    if (!valid(alias.text)) report.add(alias.at, "\"" + alias.text + "\" cannot be a name here");
    else if (spellings.take(alias.text, name, alias.at)) aliases.push_back(alias.text);
  }
  return aliases;
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + std::string(names[i]);
  return out;
}

void read_pointer(const Section& section, const char* key, const Report& report, std::string& into) {
  const auto text = section.text(key);
  if (!text) return;
  if (is_json_pointer(*text)) into = *text;
  else report.add(section.at(key), std::string(key) + " must be a JSON pointer such as \"/booking_id\"");
}

void read_schema(const Section& section, const std::string& folder, const Report& report, EventType& event) {
  const auto file = section.text("schema");
  if (!file) return;
  event.schema_file = *file;
  const Place at = section.at("schema");
  if (file->empty() || file->front() == '/' || file->find("..") != std::string::npos)
    return report.add(at, "schema must be a path inside the manifests folder");
  const std::string path = folder + "/" + *file;
  auto text = read_file(path, kSchemaBytesMax);
  if (!text) return report.add(at, "schema file " + path + " " + text.error().message());
  if (auto schema = Schema::compile(*text, "schema file " + path); !schema) return report.add(at, schema.error().message());
  event.schema = std::move(*text);
}

}  // namespace

void read_topics(const Report& report, Catalogue& catalogue) {
  const auto root = parse_toml(report);
  if (!root) return;
  const Section file(*root, kTopicsFileKeys, report);
  Spellings spellings("topic", report);
  for (const Value* table : file.tables("topic")) {
    const Section section(*table, kTopicKeys, report);
    const auto name = section.text("name");
    if (!name) continue;
    if (!is_topic_name(*name)) {
      report.add(section.at("name"), "name must be a topic name as Kafka allows it: letters, digits, \".\", \"_\" and \"-\", at most 249");
      continue;
    }
    // Made for every subscription; and who subscribed to its own would read its own failures.
    if (name->ends_with("-dlt")) {
      report.add(section.at("name"), "name must not end in \"-dlt\": dead-letter topics are made from the functions' subscriptions");
      continue;
    }
    if (!spellings.take(*name, *name, section.at("name"))) continue;
    Topic topic;
    topic.name = *name;
    topic.aliases = read_aliases(section, *name, is_topic_name, spellings, report);
    topic.key = section.text("key").value_or("");
    topic.partitions = static_cast<std::int32_t>(section.integer("partitions").value_or(1));
    topic.retention_ms = section.duration_ms("retention").value_or(topic.retention_ms);
    topic.compact = section.boolean("compact").value_or(topic.compact);
    topic.max_bytes = section.size("max_bytes").value_or(topic.max_bytes);
    catalogue.topics.push_back(std::move(topic));
  }
}

void read_events(const Report& report, const std::string& folder, Catalogue& catalogue) {
  const auto root = parse_toml(report);
  if (!root) return;
  const Section file(*root, kEventsFileKeys, report);
  Spellings spellings("event type", report);
  for (const Value* table : file.tables("event")) {
    const Section section(*table, kEventKeys, report);
    EventType event;
    if (const auto topic = section.text("topic")) {
      if (const Topic* known = catalogue.topic(*topic)) event.topic = known->name;
      else if (!catalogue.topics.empty()) {
        std::vector<std::string_view> names;
        for (const Topic& one : catalogue.topics) names.push_back(one.name);
        const auto hint = did_you_mean(*topic, names);
        report.add(section.at("topic"), "unknown topic \"" + *topic + "\"" + (hint.empty() ? "; topics.toml has " + list_of_topics(catalogue) : hint));
      }
    }
    read_pointer(section, "key", report, event.key);
    read_pointer(section, "subject", report, event.subject);
    read_schema(section, folder, report, event);
    event.final = section.boolean("final").value_or(false);
    const auto name = section.text("type");
    if (!name) continue;
    if (!is_type_name(*name)) {
      report.add(section.at("type"), "type must be an identifier such as \"BookingCreated\"");
      continue;
    }
    if (!spellings.take(*name, *name, section.at("type"))) continue;
    event.name = *name;
    event.aliases = read_aliases(section, *name, is_type_name, spellings, report);
    catalogue.events.push_back(std::move(event));
  }
}

std::string list_of_topics(const Catalogue& catalogue) {
  std::vector<std::string_view> names;
  for (const Topic& topic : catalogue.topics) names.push_back(topic.name);
  return joined(names);
}

std::string list_of_events(const Catalogue& catalogue, std::string_view topic) {
  std::vector<std::string_view> names;
  for (const EventType& event : catalogue.events)
    if (event.topic == topic) names.push_back(event.name);
  return names.empty() ? "no event types" : joined(names);
}

}  // namespace gofuture
