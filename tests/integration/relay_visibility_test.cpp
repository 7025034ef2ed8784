// Run by the script of this name: the server's synchronous standby never answers whoever waits for it.
#include <gtest/gtest.h>

#include <thread>

#include "integration/relay_world.hpp"

namespace gofuture::test {
namespace {

// A transaction with the rows first … last whose commit is on disk and waits for the standby, until it is given up.
class Unseen {
 public:
  Unseen(RelayWorld& world, int first, int last)
      : world_(world), thread_([conninfo = world.db.conninfo(), insert = world.insert_sql(first, last)] {
          auto connection = PgConnection::open(conninfo, "gofuture test committer");
          ASSERT_TRUE(connection);
          EXPECT_TRUE(connection->run("BEGIN; SET LOCAL synchronous_commit = on; " + insert + "; COMMIT").ok());
        }) {
    world.db.wait_until("EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = 'gofuture test committer' AND wait_event = 'SyncRep')");
  }
  ~Unseen() { show(); }
  // The commit stands; it only gives up waiting, and then everybody sees it.
  void show() {
    if (!thread_.joinable()) return;
    world_.db.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'gofuture test committer'");
    thread_.join();
  }

 private:
  RelayWorld& world_;
  std::thread thread_;
};

TEST(RelayVisibility, AnEventIsNotSentBeforeTheRowsItWasCommittedWithCanBeSeen) {
  RelayWorld world;
  RunningRelay running(world);
  world.insert(1, 1);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; }));

  Unseen unseen(world, 2, 3);
  ASSERT_TRUE(eventually([&] { return running.relay.status().waits_to_be_seen; }));
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.events_outbox"), "1") << "on disk, but not there for anybody";
  EXPECT_EQ(running.sink.count(), 1u);
  world.insert(4, 4);  // this one can be seen at once, and comes behind the others all the same

  unseen.show();
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 4; }));
  EXPECT_EQ(running.sink.values(), numbers(1, 4));
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.events_outbox"), "4");
  EXPECT_EQ(running.relay.status().early, 1u);
  EXPECT_FALSE(running.relay.status().waits_to_be_seen);
}

TEST(RelayVisibility, StopsWhileItWaits) {
  RelayWorld world;
  {
    RunningRelay running(world);
    Unseen unseen(world, 1, 1);
    ASSERT_TRUE(eventually([&] { return running.relay.status().waits_to_be_seen; }));
    running.relay.stop();  // does not hang
  }
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; })) << "nothing was confirmed of what was not sent";
}

}  // namespace
}  // namespace gofuture::test
