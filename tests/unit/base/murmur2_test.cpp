// The vectors of Kafka's own Java test: whoever computes another hash puts a key on another partition, and order is gone.
#include "base/murmur2.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace gofuture {
namespace {

TEST(Murmur2, IsJavas) {
  for (const auto& [key, hash] : {std::pair<const char*, std::int32_t>{"21", -973932308}, {"foobar", -790332482},
                                  {"a-little-bit-long-string", -985981536}, {"a-little-bit-longer-string", -1486304829},
                                  {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971}, {"abc", 479470107}})
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(key)), hash) << key;
}

// Computed apart from our code, by the algorithm with unsigned bytes: a signed one would smear its sign over the word.
TEST(Murmur2, BytesAboveAsciiAreUnsigned) {
  const std::string high("\xff\xfe\xfd\xfc\xfb\xfa\xf9", 7);
  const std::int32_t hashes[] = {-311467685, 1717632651, 998637092, 2136149935, 524068735, -1374838545, -166236347};
  for (std::size_t length = 1; length <= high.size(); ++length)
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(std::string_view(high).substr(0, length))), hashes[length - 1]) << length;
}

TEST(Murmur2, PartitionsAreNeverNegativeAndStayInRange) {
  for (int i = 0; i < 10'000; ++i) {
    const auto partition = partition_of("key-" + std::to_string(i), 128);
    ASSERT_GE(partition, 0);
    ASSERT_LT(partition, 128);
    ASSERT_EQ(partition_of("key-" + std::to_string(i), 256) % 128, partition) << "128 and 256 are co-partitioned";
  }
  EXPECT_EQ(partition_of("21", 128), (-973932308 & 0x7fffffff) % 128);
}

}  // namespace
}  // namespace gofuture
