// Two stores that hammer the same keys and the same events: nobody waits in a circle, nothing is lost or doubled.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "integration/postgres_rows.hpp"
#include "integration/postgres_world.hpp"

namespace gofuture::test {
namespace {

TEST(Overlap, StoresThatHammerOverlappingKeysAllEndAndCountEveryEventOnce) {
  database().wipe();
  constexpr std::uint64_t kEvents = 600, kKeys = 12;
  constexpr std::size_t kBatch = 20;
  std::atomic<int> deadlocks{0}, batches{0};
  const auto hammer = [&](std::unique_ptr<Replica> here, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::uint64_t> numbers;  // both stores get every event, in an order of their own
    for (std::uint64_t n = 1; n <= kEvents; ++n) numbers.push_back(n);
    std::shuffle(numbers.begin(), numbers.end(), random);
    for (std::size_t at = 0; at < numbers.size(); at += kBatch) {
      std::vector<Record> records;
      for (std::size_t i = at; i < at + kBatch; ++i)
        records.push_back(trip(numbers[i], "k" + std::to_string(numbers[i] % kKeys)).at(kTrips, 0, static_cast<std::int64_t>(numbers[i])));
      Committed told = here->commit(here->handle(batch_of(*here->plan, std::move(records))));
      if (told.message.find("40P01") != std::string::npos) ++deadlocks;
      EXPECT_EQ(here->settle_answer(std::move(told)).status, CommitStatus::kCommitted);
      ++batches;
    }
  };
  std::thread one(hammer, World().replica(), 1), other(hammer, World().replica(), 2);
  one.join();
  other.join();
  EXPECT_EQ(batches, static_cast<int>(2 * kEvents / kBatch));
  EXPECT_EQ(deadlocks, 0) << "locks are taken in one order";
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.inbox"), static_cast<std::int64_t>(kEvents));
  EXPECT_EQ(database().number("SELECT count(*) FROM gofuture.events_outbox"), static_cast<std::int64_t>(kEvents));
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    const auto row = key_of(database(), "counter", "k" + std::to_string(key));
    ASSERT_TRUE(row);
    EXPECT_EQ(Count::read(row->state).events, static_cast<std::int64_t>(kEvents / kKeys));
  }
}

}  // namespace
}  // namespace gofuture::test
