// Run by the script of this name: the server's synchronous standby never answers whoever waits for it.
#include <gtest/gtest.h>

#include <thread>

#include "integration/relay_world.hpp"

namespace gofuture::test {
namespace {

TEST(RelayVisibility, AnEventIsNotSentBeforeTheRowsItWasCommittedWithCanBeSeen) {
  RelayWorld world;
  RunningRelay running(world);
  world.insert(1, 1);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; }));

  std::thread slow([conninfo = world.db.conninfo(), insert = world.insert_sql(2, 3)] {
    auto connection = PgConnection::open(conninfo, "gofuture test committer");
    ASSERT_TRUE(connection);
    EXPECT_TRUE(connection->run("BEGIN; SET LOCAL synchronous_commit = on; " + insert + "; COMMIT").ok());
  });
  world.db.wait_until("EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = 'gofuture test committer' AND wait_event = 'SyncRep')");
  ASSERT_TRUE(eventually([&] { return running.relay.status().waits_to_be_seen; }));
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.events_outbox"), "1") << "on disk, but not there for anybody";
  EXPECT_EQ(running.sink.count(), 1u);
  world.insert(4, 4);  // this one can be seen at once, and comes behind the others all the same

  // Its commit stands; it only gives up waiting for the standby, and then everybody sees it.
  world.db.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'gofuture test committer'");
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 4; }));
  EXPECT_EQ(running.sink.values(), numbers(1, 4));
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.events_outbox"), "4");
  EXPECT_EQ(running.relay.status().early, 1u);
  EXPECT_FALSE(running.relay.status().waits_to_be_seen);
  slow.join();
}

TEST(RelayVisibility, StopsWhileItWaits) {
  RelayWorld world;
  std::thread slow;
  {
    RunningRelay running(world);
    slow = std::thread([conninfo = world.db.conninfo(), insert = world.insert_sql(1, 1)] {
      auto connection = PgConnection::open(conninfo, "gofuture test committer");
      ASSERT_TRUE(connection);
      EXPECT_TRUE(connection->run("BEGIN; SET LOCAL synchronous_commit = on; " + insert + "; COMMIT").ok());
    });
    ASSERT_TRUE(eventually([&] { return running.relay.status().waits_to_be_seen; }));
  }  // does not hang
  world.db.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'gofuture test committer'");
  slow.join();
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; })) << "nothing was confirmed of what was not sent";
}

}  // namespace
}  // namespace gofuture::test
