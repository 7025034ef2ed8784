#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gofuture {
namespace {

TEST(Digest, IsTheSameForTheSameContent) {
  EXPECT_EQ(content_digest("T", "k", "{}"), content_digest(std::string("T"), std::string("k"), std::string("{}")));
}

TEST(Digest, ChangesWithEveryField) {
  const auto digest = content_digest("T", "k", "{}");
  EXPECT_NE(digest, content_digest("U", "k", "{}"));
  EXPECT_NE(digest, content_digest("T", "l", "{}"));
  EXPECT_NE(digest, content_digest("T", "k", "[]"));
}

TEST(Digest, MovingAByteFromOneFieldToTheNextChangesIt) {
  EXPECT_NE(content_digest("ab", "c", "d"), content_digest("a", "bc", "d"));
  EXPECT_NE(content_digest("a", "bc", "d"), content_digest("a", "b", "cd"));
  EXPECT_NE(content_digest("a", "", "b"), content_digest("", "a", "b"));
  EXPECT_NE(content_digest("", "", std::string(1, '\0')), content_digest("", "", ""));
}

// Stored in the inbox for as long as its window: another value would make every repeat look like other content.
TEST(Digest, IsStable) {
  std::string hex;
  for (const auto byte : content_digest("BookingCreated", "3776:-12243", R"({"booking_id":"b-7f3a"})").bytes) {
    constexpr char kHex[] = "0123456789abcdef";
    hex += kHex[byte >> 4];
    hex += kHex[byte & 15];
  }
  EXPECT_EQ(hex, "9b7085ae6b0df85d233394d3ad1f5be6");
}

}  // namespace
}  // namespace gofuture
