// emit, tail, lag, top and doctor as somebody types them, beside a runtime that runs one function over one topic of two partitions.
#include <boost/json.hpp>

#include "base/murmur2.hpp"
#include "integration/postgres_database.hpp"
#include "integration/process_world.hpp"
#include "kafka/groups.hpp"
#include "kafka/transactional_producer.hpp"
#include "support/json_shape.hpp"

namespace gofuture::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

struct Said {
  int status = -1;
  std::string out, error;
  boost::json::value json() const { return boost::json::parse(out); }
  std::vector<boost::json::value> documents() const {
    std::vector<boost::json::value> all;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) all.push_back(boost::json::parse(line));
    return all;
  }
};

class Commands : public Process {
 protected:
  Commands() : Process("identity", "library = \"waits\"\nmode = \"at_least_once\"\n", "") {}

  // In a process of its own, ended after a minute.
  Said gofuture(const std::vector<std::string>& words) {
    const std::string out = (folder_ / "out").string(), error = (folder_ / "error").string();
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);
      ::dup2(::open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
      ::dup2(::open(error.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
      ::setenv("GOFUTURE_KAFKA", kafka_brokers().c_str(), 1);
      ::setenv("GOFUTURE_POSTGRES", postgres_.c_str(), 1);
      ::setenv("GOFUTURE_MANIFESTS", (folder_ / "manifests").c_str(), 1);
      ::setenv("GOFUTURE_FUNCTIONS", GOFUTURE_BINARY_DIR "/tests/plugins/libraries", 1);
      const std::string program = std::string(GOFUTURE_BINARY_DIR) + "/bin/gofuture", settings = (folder_ / "settings.toml").string();
      std::vector<const char*> arguments{program.c_str(), "--settings", settings.c_str()};
      for (const std::string& word : words) arguments.push_back(word.c_str());
      arguments.push_back(nullptr);
      ::execv(program.c_str(), const_cast<char**>(arguments.data()));
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(error)};
  }
  boost::json::value emit(const std::string& key, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"emit", "BookingCreated", "--data", R"({"key": ")" + key + R"(", "n": 1.50})"});
    const Said said = gofuture(more);
    EXPECT_EQ(said.status, 0) << said.error;
    return said.status == 0 ? said.json() : boost::json::value();
  }
  std::vector<std::string> keys(std::vector<std::string> words) {
    words.insert(words.begin(), {"tail", "--to-end"});
    std::vector<std::string> all;
    for (const auto& one : gofuture(words).documents()) all.emplace_back(one.at("key").as_string());
    return all;
  }
  void apply_topics() {
    ASSERT_EQ(gofuture({"topics", "apply"}).status, 0);
    garden_.forget_later(topic_ + "-identity-dlt");
  }
  void expect_as_documented(const std::string& command, const boost::json::value& printed) {
    EXPECT_THAT(differences(documented("gofuture " + command), printed), IsEmpty()) << printed;
  }
  std::int64_t lag() { return gofuture({"lag"}).json().at("functions").at(0).at("lag").as_int64(); }
  std::string address() const {
    const std::string all = log();
    return "127.0.0.1:" + std::to_string(std::stoi(all.substr(all.find("\"port\":") + 7)));
  }
};

TEST_F(Commands, WhatEmitSendsIsWhereItSaysAndTailShowsIt) {
  const auto sent = emit("k-1");
  expect_as_documented("emit", sent);
  EXPECT_EQ(sent.at("partition").as_int64(), partition_of("k-1", 2)) << "as every producer chooses it";
  const auto seen = gofuture({"tail", "--from", "beginning", "--to-end"}).documents();
  ASSERT_THAT(seen, SizeIs(1));
  expect_as_documented("tail", seen[0]);
  for (const char* same : {"id", "time", "type", "topic", "key", "subject", "correlation_id", "partition", "offset"}) EXPECT_EQ(seen[0].at(same), sent.at(same)) << same;
  EXPECT_EQ(seen[0].at("source"), "gofuture-cli");
  EXPECT_EQ(seen[0].at("data").at("n"), 1.5);
  const auto records = read_all(topic_, 2);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].offset, sent.at("offset").as_int64());
}

TEST_F(Commands, ManyLinesKeepTheirOrder) {
  for (int i = 0; i < 200; ++i) put("events.ndjson", R"({"key": "one", "n": )" + std::to_string(i) + "}\n");
  EXPECT_THAT(gofuture({"emit", "BookingCreated", "--lines", (folder_ / "events.ndjson").string()}).documents(), SizeIs(200));
  std::int64_t expected = 0;
  for (const auto& one : gofuture({"tail", "--from", "beginning", "--to-end"}).documents()) EXPECT_EQ(one.at("data").at("n").as_int64(), expected++);
  EXPECT_EQ(expected, 200);
}

TEST_F(Commands, EveryKeyGoesToThePartitionThatTheRuntimesProducersChoose) {
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h"}) put("events.ndjson", R"({"key": ")" + std::string(key) + "\"}\n");
  for (const auto& one : gofuture({"emit", "BookingCreated", "--lines", (folder_ / "events.ndjson").string()}).documents())
    EXPECT_EQ(one.at("partition").as_int64(), partition_of(std::string(one.at("key").as_string()), 2)) << one;
}

TEST_F(Commands, TailNeverShowsWhatWasNotCommitted) {
  auto producer = TransactionalProducer::make(
      {.brokers = kafka_brokers(), .properties = {}, .transactional_id = topic_, .group = topic_}, quiet());
  ASSERT_TRUE(producer) << producer.error().message();
  ASSERT_TRUE((*producer)->open());
  const auto write = [&](const char* key) {
    OutgoingRecord record;
    record.topic = topic_;
    record.partition = 0;
    record.key = key;
    record.value = "{}";
    (*producer)->begin();
    (*producer)->produce(record);
  };
  write("committed");
  (*producer)->commit();
  const std::int64_t end = log_end(topic_, 0);
  write("aborted");
  ASSERT_TRUE(until([&] { return log_end(topic_, 0) > end; })) << "it lies in the log before it is aborted";
  EXPECT_THAT(keys({"--from", "beginning"}), ElementsAre("committed"));
  (*producer)->abort();
  EXPECT_THAT(keys({"--from", "beginning"}), ElementsAre("committed"));
}

TEST_F(Commands, TailFiltersAndStopsAndMakesNoGroup) {
  emit("a", {"--correlation", "story"});
  emit("b");
  ASSERT_EQ(gofuture({"emit", "PaymentInitiated", "--data", R"({"key": "c"})"}).status, 0);
  EXPECT_THAT(keys({"--from", "beginning"}), UnorderedElementsAre("a", "b", "c"));
  EXPECT_THAT(keys({"--from", "beginning", "BookingCreated"}), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(keys({"--from", "beginning", "identity"}), UnorderedElementsAre("a", "b")) << "what the function subscribes to";
  EXPECT_THAT(keys({"--from", "beginning", "--key", "b"}), ElementsAre("b"));
  EXPECT_THAT(keys({"--from", "beginning", "--correlation", "story"}), ElementsAre("a"));
  EXPECT_THAT(keys({"--from", "beginning", "--limit", "2"}), SizeIs(2));
  EXPECT_THAT(keys({"--from", "-1h"}), SizeIs(3));
  EXPECT_THAT(keys({"--from", "2000-01-01T00:00:00Z"}), SizeIs(3));
  EXPECT_THAT(keys({"--from", "end"}), IsEmpty());
  const auto groups = read_groups({.brokers = kafka_brokers(), .properties = {}}, {{"gofuture-reader", {topic_}}}, quiet());
  ASSERT_TRUE(groups) << groups.error().message();
  EXPECT_EQ(groups->front().state, "dead") << "there has never been such a group";
}

TEST_F(Commands, TailWaitsForWhatIsToCome) {
  const pid_t follower = ::fork();
  const std::string out = (folder_ / "followed").string();
  if (follower == 0) {
    ::alarm(60);
    ::dup2(::open(out.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
    ::setenv("GOFUTURE_KAFKA", kafka_brokers().c_str(), 1);
    ::setenv("GOFUTURE_MANIFESTS", (folder_ / "manifests").c_str(), 1);
    ::execl(GOFUTURE_BINARY_DIR "/bin/gofuture", "gofuture", "tail", "--from", "-1h", "--limit", "2", nullptr);
    ::_exit(127);
  }
  emit("a");
  ASSERT_TRUE(until([&] { return contents(out).find("\"key\":\"a\"") != std::string::npos; })) << "shown before more comes";
  emit("b");
  int status = -1;
  ::waitpid(follower, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(contents(out), HasSubstr("\"key\":\"b\""));
}

TEST_F(Commands, LagIsWhatIsNotDoneAndWhoReads) {
  const auto fresh = gofuture({"lag"});
  EXPECT_EQ(fresh.json().at("functions").at(0).at("topics").at(0).at("not_begun").as_int64(), 2);
  EXPECT_THAT(gofuture({"lag", "--text"}).out, AllOf(HasSubstr("not begun"), HasSubstr("nobody")));
  start();
  ASSERT_TRUE(until([&] { return gofuture({"lag"}).json().at("functions").at(0).at("state") == "stable"; }));
  for (const char* key : {"a", "b", "c"}) emit(key);
  ASSERT_TRUE(until([&] { return lag() == 3; })) << "the function stays in its event";
  const auto held = gofuture({"lag", "identity"}).json();
  expect_as_documented("lag", held);
  const auto& function = held.at("functions").at(0);
  EXPECT_GE(function.at("oldest_ms").as_int64(), 0);
  EXPECT_THAT(function.at("members").as_array(), SizeIs(1));
  EXPECT_EQ(function.at("members").at(0).at("partitions").as_int64(), 2);
  EXPECT_THAT(gofuture({"lag", "--text"}).out, HasSubstr("local-1"));
  let_go();
  ASSERT_TRUE(until([&] { return lag() == 0; }));
  EXPECT_TRUE(gofuture({"lag"}).json().at("functions").at(0).at("oldest_ms").is_null());
  EXPECT_EQ(stop(), 0);
}

TEST_F(Commands, ADeadLetterIsShownWithItsReason) {
  apply_topics();
  start();
  const auto sent = emit("k", {"--unchecked"});
  const Said broken = gofuture({"emit", "BookingCreated", "--data", "nonsense", "--unchecked", "--key", "k"});
  ASSERT_EQ(broken.status, 0) << broken.error;
  let_go();
  std::vector<boost::json::value> dead;
  ASSERT_TRUE(until([&] { return !(dead = gofuture({"tail", "identity", "--dead", "--from", "beginning", "--to-end"}).documents()).empty(); }));
  expect_as_documented("tail", dead[0]);
  EXPECT_EQ(dead[0].at("id"), broken.json().at("id"));
  EXPECT_EQ(dead[0].at("data"), "nonsense");
  EXPECT_EQ(dead[0].at("dead").at("class"), "corrupted");
  EXPECT_EQ(dead[0].at("dead").at("offset"), broken.json().at("offset"));
  EXPECT_THAT(gofuture({"tail", "--dead", "--from", "beginning", "--to-end", "--text"}).out, HasSubstr("dead (corrupted) in identity after 1 attempt: "));
  EXPECT_EQ(stop(), 0);
}

TEST_F(Commands, TopTellsWhatRunsAndWhatIsNotThere) {
  start();
  emit("a");
  ASSERT_TRUE(until([&] { return begun() == 1; }));
  const auto looked = gofuture({"top", "--once", "--every", "0.2", "--at", address()}).json();
  expect_as_documented("top", looked);
  const auto& function = looked.at("functions").at(0);
  EXPECT_EQ(function.at("function"), "identity");
  EXPECT_EQ(function.at("in_flight").as_int64(), 1);
  EXPECT_EQ(function.at("lag").as_int64(), 1);
  EXPECT_TRUE(function.at("events_per_s").is_number());
  EXPECT_THAT(boost::json::serialize(looked.at("missing")), AllOf(HasSubstr("no database is named"), Not(HasSubstr("nobody answers"))));
  let_go();
  EXPECT_EQ(stop(), 0);
  const auto after = gofuture({"top", "--once", "--every", "0.2", "--at", address()}).json();
  EXPECT_THAT(boost::json::serialize(after.at("missing")), HasSubstr("nobody answers at " + address()));
  EXPECT_TRUE(after.at("functions").at(0).at("in_flight").is_null());
  EXPECT_EQ(after.at("functions").at(0).at("lag").as_int64(), 0) << "Kafka knows it all the same";
}

// With a database of its own.
class CommandsWithDatabase : public Commands {
 protected:
  CommandsWithDatabase() { postgres_ = database_.conninfo(); }
  std::string verdict(const boost::json::value& found, std::string_view check) {
    for (const auto& one : found.at("checks").as_array())
      if (one.at("check").as_string() == check) return std::string(one.at("verdict").as_string()) + ": " + std::string(one.at("found").as_string());
    return "no such check";
  }
  TestDatabase database_{TestDatabase::Tables::kNone};
};

TEST_F(CommandsWithDatabase, DoctorFindsWhatIsMissingAndThatItIsThereThen) {
  const Said before = gofuture({"doctor"});
  EXPECT_EQ(before.status, 1);
  expect_as_documented("doctor", before.json());
  EXPECT_THAT(verdict(before.json(), "topics"), HasSubstr("bad: missing: " + topic_ + "-identity-dlt"));
  EXPECT_THAT(verdict(before.json(), "migrations"), HasSubstr("bad: the database has no tables of gofuture"));
  EXPECT_THAT(verdict(before.json(), "groups"), HasSubstr("warning: have never run: identity"));

  const Said plan = gofuture({"topics", "plan"});
  expect_as_documented("topics plan", plan.json());
  apply_topics();
  expect_as_documented("topics apply", gofuture({"topics", "apply"}).json());
  const Said migrated = gofuture({"migrate"});
  ASSERT_EQ(migrated.status, 0) << migrated.error;
  expect_as_documented("migrate", migrated.json());
  EXPECT_FALSE(migrated.json().at("applied").as_array().empty());
  database_.function("identity");
  expect_as_documented("list", gofuture({"list"}).json());
  let_go();
  start();
  ASSERT_TRUE(until([&] { return gofuture({"lag"}).json().at("functions").at(0).at("state") == "stable"; }));

  const Said after = gofuture({"doctor"});
  EXPECT_EQ(after.status, 0) << after.out;
  for (const char* check : {"topics", "replicas", "min.insync.replicas", "groups", "server", "wal_level", "permissions", "clock", "migrations", "outbox", "inbox", "libraries"})
    EXPECT_THAT(verdict(after.json(), check), HasSubstr("ok: ")) << check << after.out;
  EXPECT_EQ(verdict(after.json(), "unread"), "no such check");
  EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace gofuture::test
