// Two stores that hammer the same keys and the same events: nobody waits in a circle, nothing is lost or doubled.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <thread>

#include "integration/postgres_rows.hpp"
#include "integration/postgres_world.hpp"

namespace gofuture::test {
namespace {

// Two batches that want the same three rows in opposite orders, while somebody else holds the one in the middle. Taken in the order
// of the batches, each would then hold what the other wants next.
class Crossing : public testing::Test {
 protected:
  void SetUp() override {
    database().wipe();
    one_ = World().replica();
    other_ = World().replica();
    auto holder = PgConnection::open(database().conninfo(), "gofuture test");
    ASSERT_TRUE(holder);
    holder_.emplace(std::move(*holder));
  }
  void cross(BatchPtr first, BatchPtr second) {
    one_->start_commit(std::move(first));
    other_->start_commit(std::move(second));
    database().wait_until("count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE"
                          " 'gofuture store%' AND wait_event_type = 'Lock'");
    ASSERT_TRUE(holder_->run("ROLLBACK").ok());
    for (Replica* replica : {one_.get(), other_.get()}) {
      Committed told = replica->finish_commit();
      EXPECT_NE(told.status, CommitStatus::kUnavailable) << told.message;
      EXPECT_EQ(replica->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
    }
  }

  std::unique_ptr<Replica> one_, other_;
  std::optional<PgConnection> holder_;
};

TEST_F(Crossing, InTheInboxNobodyWaitsInACircle) {
  one_->settle(one_->batch(trip(9, "x").at(kTrips, 0, 9)));  // the day is there
  ASSERT_TRUE(holder_->run("BEGIN; INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, epoch) SELECT bucket,"
                           " function_id, '" + test_id(2).text() + "', digest, 0, 1, 1 FROM gofuture.inbox").ok());
  cross(one_->handle(one_->batch(trip(1, "a").at(kTrips, 0, 1), trip(2, "b").at(kTrips, 0, 2), trip(3, "c").at(kTrips, 0, 3))),
        other_->handle(other_->batch(trip(3, "c").at(kTrips, 0, 3), trip(2, "b").at(kTrips, 0, 2), trip(1, "a").at(kTrips, 0, 1))));
  EXPECT_EQ(outbox_of(database()).size(), 4U);
}

TEST_F(Crossing, InTheKeysNobodyWaitsInACircle) {
  one_->settle(one_->batch(trip(1, "a").at(kTrips, 0, 1), trip(2, "m").at(kTrips, 0, 2), trip(3, "z").at(kTrips, 0, 3)));
  // So many that the planner goes from the batch to the rows, and not through the function's index, which is in order by itself.
  database().run("INSERT INTO gofuture.keys (function_id, state_key, version, epoch) SELECT f.id, 'other' || i, 1, 1 FROM gofuture.functions f,"
                 " generate_series(1, 5000) i");
  database().run("ANALYZE gofuture.keys");
  auto first = one_->handle(one_->batch(trip(4, "a").at(kTrips, 0, 4), trip(5, "m").at(kTrips, 0, 5), trip(6, "z").at(kTrips, 0, 6)));
  auto second = other_->handle(other_->batch(trip(7, "z").at(kTrips, 0, 7), trip(8, "m").at(kTrips, 0, 8), trip(9, "a").at(kTrips, 0, 9)));
  ASSERT_TRUE(holder_->run("BEGIN; SELECT 1 FROM gofuture.keys WHERE state_key = 'm' FOR UPDATE").ok());
  cross(std::move(first), std::move(second));
  EXPECT_EQ(outbox_of(database()).size(), 9U);
}

constexpr std::uint64_t kEvents = 800, kKeys = 12;
constexpr std::size_t kBatch = 20;

// Both stores get every event, shuffled within batches. `same_batches`: at the same time the same events, so that they meet in the
// inbox; else others of the same keys, so that they meet in the keys.
struct Hammer {
  std::unique_ptr<Replica> replica;
  std::uint64_t seed;
  bool same_batches;
  int deadlocks = 0, batches = 0;

  void run() {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t n = 0; n < kEvents; ++n) numbers.push_back(1 + (same_batches ? n : (n + seed * kEvents / 2) % kEvents));
    std::mt19937_64 random(seed);
    for (std::size_t at = 0; at < kEvents; at += kBatch) {
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(at);
      std::shuffle(first, first + kBatch, random);
      std::vector<Record> records;
      for (std::size_t i = at; i < at + kBatch; ++i)
        records.push_back(trip(numbers[i], "k" + std::to_string(numbers[i] % kKeys)).at(kTrips, 0, static_cast<std::int64_t>(numbers[i])));
      Committed told = replica->commit(replica->handle(batch_of(*replica->plan, std::move(records))));
      if (told.message.find("40P01") != std::string::npos) ++deadlocks;
      EXPECT_EQ(replica->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
      ++batches;
    }
  }
};

class Overlap : public testing::TestWithParam<bool> {};

TEST_P(Overlap, StoresThatHammerTheSameKeysAllEndAndCountEveryEventOnce) {
  database().wipe();
  Hammer one{World().replica(), 1, GetParam()}, other{World().replica(), 2, GetParam()};
  std::thread first([&] { one.run(); }), second([&] { other.run(); });
  first.join();
  second.join();
  EXPECT_EQ(one.batches + other.batches, static_cast<int>(2 * kEvents / kBatch));
  EXPECT_EQ(one.deadlocks + other.deadlocks, 0) << "locks are taken in one order";
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.inbox"), static_cast<std::int64_t>(kEvents));
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.events_outbox"), static_cast<std::int64_t>(kEvents));
  std::int64_t counted = 0;
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    const auto row = key_of(database(), "counter", "k" + std::to_string(key));
    ASSERT_TRUE(row);
    counted += Count::read(row->state).events;
  }
  EXPECT_EQ(counted, static_cast<std::int64_t>(kEvents));
}

INSTANTIATE_TEST_SUITE_P(Stores, Overlap, testing::Bool(),
                         [](const auto& one) { return std::string(one.param ? "InTheInbox" : "InTheKeys"); });

}  // namespace
}  // namespace gofuture::test
