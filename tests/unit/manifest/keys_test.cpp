// One table says what a key is: the reader, the reference and the editors' schemas cannot disagree with it, nor it with itself.
#include "manifest/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "event/schema.hpp"
#include "manifest/config_json.hpp"
#include "manifest/reference.hpp"
#include "manifest/section.hpp"
#include "unit/manifest/support.hpp"

namespace gofuture {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct NamedKey {
  const KeyGroup* group;
  const KeySpec* spec;
};

void gather(const KeyGroup& group, std::vector<NamedKey>& into) {
  for (const KeySpec& spec : group.keys) {
    into.push_back({&group, &spec});
    if (spec.group != nullptr) gather(*spec.group, into);
  }
}
std::vector<NamedKey> all_keys() {
  std::vector<NamedKey> out;
  for (const FileKeys& file : kFiles) gather(*file.root, out);
  return out;
}

Value value_of(const KeySpec& spec, std::string_view text) {
  Diagnosis diagnosis;
  const bool bare = spec.type == KeyType::kInteger || spec.type == KeyType::kNumber || spec.type == KeyType::kBoolean;
  const std::string toml = "x = " + (bare ? std::string(text) : "\"" + std::string(text) + "\"");
  const auto root = parse_toml(Report("x.toml", toml, diagnosis));
  EXPECT_EQ(diagnosis.text(), "") << spec.name;
  return root->members.front().value;
}

TEST(Keys, EachTellsWhatFollowsFromItAndHasADefaultThatIsRight) {
  const auto keys = all_keys();
  EXPECT_GT(keys.size(), 80U);
  for (const auto& [group, spec] : keys) {
    const std::string name = std::string(group->title) + " " + std::string(spec->name);
    EXPECT_TRUE(spec->meaning.ends_with('.')) << name;
    EXPECT_FALSE(wanted(*spec).empty()) << name;
    EXPECT_LE(int(spec->required) + int(!spec->fallback.empty()) + int(!spec->otherwise.empty()), 1) << name << " has two defaults";
    if (!spec->fallback.empty()) { EXPECT_EQ(wrong(value_of(*spec, spec->fallback), *spec), std::nullopt) << name; }
    if (spec->type == KeyType::kTime) { EXPECT_FALSE(spec->choices.empty()) << name; }
    const bool counted = spec->type == KeyType::kInteger || spec->type == KeyType::kNumber || spec->type == KeyType::kTextList;
    EXPECT_EQ(spec->unit.empty(), !counted) << name << ": a number has a unit, nothing else has";
    if (counted || spec->type == KeyType::kDuration || spec->type == KeyType::kSize) { EXPECT_GT(spec->max, spec->min) << name << " has no limits"; }
  }
}

TEST(Keys, AreNamedOnceInTheirTable) {
  for (const auto& [group, spec] : all_keys()) EXPECT_EQ(&group->key(spec->name), spec) << group->title << " " << spec->name;
}

// What a manifest leaves out is what a struct has that no file made: tests and tools build such.
TEST(Keys, TellTheDefaultsThatTheStructsHave) {
  Diagnosis wrong;
  const auto told = parse_function("[function]\nname = \"f\"\nfence = { newest = \"data:/at\" }\n[[subscribe]]\ntopic = \"payments.status\"\ntypes = [\"PaymentFailed\"]\n"
                                   "[retry]\n[http]\nallow = []\n[[lookup]]\nname = \"l\"\ntable = \"a.b\"\nkey = \"c\"\n", "x.toml", fixture_catalogue(), wrong);
  EXPECT_EQ(wrong.text(), "");
  const FunctionManifest fresh;
  EXPECT_EQ(told.library, "f");
  EXPECT_EQ(told.mode, fresh.mode);
  EXPECT_EQ(told.concurrency, fresh.concurrency);
  EXPECT_EQ(told.batch_max, fresh.batch_max);
  EXPECT_EQ(told.bytes_max, fresh.bytes_max);
  EXPECT_EQ(told.timeout_ms, fresh.timeout_ms);
  EXPECT_EQ(told.memory_max, fresh.memory_max);
  EXPECT_EQ(told.hops_max, fresh.hops_max);
  EXPECT_EQ(told.fence->coalesce, Fence{}.coalesce);
  EXPECT_EQ(told.retry.max_retries, fresh.retry.max_retries);
  EXPECT_EQ(told.retry.initial_ms, fresh.retry.initial_ms);
  EXPECT_EQ(told.retry.multiplier, fresh.retry.multiplier);
  EXPECT_EQ(told.retry.max_ms, fresh.retry.max_ms);
  EXPECT_EQ(told.retry.jitter, fresh.retry.jitter);
  EXPECT_EQ(told.retry.on_dead, fresh.retry.on_dead);
  EXPECT_EQ(told.retry.parked_bytes, fresh.retry.parked_bytes);
  EXPECT_EQ(told.http->timeout_ms, Http{}.timeout_ms);
  EXPECT_EQ(told.lookups[0].stale_ms, LookupTable{}.stale_ms);
  EXPECT_EQ(told.subscriptions[0].key_from, Subscription{}.key_from);
  EXPECT_EQ(told.subscriptions[0].start, Subscription{}.start);

  TemporaryFolder folder;
  const auto settings = load_settings(folder.write("gofuture.toml", "[kafka]\n[postgres]\n[runtime]\n[admin]\n[relay]\n[ingress]\n"), wrong);
  EXPECT_EQ(wrong.text(), "");
  const Settings none;
  EXPECT_EQ(settings.replication, none.replication);
  EXPECT_EQ(settings.instance, none.instance);
  EXPECT_EQ(settings.manifests, none.manifests);
  EXPECT_EQ(settings.functions, none.functions);
  EXPECT_EQ(settings.state, none.state);
  EXPECT_EQ(settings.group_prefix, none.group_prefix);
  EXPECT_EQ(settings.stall_ms, none.stall_ms);
  EXPECT_EQ(settings.log_level, none.log_level);
  EXPECT_EQ(settings.inbox_window_days, none.inbox_window_days);
  EXPECT_EQ(settings.listen, none.listen);
  EXPECT_EQ(settings.relay, none.relay);
  EXPECT_EQ(settings.relay_slot, none.relay_slot);
  EXPECT_EQ(settings.relay_outbox_slot, none.relay_outbox_slot);
  EXPECT_EQ(settings.outbox_retention_ms, none.outbox_retention_ms);
  EXPECT_EQ(settings.ingress.body_bytes_max, none.ingress.body_bytes_max);
  EXPECT_EQ(settings.ingress.events_max, none.ingress.events_max);
  EXPECT_EQ(settings.ingress.requests_per_second, none.ingress.requests_per_second);
  EXPECT_EQ(settings.ingress.connections_max, none.ingress.connections_max);
  EXPECT_EQ(settings.ingress.read_timeout_ms, none.ingress.read_timeout_ms);

  const Topic& topic = fixture_catalogue().topics.front();
  EXPECT_EQ(topic.compact, Topic{}.compact);
  EXPECT_EQ(topic.max_bytes, Topic{}.max_bytes);
}

// An editor may pass what the runtime refuses, never the other way round.
TEST(Keys, APatternForEditorsMatchesEveryTextThatIsRight) {
  std::vector<std::string> texts{"", "key", "subject", "data:/booking_id", "data:/a~1b~0c", "config:/deadline_s", "/booking_id", "/a/0/b c", "ride", "_x9", "ride.region_prices",
                                 "refund_payment", "assign-driver", "lib.v2", "booking.events", "BookingCreated", "A", "schemas/x.json", "a b.json",
                                 "local-1", "127.0.0.1:9464", "[::1]:0", "https://gateway.example", "http://127.0.0.1:8080/v1/x;y=1,2", "https://[2001:db8::1]/",
                                 std::string(63, 'a'), std::string(64, 'a'), std::string(128, 'a'), std::string(129, 'a'), std::string(249, 'a'), std::string(250, 'a')};
  const auto seeds = texts;
  for (const std::string& seed : seeds)
    for (const char c : {'/', '.', ':', '~', '-', '_', '*', '?', '@', ' ', 'Z', '0'}) texts.push_back(seed + c), texts.push_back(c + seed);
  std::set<const Form*> forms;
  for (const auto& [group, spec] : all_keys())
    if (spec->form != nullptr) forms.insert(spec->form);
  EXPECT_EQ(forms.size(), 15U);
  for (const Form* form : forms) {
    const std::regex pattern{std::string(form->pattern)};
    int right = 0, refused = 0;
    for (const std::string& text : texts) {
      const bool matches = std::regex_search(text, pattern);
      if (form->holds(text)) { EXPECT_TRUE(matches) << form->words << ": " << text; }
      right += form->holds(text);
      refused += !matches;
    }
    EXPECT_GT(right, 0) << form->words;
    EXPECT_GT(refused, 0) << form->words << ": its pattern refuses nothing";
  }
}

// --- what is printed from the tables -----------------------------------------------------------------------------------

const Manifests& ours() {
  static const Manifests loaded = [] {
    Diagnosis diagnosis;
    return load_manifests(GOFUTURE_SOURCE_DIR "/manifests", diagnosis);
  }();
  return loaded;
}

TEST(Reference, AsCommittedIsWhatWouldBePrinted) {
  EXPECT_TRUE(contents(GOFUTURE_SOURCE_DIR "/manifests/REFERENCE.md") == reference())
      << "run: gofuture manifest reference > manifests/REFERENCE.md";
}

TEST(Reference, HasEveryKeyWithItsConsequence) {
  const std::string text = reference();
  for (const auto& [group, spec] : all_keys()) {
    EXPECT_THAT(text, HasSubstr(spec->meaning));
    if (spec->group == nullptr) { EXPECT_THAT(text, HasSubstr("| `" + std::string(spec->name) + "` | " + wanted(*spec))); }
    if (!spec->variable.empty()) { EXPECT_THAT(text, HasSubstr("`" + std::string(spec->variable) + "`")); }
  }
}

TEST(EditorSchemas, AsCommittedAreWhatWouldBePrinted) {
  for (const FileKeys& file : kFiles) {
    const std::string path = "manifests/editor/" + std::string(file.name) + ".json";
    EXPECT_TRUE(contents(GOFUTURE_SOURCE_DIR "/" + path) == editor_schema(file.name, ours().catalogue))
        << "run: gofuture manifest schema " << file.name << " > " << path;
  }
  EXPECT_EQ(editor_schema("weather", ours().catalogue), "");
}

class EditorSchema {
 public:
  explicit EditorSchema(std::string_view file) : schema_(*Schema::compile(editor_schema(file, ours().catalogue), "schema")) {}

  // What an editor would say; empty: nothing. Not TOML at all: it says that first.
  std::string says(const std::string& toml) const {
    Diagnosis diagnosis;
    const Report report("x.toml", toml, diagnosis);
    const auto root = parse_toml(report);
    if (!root) return "not TOML";
    const auto result = schema_.check(config_json(*root, report));
    return result ? "" : result.error().message();
  }

 private:
  Schema schema_;
};

TEST(EditorSchemas, FindNothingInTheProjectsFiles) {
  const EditorSchema function("function");
  const std::filesystem::path folder = GOFUTURE_SOURCE_DIR "/manifests";
  EXPECT_EQ(EditorSchema("topics").says(contents(folder / "topics.toml")), "");
  EXPECT_EQ(EditorSchema("events").says(contents(folder / "events.toml")), "");
  for (const FunctionManifest& manifest : ours().functions) EXPECT_EQ(function.says(contents(manifest.file)), "") << manifest.file;
}

// These mistakes are made of several keys, or of what only the runtime knows; an editor passes them.
const std::set<std::string> kNotForEditors{
    "call_longer_than_its_handler", "dangerous_kafka_properties", "emits_named_twice_by_an_alias", "fence_without_a_store", "hold_and_fence",
    "hold_without_a_store", "kafka_mode_with_a_fence", "kafka_mode_with_a_lookup", "kafka_mode_with_another_state_key", "kafka_mode_with_http",
    "kafka_mode_with_sql", "kafka_properties_of_no_use", "kafka_properties_of_the_runtime", "secret_in_a_manifest", "sql_and_http", "sql_in_a_schema_of_ours", "sql_in_a_schema_of_postgres", "sql_in_the_information_schema",
    "sql_with_too_many_threads", "sql_without_a_store", "topic_subscribed_twice", "type_named_twice_by_its_alias", "type_of_another_topic"};

TEST(EditorSchemas, SeeEveryMistakeThatOneValueMakes) {
  const EditorSchema function("function");
  for (const auto& entry : std::filesystem::directory_iterator(GOFUTURE_SOURCE_DIR "/manifests/invalid")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".toml" || name == "config_that_json_cannot_say") continue;  // nor can what is checked here
    if (kNotForEditors.contains(name)) EXPECT_EQ(function.says(contents(entry.path())), "") << name << " is seen: take it off the list";
    else EXPECT_NE(function.says(contents(entry.path())), "") << name;
  }
}

TEST(EditorSchemas, KnowAliasesTimesAndWordsInTheOtherFiles) {
  const EditorSchema function("function"), settings("settings"), topics("topics"), events("events");
  const std::string head = "[function]\nname = \"f\"\n[[subscribe]]\ntopic = \"booking.event\"\ntypes = [\"BookingCreate\"]\n";
  EXPECT_EQ(function.says(head + "start = 2026-11-22T12:00:00Z\n[retry]\nmax_retries = \"unlimited\"\n[emits]\nBookingCreate = \"booking.event\"\n"), "");
  EXPECT_NE(function.says(head + "[retry]\nmax_retries = \"unlimitd\"\n"), "");
  EXPECT_NE(function.says(head + "[emits]\nBookingCreated = \"payments.status\"\n"), "");
  EXPECT_EQ(settings.says("[kafka]\nbrokers = \"k:1\"\nproperties = { linger.ms = 5 }\n[runtime]\nlog_level = \"warn\"\n"), "");
  EXPECT_NE(settings.says("[runtime]\nlog_level = \"loud\"\n"), "");
  EXPECT_NE(settings.says("[rely]\n"), "");
  EXPECT_NE(topics.says("[[topic]]\nname = \"a b\"\nkey = \"k\"\npartitions = 1\n"), "");
  EXPECT_NE(events.says("[[event]]\ntype = \"X\"\ntopic = \"nowhere\"\nschema = \"x\"\nkey = \"/k\"\n"), "");
}

// Before a catalogue is there, an editor still knows the keys.
TEST(EditorSchemas, WithoutACatalogueAllowAnyName) {
  const std::string bare = editor_schema("function", Catalogue());
  EXPECT_THAT(bare, Not(HasSubstr("BookingCreated\",")));
  auto schema = Schema::compile(bare, "schema");
  ASSERT_TRUE(schema);
  EXPECT_TRUE(schema->check(R"({"function": {"name": "f"}, "subscribe": [{"topic": "t", "types": ["X"]}], "emits": {"X": "t"}})"));
  Catalogue broken;
  broken.events.emplace_back().name = "Lost";  // its topic was a mistake
  EXPECT_THAT(editor_schema("function", broken), HasSubstr("\"enum\": [\"Lost\"]"));
}

}  // namespace
}  // namespace gofuture
