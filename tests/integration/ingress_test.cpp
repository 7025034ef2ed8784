// The ingress of `gofuture run` as its users meet it: what the README shows, a stop, and the mistakes of who sets it up.
#include <cstdio>

#include "integration/postgres_database.hpp"
#include "integration/process_world.hpp"

namespace gofuture::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class IngressProcess : public Process {
 protected:
  IngressProcess() : Process("identity", "library = \"waits\"\nmode = \"at_least_once\"\n", "") {
    db.wipe();
    postgres_ = db.conninfo();
    // The types as they are shipped, on this test's topic.
    std::filesystem::remove(folder_ / "manifests/events.toml");
    for (const std::string type : {"BookingCreated", "PaymentInitiated"}) {
      put("manifests/schemas/" + type + ".json", contents(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/schemas/" + type + ".json"));
      put("manifests/events.toml", "[[event]]\ntype = \"" + type + "\"\ntopic = \"" + topic_ + "\"\nschema = \"schemas/" + type +
                                       ".json\"\nkey = \"/region_id\"\nsubject = \"/booking_id\"\n");
    }
    db.run("ALTER TABLE gofuture.events_outbox DROP CONSTRAINT IF EXISTS events_outbox_topic");
    let_go();
  }
  void listen(const std::string& address, const std::string& tokens) {
    put("tokens", tokens);
    put("settings.toml", "[ingress]\nlisten = \"" + address + "\"\n" +
                             (tokens.empty() ? "" : "tokens_file = \"" + (folder_ / "tokens").string() + "\"\n"));
  }
  std::string address() const {
    const std::string all = log(), name = "\"ingress_port\":";
    return "127.0.0.1:" + std::to_string(std::stoi(all.substr(all.find(name) + name.size())));
  }
  static std::string shell(const std::string& command) {
    std::FILE* pipe = ::popen(("exec 2>&1; TOKEN=0123456789abcdef; " + command).c_str(), "r");
    std::string out;
    char some[4096];
    for (std::size_t got = 0; (got = std::fread(some, 1, sizeof some, pipe)) > 0;) out.append(some, got);
    ::pclose(pipe);
    return out;
  }

  TestDatabase& db = database();
};

TEST_F(IngressProcess, WhatTheReadmeShowsIsWhatHappens) {
  listen("127.0.0.1:0", "orders:0123456789abcdef\n");
  start();
  ASSERT_TRUE(until([&] { return says("taking events"); }));
  std::string readme = contents(std::string(GOFUTURE_SOURCE_DIR) + "/runtime/ingress/README.md");
  const std::string shown = "127.0.0.1:8088", opening = "```sh\n", between = "```\n```\n", closing = "```\n";
  int examples = 0;
  for (auto at = readme.find(opening); at != std::string::npos; at = readme.find(opening, at + 1)) {
    const auto command_at = at + opening.size(), command_end = readme.find(between, command_at), output_at = command_end + between.size();
    ASSERT_NE(command_end, std::string::npos);
    std::string command = readme.substr(command_at, command_end - command_at);
    command.replace(command.find(shown), shown.size(), address());
    EXPECT_EQ(shell(command), readme.substr(output_at, readme.find(closing, output_at) - output_at));
    ++examples;
  }
  EXPECT_EQ(examples, 3);
  EXPECT_EQ(db.number("SELECT count(*) FROM gofuture.events_outbox WHERE type = 'BookingCreated' AND aggregateid = '5252:1340' AND subject = 'b-7'"), 1);
  EXPECT_THAT(page("/metrics"), AllOf(HasSubstr("gofuture_ingress_events_total{outcome=\"accepted\"} 1\n"), HasSubstr("gofuture_ingress_events_total{outcome=\"repeat\"} 1\n"),
                                      HasSubstr("gofuture_ingress_refused_total{reason=\"invalid\"} 1\n"), HasSubstr("gofuture_ingress_seconds_count 2\n"),
                                      HasSubstr("gofuture_ingress_waiting 0\n")));
  EXPECT_EQ(shell("curl -s -o /dev/null -w '%{http_code}' -X POST http://" + address() + "/v1/events -d ''"), "401");
  EXPECT_EQ(said("0123456789abcdef"), 0U) << "no token stands in the log";
  EXPECT_EQ(stop(), 0);
}

TEST_F(IngressProcess, TheSqlOfTheReadmeIsTaken) {
  const std::string readme = contents(std::string(GOFUTURE_SOURCE_DIR) + "/runtime/ingress/README.md"), opening = "```sql\n";
  const auto at = readme.find(opening) + opening.size();
  db.run("DROP TABLE IF EXISTS orders; CREATE TEMP TABLE orders (id text, state text); INSERT INTO orders VALUES ('b-7', 'new')");
  db.run("INSERT INTO gofuture.event_types VALUES ('BookingCreated', 'BookingCreated', 'booking.events', 1000, '{region_id}', '{booking_id}', $schema$" +
         contents(std::string(GOFUTURE_SOURCE_DIR) + "/manifests/schemas/BookingCreated.json") + "$schema$)");
  db.run(readme.substr(at, readme.find("```", at) - at));
  EXPECT_EQ(db.ask("SELECT concat_ws(' ', aggregateid, subject, topic) FROM gofuture.events_outbox"), "5252:1340 b-7 booking.events");
  db.run("DELETE FROM gofuture.event_types WHERE name = 'BookingCreated'");
}

TEST_F(IngressProcess, AStopAnswersWhatIsBeingWrittenAndTheProcessEnds) {
  listen("127.0.0.1:0", "orders:0123456789abcdef\n");
  start();
  ASSERT_TRUE(until([&] { return says("taking events"); }));
  db.run("BEGIN; LOCK TABLE gofuture.inbox IN ACCESS EXCLUSIVE MODE");
  std::string answer;
  std::thread sender([&] {
    answer = shell("curl -sS -w '%{http_code}' http://" + address() + R"(/v1/events -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/cloudevents+json')"
                   R"( -d '{"specversion":"1.0","type":"BookingCreated","source":"/orders","id":"1","data":{"booking_id":"b-7","rider_id":"r-1","region_id":"5252:1340",)"
                   R"("pickup_lat":52.52,"pickup_lon":13.4,"amount_minor":1250,"currency":"EUR"}}')");
  });
  EXPECT_TRUE(until([&] { return page("/metrics").find("gofuture_ingress_waiting 1\n") != std::string::npos; }));
  ::kill(pid_, SIGTERM);
  EXPECT_TRUE(until([&] { return shell("curl -sS http://" + address() + "/v1/events").find("connect") != std::string::npos; })) << "nobody else comes in";
  db.run("COMMIT");
  sender.join();
  EXPECT_THAT(answer, HasSubstr("202"));
  EXPECT_EQ(stop(), 0);
  EXPECT_EQ(db.number("SELECT count(*) FROM gofuture.events_outbox"), 1);
}

TEST_F(IngressProcess, WithoutTokensAnAddressThatOthersReachIsRefused) {
  listen("0.0.0.0:0", "");
  spawn();
  ASSERT_TRUE(until([&] { return says("the ingress has no token"); }));
  int status = 0;
  ASSERT_TRUE(until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }));
  pid_ = 0;
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace gofuture::test
