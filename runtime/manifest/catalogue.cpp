#include "manifest/catalogue.hpp"

#include <algorithm>
#include <map>

#include "event/schema.hpp"
#include "manifest/files.hpp"
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
    if (fresh) return true;
    const std::string alias = known->second == spelling ? "" : ": it is an alias of \"" + known->second + "\"";
    report_.add(at, kind_ + " \"" + spelling + "\" is declared twice" + alias);
    return false;
  }

 private:
  std::string kind_;
  const Report& report_;
  std::map<std::string, std::string> owners_;
};

std::vector<std::string> read_aliases(const Section& section, const std::string& name, Spellings& spellings) {
  std::vector<std::string> aliases;
  for (const PlacedText& alias : section.texts("aliases"))
    if (spellings.take(alias.text, name, alias.at)) aliases.push_back(alias.text);
  return aliases;
}

void read_schema(const Section& section, const std::string& folder, const Report& report, EventType& event) {
  const auto file = section.text("schema");
  if (!file) return;
  event.schema_file = *file;
  const Place at = section.at("schema");
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
    // Made for every subscription; and who subscribed to its own would read its own failures.
    if (name->ends_with("-dlt")) {
      report.add(section.at("name"), "name must not end in \"-dlt\": dead-letter topics are made from the functions' subscriptions");
      continue;
    }
    if (!spellings.take(*name, *name, section.at("name"))) continue;
    Topic topic;
    topic.name = *name;
    topic.aliases = read_aliases(section, *name, spellings);
    topic.key = section.text("key").value_or("");
    topic.partitions = static_cast<std::int32_t>(section.integer("partitions").value_or(1));
    topic.retention_ms = section.duration_ms("retention").value_or(topic.retention_ms);
    topic.compact = section.boolean("compact").value();
    topic.max_bytes = section.size("max_bytes").value();
    catalogue.topics.push_back(std::move(topic));
  }
}

void read_events(const Report& report, const std::string& folder, Catalogue& catalogue) {
  const auto root = parse_toml(report);
  if (!root) return;
  const Section file(*root, kEventsFileKeys, report);
  Spellings spellings("event type", report);
  Diagnosis unheard;  // the first reading has told it
  const Report silent(report.file(), report.text(), unheard);
  for (const Value* table : file.tables("event")) {
    const Section section(*table, kEventKeys, report);
    EventType event;
    if (const auto topic = section.text("topic")) {
      if (const Topic* known = catalogue.topic(*topic)) event.topic = known->name;
      else if (!catalogue.topics.empty()) report.add(section.at("topic"), unknown_topic(*topic, catalogue));
    }
    event.key = section.text("key").value_or("");
    event.subject = section.text("subject").value_or("");
    read_schema(section, folder, report, event);
    event.final = section.boolean("final").value();
    event.source = section.text("source").value_or("");
    event.failure = section.boolean("failure").value();
    event.at = section.at("type");
    const auto name = section.text("type");
    if (!name) continue;
    if (!spellings.take(*name, *name, section.at("type"))) continue;
    event.name = *name;
    event.aliases = read_aliases(section, *name, spellings);
    catalogue.events.push_back(std::move(event));
  }
  // What an event says of others, once all are known.
  for (const Value* table : file.tables("event")) {
    const Section section(*table, kEventKeys, silent);
    const auto name = section.text("type");
    const auto event = std::find_if(catalogue.events.begin(), catalogue.events.end(), [&](const EventType& one) { return one.name == name; });
    if (event == catalogue.events.end()) continue;
    const auto find = [&](const std::string& spelling, const Place& at) {
      const EventType* found = catalogue.event(spelling);
      if (found == nullptr) report.add(at, unknown_event(spelling, catalogue));
      return found == nullptr ? std::string() : found->name;
    };
    for (const PlacedText& answer : section.texts("answers"))
      if (auto type = find(answer.text, answer.at); !type.empty()) event->answers.push_back(std::move(type));
    if (const auto undone_by = section.text("undone_by")) event->undone_by = find(*undone_by, section.at("undone_by"));
  }
}

std::string joined(const std::vector<std::string_view>& names, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " " + std::string(last) + " " : ", ") + std::string(names[i]);
  return out;
}

std::string unknown_event(const std::string& spelling, const Catalogue& catalogue) {
  std::vector<std::string_view> names;
  for (const EventType& event : catalogue.events) names.push_back(event.name);
  return "unknown event type \"" + spelling + "\"" + did_you_mean(spelling, names);
}

std::string unknown_topic(const std::string& name, const Catalogue& catalogue) {
  std::vector<std::string_view> names;
  for (const Topic& topic : catalogue.topics) names.push_back(topic.name);
  const std::string near = did_you_mean(name, names);
  return "unknown topic \"" + name + "\"" + (near.empty() ? "; topics.toml has " + joined(names) : near);
}

std::string list_of_events(const Catalogue& catalogue, std::string_view topic) {
  std::vector<std::string_view> names;
  for (const EventType& event : catalogue.events)
    if (event.topic == topic) names.push_back(event.name);
  return names.empty() ? "no event types" : joined(names);
}

}  // namespace gofuture
