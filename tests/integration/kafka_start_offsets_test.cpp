// Where reading starts when records arrive while the brokers are asked for it.
#include <atomic>
#include <thread>

#include "integration/kafka_world.hpp"
#include "kafka/client.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture::test {
namespace {

TEST(KafkaStartOffsets, ARecordThatComesWhileATimeIsLookedUpIsNotStartedBehind) {
  constexpr std::int32_t kPartitions = 32;
  TopicGarden garden;
  const auto topic = garden.make(kPartitions);
  kafka::Voice voice(quiet(), "test");
  const auto client = kafka::make_consumer(kafka_brokers(), {{"client.id", "test"}}, {}, voice, "a test's client");
  ASSERT_TRUE(client) << client.error().message();
  const auto partitions = kafka::partitions_of(client->get(), {topic}, 10'000);
  ASSERT_TRUE(partitions) << partitions.error().message();

  std::atomic<bool> written = false;
  std::thread writer([&] {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) fill(topic, partition, 1);
    written = true;
  });
  const auto an_hour_ago = std::chrono::duration_cast<std::chrono::milliseconds>((std::chrono::system_clock::now() - std::chrono::hours(1)).time_since_epoch());
  std::size_t behind = 0;
  do {
    const auto starts = kafka::offsets_since(client->get(), *partitions, an_hour_ago.count(), 10'000);
    EXPECT_TRUE(starts) << starts.error().message();
    if (!starts) break;
    for (const auto& [at, offset] : *starts) behind += offset != 0;
  } while (!written);
  writer.join();
  EXPECT_EQ(behind, 0u) << "each partition's only record is younger than an hour";
}

}  // namespace
}  // namespace gofuture::test
