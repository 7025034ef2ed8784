#include "faults/world.hpp"

#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <boost/json.hpp>

#include "faults/until.hpp"
#include "support/contents.hpp"

namespace gofuture::test {
namespace {

using testing::ElementsAreArray;
using testing::UnorderedElementsAreArray;

constexpr const char* kKeys[] = {"a", "b", "c", "d"};

std::string header(const ReadRecord& record, const std::string& name) {
  for (const auto& [known, value] : record.headers)
    if (known == name) return value.value_or("");
  return "";
}

}  // namespace

World::World() {
  garden_.make(std::vector<WantedTopic>{{out_, 1, {}}, {dead_, 1, {}}});
  std::string made = (std::filesystem::temp_directory_path() / "gofuture-faults-XXXXXX").string();
  folder_ = ::mkdtemp(made.data());
  std::filesystem::create_directories(folder_ / "manifests/schemas");
  const auto put = [this](const std::string& file, const std::string& text) { std::ofstream(folder_ / file, std::ios::app) << text; };
  put("settings.toml", "[runtime]\nstate = \"" + (folder_ / "state").string() + "\"\ngroup_prefix = \"" + topic_ + "-\"\n[relay]\nslot = \"" +
                           database_.name() + "\"\n");
  put("manifests/schemas/any.json", R"({"type": "object"})");
  for (const std::string& topic : {topic_, out_})
    put("manifests/topics.toml", "[[topic]]\nname = \"" + topic + "\"\nkey = \"key\"\npartitions = " + (topic == out_ ? "1" : "2") + "\nretention = \"1d\"\n");
  for (const std::string type : {"Asked", "Counted", "Reminded", "Rang"})
    put("manifests/events.toml", "[[event]]\ntype = \"" + type + "\"\ntopic = \"" + (type == "Asked" ? topic_ : out_) +
                                     "\"\nschema = \"schemas/any.json\"\nkey = \"/key\"\nsubject = \"/key\"\nfinal = true\n");
  put("manifests/everything.toml",
      "[function]\nname = \"everything\"\nlibrary = \"faults_everything\"\nmode = \"postgres\"\nconcurrency = 4\ntimeout = \"2s\"\n"
      "[[subscribe]]\ntopic = \"" + topic_ + "\"\ntypes = [\"Asked\"]\nstate_key = \"subject\"\n"
      "[emits]\nCounted = \"" + out_ + "\"\nReminded = \"" + out_ + "\"\nRang = \"" + out_ + "\"\n"
      "[retry]\ninitial = \"50ms\"\nmultiplier = 1\njitter = 0\n"
      "[http]\nallow = [\"" + gateway_.url() + "\"]\ntimeout = \"1s\"\n[config]\ngateway = \"" + gateway_.url() + "\"\n");
  Program migrate(std::string(GOFUTURE_BINARY_DIR) + "/bin/gofuture", {"--settings", (folder_ / "settings.toml").string(), "migrate"},
                  environment(), (folder_ / "migrate.log").string());
  EXPECT_EQ(migrate.end(), "status 0") << migrate.log();
}

World::~World() {
  if (testing::Test::HasFailure() && program_)
    for (int run = 1; run <= started_; ++run)
      std::fprintf(stderr, "--- run %d\n%s", run, contents(folder_ / ("log" + std::to_string(run))).c_str());
  program_.reset();
  until([this] { return ask("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + database_.name() + "' AND active") == "0"; });
  ask("SELECT pg_drop_replication_slot('" + database_.name() + "')");  // a database with one cannot be dropped
  std::filesystem::remove_all(folder_);
}

// --- what happens ---------------------------------------------------------------------------------------------------------

void World::send(int count) {
  std::vector<Sent> events;
  for (int i = 0; i < count; ++i) {
    const std::size_t place = sent_.size() + events.size();
    Sent one;
    one.key = kKeys[place % 4];
    one.n = ++last_[one.key];
    one.fails = place % 5 == 2 ? 1 + static_cast<int>(place / 5) % 2 : 0;
    one.rejected = place % 8 == 5;
    events.push_back(one);
  }
  send(events);
}

void World::send_crash() {
  Sent one;
  one.key = "a";
  one.n = ++last_[one.key];
  one.crashes = true;
  send(std::vector<Sent>{one});
}

void World::send(const std::vector<Sent>& events) {
  AckList acks;
  auto sink = KafkaSink::open({.brokers = kafka_brokers(), .properties = {}, .client_id = "send"}, acks, quiet());
  ASSERT_TRUE(sink) << sink.error().message();
  for (const Sent& one : events) {
    const std::string id = unique_name("event");
    const std::string data = R"({"key":")" + one.key + R"(","n":)" + std::to_string(one.n) + R"(,"fails":)" + std::to_string(one.fails) +
                             R"(,"rejected":)" + (one.rejected ? "true" : "false") + R"(,"crashes":)" + (one.crashes ? "true" : "false") + "}";
    OutgoingRecord record;
    record.topic = topic_;
    record.partition = one.key < "c" ? 0 : 1;
    record.key = one.key;
    record.value = data;
    record.headers = {{"ce_specversion", "1.0"}, {"ce_id", id}, {"ce_source", "test"}, {"ce_type", "Asked"}, {"ce_subject", one.key},
                      {"content-type", "application/json"}};
    ASSERT_TRUE((*sink)->send(record, 0));
    sent_.push_back(one);
  }
  ASSERT_TRUE((*sink)->flush(60'000));
}

std::map<std::string, std::string> World::environment() const {
  return {{"GOFUTURE_KAFKA", kafka_brokers()},
          {"GOFUTURE_POSTGRES", database_.conninfo()},
          {"GOFUTURE_MANIFESTS", (folder_ / "manifests").string()},
          {"GOFUTURE_FUNCTIONS", FAULTS_FUNCTIONS},
          {"GOFUTURE_LISTEN", "127.0.0.1:0"},
          {"GOFUTURE_INGRESS", "127.0.0.1:0"}};
}

void World::start(const std::string& fault) {
  auto variables = environment();
  if (!fault.empty()) variables["GOFUTURE_FAULT"] = fault;
  program_.reset();
  program_ = std::make_unique<Program>(FAULTS_PROGRAM, std::vector<std::string>{"--settings", (folder_ / "settings.toml").string(), "run"}, variables,
                                       (folder_ / ("log" + std::to_string(++started_))).string());
}

std::string World::stop() {
  program_->signal(SIGTERM);
  return program_->end();
}

void World::end_leases() {
  ask("UPDATE gofuture.parked SET due_at = now() WHERE due_at > now()");
  ask("UPDATE gofuture.timers SET claimed_until = NULL");
}

// --- what is there --------------------------------------------------------------------------------------------------------

std::optional<std::string> World::ask(const std::string& sql) {
  if (!connection_ || !connection_->alive()) {
    connection_.reset();
    auto opened = PgConnection::open(database_.conninfo(), "gofuture test");
    if (!opened) return std::nullopt;
    connection_.emplace(std::move(*opened));
  }
  const PgResult result = connection_->run(sql);
  if (!result.ok()) return std::nullopt;
  return result.rows() == 0 ? "" : std::string(result.text(0, 0));
}

// What rest() waits for, for people; empty: nothing.
std::string World::left_to_do() {
  const auto left = [this](const std::string& what) { return ask("SELECT count(*) FROM gofuture." + what).value_or("unknown") + " " + what + ", "; };
  std::string all;
  for (const char* table : {"parked", "timers", "delayed_events", "strikes"})
    if (const std::string one = left(table); !one.starts_with("0 ")) all += one;
  const std::string done = left("inbox WHERE outcome IN (0, 1, 2)");
  if (!done.starts_with(std::to_string(sent_.size()) + " ")) all += done;
  return all;
}

bool World::at_rest() {
  if (!left_to_do().empty()) return false;
  for (const std::int32_t partition : {0, 1})
    if (committed_offset(topic_ + "-everything", topic_, partition).value_or(0) != log_end(topic_, partition)) return false;
  return true;
}

void World::rest() {
  ASSERT_TRUE(until([this] { return at_rest() || !program_->ended().empty(); })) << left_to_do();
  ASSERT_EQ(program_->ended(), "");
  const auto end = ask("SELECT pg_current_wal_lsn()");
  ASSERT_TRUE(end);
  ASSERT_TRUE(until([&] {
    return ask("SELECT confirmed_flush_lsn >= '" + *end + "' FROM pg_replication_slots WHERE slot_name = '" + database_.name() + "'") == "t";
  })) << "the outbox is not carried to its end";
}

void World::audit() {
  // What must have come of each event.
  std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> counted;  // by key: n and the count with it, in order
  std::vector<std::string> once, dead;
  std::map<std::string, int> charges;
  for (const Sent& one : sent_) {
    const std::string name = one.key + "-" + std::to_string(one.n);
    if (one.rejected) {
      dead.push_back(name);
      continue;
    }
    auto& of_key = counted[one.key];
    of_key.emplace_back(one.n, static_cast<std::int64_t>(of_key.size()) + 1);
    once.push_back(name);
    charges[name] = 1;
  }

  // What has come. The relay may send a row twice: by its id it is one, and its first appearance counts.
  std::set<std::string> seen;
  std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>> counts;
  std::map<std::string, std::vector<std::int64_t>> rung;
  std::vector<std::string> rang, reminded, letters;
  for (const ReadRecord& record : read_all(out_, 1)) {
    if (!seen.insert(header(record, "ce_id")).second) continue;
    const auto data = boost::json::parse(record.value.value_or("null")).as_object();
    const std::string key(data.at("key").as_string());
    const std::int64_t n = data.at("n").as_int64();
    const std::string name = key + "-" + std::to_string(n), type = header(record, "ce_type");
    if (type == "Reminded") reminded.push_back(name);
    if (type == "Counted") counts[key].emplace_back(n, data.at("count").as_int64());
    if (type == "Rang") {
      rang.push_back(name);
      rung[key].push_back(data.at("count").as_int64());
    }
  }
  for (const ReadRecord& record : read_all(dead_, 1)) {
    if (!seen.insert(header(record, "ce_id")).second) continue;
    const auto data = boost::json::parse(record.value.value_or("null")).as_object();
    letters.push_back(std::string(data.at("key").as_string()) + "-" + std::to_string(data.at("n").as_int64()));
    EXPECT_EQ(header(record, "gofuture-dead-class"), "business");
  }
  EXPECT_EQ(counts, counted) << "one effect per event, in the order of its key";
  EXPECT_THAT(rang, UnorderedElementsAreArray(once)) << "every timer once";
  EXPECT_THAT(reminded, UnorderedElementsAreArray(once)) << "every delayed event once";
  EXPECT_THAT(letters, UnorderedElementsAreArray(dead)) << "every rejected event once";
  EXPECT_EQ(gateway_.charges(), charges) << "every charge under one Idempotency-Key";
  for (const auto& [key, list] : rung) {
    std::vector<std::int64_t> whole;
    for (std::size_t i = 0; i < list.size(); ++i) whole.push_back(static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(list, whole) << "timers of " << key << " share its state";
  }

  EXPECT_EQ(number("SELECT count(*) FROM gofuture.inbox"), static_cast<std::int64_t>(sent_.size()));
  EXPECT_EQ(number("SELECT count(*) FROM gofuture.inbox WHERE outcome = 0"), static_cast<std::int64_t>(once.size()));
  EXPECT_EQ(number("SELECT count(*) FROM gofuture.dead_letters"), static_cast<std::int64_t>(dead.size()));
  EXPECT_EQ(number("SELECT count(*) FROM gofuture.http_journal WHERE result IS NULL OR again"), 0) << "every call has its end";
  EXPECT_EQ(number("SELECT sum(parked) FROM gofuture.keys"), 0);
  EXPECT_EQ(left_to_do(), "");
}

}  // namespace gofuture::test
