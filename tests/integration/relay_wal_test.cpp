// A slot that the server gives up, because it keeps too much WAL. It needs the superuser of the local stack (through its socket
// folder) to set a small limit, and it sets it for the whole server: so it runs alone, and is skipped elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/relay_world.hpp"

namespace gofuture::test {
namespace {

struct SmallLimit {
  explicit SmallLimit(TestDatabase& db) {
    auto opened = PgConnection::open("host=" + db.ask("SHOW unix_socket_directories") + " port=" + db.ask("SHOW port") + " user=postgres dbname=" + db.name(),
                                     "gofuture test");
    if (opened) server = std::make_unique<PgConnection>(std::move(*opened));
  }
  void set(const std::string& bytes) {
    EXPECT_TRUE(server->run("ALTER SYSTEM SET max_slot_wal_keep_size = '" + bytes + "'").ok());
    EXPECT_TRUE(server->run("SELECT pg_reload_conf()").ok());
  }
  ~SmallLimit() {
    if (!server) return;
    server->run("ALTER SYSTEM RESET max_slot_wal_keep_size");
    server->run("SELECT pg_reload_conf()");
  }
  std::unique_ptr<PgConnection> server;
};

TEST(RelayWal, WarnsOfDangerAndSendsFromTheTableWhatALostSlotHadNotConfirmed) {
  RelayWorld world;
  SmallLimit limit(world.db);
  if (!limit.server) GTEST_SKIP() << "no superuser here";
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.hold(); });
  world.insert(1, 3);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 3; }));
  limit.set("16MB");
  // A segment more each time, until the server would let go.
  ASSERT_TRUE(eventually([&] {
    world.db.run("CREATE TABLE noise AS SELECT 1 AS n; DROP TABLE noise");
    EXPECT_TRUE(limit.server->run("SELECT pg_switch_wal()").ok());
    return running.relay.status().wal_status == "unreserved";
  }));
  EXPECT_TRUE(eventually([&] { return world.log.said(Probe::Level::kError, "raise max_slot_wal_keep_size now") == 1; }));
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(limit.server->run("CHECKPOINT").ok());
    return world.log.said(Probe::Level::kError, "was lost; it is made again") == 1;
  }));
  running.sink.release();
  world.insert(4, 6);
  ASSERT_TRUE(eventually([&] { return running.sink.first_values().size() == 6; }));
  EXPECT_EQ(running.sink.first_values(), numbers(1, 6));
  EXPECT_TRUE(eventually([&] { return running.relay.status().reemitted >= 3; }));
  const std::string after = world.wal_now();
  EXPECT_TRUE(eventually([&] { return world.confirmed(after); }));
}

}  // namespace
}  // namespace gofuture::test
