// Dead letters on their way to their topics, by the same relay and slot as the outbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/relay_world.hpp"
#include "postgres/relay_slot.hpp"

namespace gofuture::test {
namespace {

using State = RelayStatus::State;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct DeadWorld : RelayWorld {
  std::string dead_sql(int number) const {
    return "INSERT INTO gofuture.dead_letters (function_id, function, consumer_group, topic, partition, \"offset\", event_id, class, message, attempts,"
           " epoch, key, value, timestamp_ms) VALUES (1, 'refund', 'blue-refund', 'trips.in', 0, " + std::to_string(number) +
           ", gen_random_uuid(), 'business', 'card expired', 1, 1, 'k', '" + std::to_string(number) + "', 1700000000000)";
  }
  void die(int number) { db.run(dead_sql(number)); }
  void both(int outbox, int dead) { db.run("BEGIN; " + insert_sql(outbox, outbox) + "; " + dead_sql(dead) + "; COMMIT"); }
  std::string refused(int number) { return db.ask("SELECT coalesce(refused, '-') FROM gofuture.dead_letters WHERE \"offset\" = " + std::to_string(number)); }
  bool all_confirmed() {
    const std::string all = wal_now();
    return eventually([&] { return confirmed(all); });
  }
};

TEST(RelayDead, KeepsTheOrderOfCommitsAcrossOutboxAndDeadLetters) {
  DeadWorld world;
  RunningRelay running(world);
  world.insert(1, 2);
  world.die(3);
  world.both(4, 5);
  world.insert(6, 6);
  world.die(7);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_EQ(running.sink.values(), numbers(1, 7));
  const auto kept = running.sink.kept();
  EXPECT_EQ(kept[1].topic, "trips.in");
  EXPECT_EQ(kept[2].topic, "trips.in-refund-dlt");
  EXPECT_EQ(kept[2].header("__dlq.errors.group"), "blue-refund");
  EXPECT_EQ(kept[2].timestamp_ms, 1'700'000'000'000) << "its own time, not the commit's";
}

TEST(RelayDead, IsConfirmedOnlyWhenItIsAcknowledged) {
  DeadWorld world;
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.hold(); });
  world.die(1);
  const std::string after = world.wal_now();
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 1; }));
  world.insert(2, 2);
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 2; })) << "which was sent after a moment in which it could have been confirmed";
  EXPECT_FALSE(world.confirmed(after));
  running.sink.release();
  EXPECT_TRUE(eventually([&] { return world.confirmed(after); }));
}

TEST(RelayDead, ARelayThatDiesBetweenSendingAndConfirmingRepeatsAndLosesNone) {
  DeadWorld world;
  {
    RunningRelay first(world, [](RelayOptions& options) { options.drain_ms = 0; }, [](MemorySink& sink) { sink.hold(); });
    for (int i = 1; i <= 5; ++i) world.die(i);
    ASSERT_TRUE(eventually([&] { return first.sink.count() == 5; }));
    first.sink.release_first(2);
    ASSERT_TRUE(eventually([&] { return first.relay.status().rows == 2; }));
  }
  RunningRelay second(world);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_EQ(second.sink.values(), numbers(3, 5));
}

TEST(RelayDead, IsSentFromItsTableAfterALostSlot) {
  DeadWorld world;
  {
    RunningRelay running(world);
    world.die(1);
    world.insert(2, 2);
    ASSERT_TRUE(world.all_confirmed());
  }
  world.db.run("UPDATE gofuture.events_outbox SET created_at = created_at - interval '2 hours'");
  world.db.run("UPDATE gofuture.dead_letters SET dead_at = dead_at - interval '2 hours'");
  world.drop_slot();
  world.insert(3, 3);
  world.die(4);
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted == 2; }));
  world.die(5);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_EQ(running.sink.values(), numbers(3, 5)) << "what was confirmed long before is not sent again";
  EXPECT_EQ(running.sink.kept()[1].topic, "trips.in-refund-dlt");
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.relay_position WHERE slot <> '" + world.slot + "'"), "0") << "the mark is gone";
}

TEST(RelayDead, KeepsTheMarkUntilTheDeadLettersAreSentToo) {
  DeadWorld world;
  world.drop_slot();
  world.insert(1, 2);
  world.die(3);
  {
    RunningRelay running(world, [](RelayOptions& options) { options.drain_ms = 0; }, [](MemorySink& sink) { sink.hold(); });
    ASSERT_TRUE(eventually([&] { return running.sink.count() == 2; }));
    running.sink.release_first(2);
    ASSERT_TRUE(eventually([&] { return running.sink.count() == 3; }));
  }  // dies with the dead letter on its way
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted == 3; }));
  EXPECT_EQ(running.sink.values(), numbers(1, 3));
}

TEST(RelayDead, AloneBesideSomebodyElseWhoCarriesTheOutbox) {
  DeadWorld world;
  RunningRelay running(world, [](RelayOptions& options) { options.outbox_slot = "debezium"; });
  world.insert(1, 2);
  world.die(3);
  world.both(4, 5);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_THAT(running.sink.values(), ElementsAre("3", "5"));
}

TEST(RelayDead, GoesNoFurtherThanDeadLettersAfterALostSlotBesideSomebodyElse) {
  DeadWorld world;
  world.drop_slot();
  world.insert(1, 2);
  world.die(3);
  RunningRelay running(world, [](RelayOptions& options) { options.outbox_slot = "debezium"; });
  ASSERT_TRUE(eventually([&] { return running.relay.status().reemitted == 1; }));
  EXPECT_THAT(running.sink.values(), ElementsAre("3"));
}

TEST(RelayDead, ThatItsTopicRefusesStaysInItsTableAndHoldsUpNoRide) {
  DeadWorld world;
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.fail("1", "UNKNOWN_TOPIC; make the topic with `gofuture topics apply`"); });
  world.both(10, 1);
  world.insert(11, 12);
  world.die(2);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_THAT(running.sink.values(), ElementsAre("10", "1", "11", "12", "2"));
  EXPECT_TRUE(running.is(State::kActive));
  EXPECT_EQ(running.relay.status().refused, 1u);
  EXPECT_THAT(world.refused(1), HasSubstr("gofuture topics apply"));
  EXPECT_EQ(world.refused(2), "-");
  EXPECT_EQ(world.log.said(Probe::Level::kError, "trips.in-refund-dlt: UNKNOWN_TOPIC"), 1u);
}

TEST(RelayDead, ThatTheSinkItselfRefusesIsNotedToo) {
  DeadWorld world;
  RunningRelay running(world, {}, [](MemorySink& sink) { sink.refuse("1", "there is no such topic"); });
  world.die(1);
  world.insert(2, 2);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_THAT(running.sink.values(), ElementsAre("2"));
  EXPECT_EQ(world.refused(1), "there is no such topic");
}

TEST(RelayDead, ThatWasRefusedIsOfferedAgainUntilItsTopicTakesIt) {
  DeadWorld world;
  const std::string payload(300'000, 'p');  // stored out of line: an update would not carry it
  {
    RunningRelay running(world, {}, [&](MemorySink& sink) {
      sink.fail("1", "no topic");
      sink.fail(payload, "no topic");
    });
    world.die(1);
    world.db.run("UPDATE gofuture.dead_letters SET correlationid = 'ride-1'");
    auto sql = world.dead_sql(2);
    sql.replace(sql.find("'k', '2'"), 8, "'k', convert_to('" + payload + "', 'UTF8')");
    world.db.run(sql);
    ASSERT_TRUE(eventually([&] { return world.refused(1) == "no topic" && world.refused(2) == "no topic"; }));
    ASSERT_TRUE(world.all_confirmed()) << "or the next relay would send them from the log too";
  }
  RunningRelay running(world, [](RelayOptions& options) { options.refused_ms = 20; });
  ASSERT_TRUE(eventually([&] { return running.sink.count() == 2; }));
  EXPECT_THAT(running.sink.values(), ElementsAre("1", payload)) << "in their order";
  EXPECT_EQ(world.refused(1), "-");
  EXPECT_EQ(world.db.ask("SELECT count(*) FROM gofuture.dead_letters"), "2");
  EXPECT_EQ(world.db.ask("SELECT correlationid FROM gofuture.dead_letters WHERE \"offset\" = 1"), "ride-1") << "with all its columns";
}

TEST(RelayDead, ALogFromBeforeThePublicationIsLeftForTheTables) {
  DeadWorld world;
  world.db.run("DROP PUBLICATION gofuture_dead_letters");
  world.insert(1, 2);  // waits in the slot while the database is migrated
  world.db.run("CREATE PUBLICATION gofuture_dead_letters FOR TABLE gofuture.dead_letters WITH (publish = 'insert')");
  world.die(3);
  RunningRelay running(world);
  ASSERT_TRUE(eventually([&] { return running.sink.first_values().size() == 3; })) << running.relay.status().last_error;
  EXPECT_EQ(running.sink.first_values(), numbers(1, 3));
  world.insert(4, 4);
  ASSERT_TRUE(world.all_confirmed());
  EXPECT_EQ(world.log.said(Probe::Level::kError, "from before a publication was made"), 1u);
}

TEST(RelayDead, SaysWhichPublicationIsMissing) {
  DeadWorld world;
  world.db.run("ALTER PUBLICATION gofuture_dead_letters RENAME TO elsewhere");
  {
    RunningRelay running(world);
    world.insert(1, 1);
    ASSERT_TRUE(eventually([&] { return world.log.said(Probe::Level::kWarn, "run `gofuture migrate`") > 0; }));
    EXPECT_THAT(running.sink.values(), IsEmpty());
  }
  world.db.run("ALTER PUBLICATION elsewhere RENAME TO gofuture_dead_letters");
}

}  // namespace
}  // namespace gofuture::test
