#include "telemetry/logging.hpp"

#include <gtest/gtest.h>

namespace gofuture {
namespace {

TEST(LogQuoting, QuotesAndControlCharactersAreEscaped) {
  EXPECT_EQ(log::quoted("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
}

TEST(LogQuoting, BytesThatAreNoUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(log::quoted("a\xff\xc0\xaf" "b"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" "b\"");
  EXPECT_EQ(log::quoted("\xe2\x82"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"") << "a sequence that is cut off";
  EXPECT_EQ(log::quoted("\xed\xa0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"") << "a surrogate";
}

TEST(LogQuoting, WellFormedTextStaysAsItIs) { EXPECT_EQ(log::quoted("Größe 東京 🚕"), "\"Größe 東京 🚕\""); }

TEST(LogQuoting, LongTextIsCutWithoutBreakingACharacter) {
  EXPECT_EQ(log::quoted("aaaa東bbbb", 5), "\"aaaa東…\"");
}

TEST(LogLevels, AnUnknownLevelIsRefusedByName) {
  auto started = log::start("loud", false);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message(), "log level \"loud\" is unknown; use debug, info, warn or error");
}

}  // namespace
}  // namespace gofuture
