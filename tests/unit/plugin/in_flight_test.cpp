#include "plugin/inflight.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace gofuture {
namespace {

TEST(InFlightTest, TellsTheEventThatIsOpenAndNothingElse) {
  InFlight slot;
  EXPECT_FALSE(slot.now());
  const Uuid id = Uuid::v5(kPositionSpace, "one");
  slot.begin(id, 2, 17, 4'711, 99);
  const auto now = slot.now();
  ASSERT_TRUE(now);
  EXPECT_EQ(now->event_id, id);
  EXPECT_EQ(now->topic, 2);
  EXPECT_EQ(now->partition, 17);
  EXPECT_EQ(now->offset, 4'711);
  EXPECT_EQ(now->since_ms, 99);
  slot.end();
  EXPECT_FALSE(slot.now());
  slot.begin(id, 2, 17, 4'711, 99);
  EXPECT_NE(slot.now()->number, now->number);  // the same event tried again
}

TEST(InFlightTest, AReaderNeverSeesHalfOfTwoEvents) {
  InFlight slot;
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::int64_t i = 0; !stop; ++i) {
      Uuid id;
      id.bytes.fill(static_cast<std::uint8_t>(i));
      slot.begin(id, 0, static_cast<std::int32_t>(i), i, i);
    }
  });
  for (int i = 0; i < 100'000; ++i) {
    const auto now = slot.now();
    if (!now) continue;
    ASSERT_EQ(now->offset, now->since_ms);
    ASSERT_EQ(static_cast<std::uint8_t>(now->offset), now->event_id.bytes[0]);
    ASSERT_EQ(now->event_id.bytes[0], now->event_id.bytes[15]);
    ASSERT_EQ(now->partition, static_cast<std::int32_t>(now->offset));
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace gofuture
