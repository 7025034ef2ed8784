// A database that keeps a handler waiting, in each of the services that ask it: the watchdog blames nobody.
#include <functional>

#include "plugins/world.hpp"

namespace gofuture {
namespace {

using plugin_world::batch;
using plugin_world::manifest;
using plugin_world::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Says nothing for a long time, in which the watchdog looks; then answers each port that it cannot be reached.
struct SilentDatabase : SqlSession, Lookup, Journal {
  Result<SqlRows> execute(std::string_view, const std::vector<std::optional<std::string_view>>&) override { return keep_waiting(); }
  Result<std::optional<std::string>> get(std::string_view, std::string_view) override { return keep_waiting(); }
  Result<Found> open(const JournaledCall&, const Event&) override { return keep_waiting(); }

  Error keep_waiting() {
    EXPECT_THAT(world->handlers->watch(0), IsEmpty());
    for (int i = 0; i < 60; ++i) {
      world->clock.steady_ += 500;
      EXPECT_THAT(world->handlers->watch(0), IsEmpty()) << "its timeout is 1 s";
    }
    ++waits;
    return Error("the database cannot be reached");
  }
  World* world = nullptr;
  int waits = 0;
};

void told_what_it_waits_for(World& world) {
  std::vector<std::string> told;
  for (const std::string& line : world.probe.sentences())
    if (line.find("Postgres") != std::string::npos) told.push_back(line);
  EXPECT_THAT(told, ElementsAre(HasSubstr("for 1000 ms of it waiting for Postgres, which does not answer; that is not counted")));
}

TEST(SilentDatabaseTest, AStatementOfAHandlerBlamesNobody) {
  SilentDatabase database;
  FunctionManifest of = manifest();
  of.sql_schema = "ride";
  World world("asks_sql", of, {0, 1, 42});
  database.world = &world;
  const BatchPtr given = batch(*world.made, {{"k", "SELECT a, b FROM t WHERE k = $1"}});
  world.handlers->run(*given, database);
  EXPECT_GE(database.waits, 1);
  told_what_it_waits_for(world);
}

TEST(SilentDatabaseTest, ALookUpBlamesNobody) {
  SilentDatabase database;
  FunctionManifest of = manifest();
  of.lookups = {{"prices", "ride.prices", "region_id", 1'000}};
  World world("asks_lookup", of, {1, 0, 42}, &database);
  database.world = &world;
  world.handle({{"r-1", "prices"}});
  EXPECT_EQ(database.waits, 1);
  told_what_it_waits_for(world);
}

TEST(SilentDatabaseTest, TheJournalOfCallsBlamesNobody) {
  SilentDatabase database;
  FunctionManifest of = manifest();
  of.http = Http{{"http://127.0.0.1:1/"}, 300};
  World world("asks_http", of, {.threads = 1, .seed = 42, .journal = &database});
  database.world = &world;
  world.handle({{"k", "http://127.0.0.1:1/api/ok"}});
  EXPECT_EQ(database.waits, 1);
  told_what_it_waits_for(world);
}

}  // namespace
}  // namespace gofuture
