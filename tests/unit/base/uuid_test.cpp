#include "base/uuid.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace gofuture {
namespace {

TEST(Uuid, TextAndParsingAreInverse) {
  const std::string text = "0198f3c1-7aaa-7bbb-8ccc-0123456789ab";
  const auto id = Uuid::parse(text);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), text);
  EXPECT_EQ(Uuid::parse("0198F3C1-7AAA-7BBB-8CCC-0123456789AB"), id) << "either case is the same id";
  EXPECT_EQ(Uuid{}.text(), "00000000-0000-0000-0000-000000000000");
}

TEST(Uuid, AnythingButTheCanonicalFormIsNoUuid) {
  for (const char* bad : {"", "0198f3c1", "0198f3c17aaa7bbb8ccc0123456789ab", "{0198f3c1-7aaa-7bbb-8ccc-0123456789ab}",
                          "0198f3c1-7aaa-7bbb-8ccc-0123456789a", "0198f3c1-7aaa-7bbb-8ccc-0123456789abc",
                          "0198f3c1-7aaa-7bbb-8ccc-0123456789ag", "0198f3c1_7aaa_7bbb_8ccc_0123456789ab",
                          "0198f3c-17aaa-7bbb-8ccc-0123456789ab", "-198f3c1-7aaa-7bbb-8ccc-0123456789ab",
                          " 198f3c1-7aaa-7bbb-8ccc-0123456789ab", "0x98f3c1-7aaa-7bbb-8ccc-0123456789ab"})
    EXPECT_EQ(Uuid::parse(bad), std::nullopt) << bad;
}

TEST(Uuid, ADigitIsADigitInEitherCaseAndNothingElseIs) {
  for (int c = 0; c < 256; ++c) {
    std::string text = "0198f3c1-7aaa-7bbb-8ccc-0123456789ab";
    text[35] = static_cast<char>(c);
    const bool digit = std::string("0123456789abcdefABCDEF").find(static_cast<char>(c)) != std::string::npos;
    const auto id = Uuid::parse(text);
    ASSERT_EQ(id.has_value(), digit) << c;
    if (digit) {
      EXPECT_EQ(id->bytes[15], 0xa0 | std::stoi(text.substr(35), nullptr, 16)) << c;
    }
  }
}

// RFC 9562, appendix A.4: "www.example.com" in the namespace of domain names.
TEST(Uuid, Version5IsTheNameThatTheRfcGives) {
  const auto dns = *Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
  const auto id = Uuid::v5(dns, "www.example.com");
  EXPECT_EQ(id.text(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_EQ(id.version(), 5);
  EXPECT_EQ(id.unix_ms(), std::nullopt);
}

// Stored ids depend on them: a change would let every foreign event pass a second time.
TEST(Uuid, TheNamespacesAreFixedForEver) {
  EXPECT_EQ(kForeignIdSpace.text(), "5f0c2a3e-8d3b-5d5e-9a51-3b0f6f1c7a01");
  EXPECT_EQ(kPositionSpace.text(), "5f0c2a3e-8d3b-5d5e-9a51-3b0f6f1c7a02");
  EXPECT_EQ(kDerivedSpace.text(), "5f0c2a3e-8d3b-5d5e-9a51-3b0f6f1c7a03");
}

// RFC 9562, appendix A.6.
TEST(Uuid, Version7TellsItsTime) {
  EXPECT_EQ(Uuid::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")->unix_ms(), 0x017F22E279B0);
}

TEST(UuidV7Generator, GrowsStrictlyAndKeepsTimeVersionAndVariant) {
  UuidV7Generator generator(7);
  std::vector<Uuid> ids;
  for (int i = 0; i < 20'000; ++i) ids.push_back(generator.next(1'795'348'801'204 + i / 1000));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end(), [](const Uuid& a, const Uuid& b) { return a <= b; }))
      << "strictly: no two are equal";
  for (const Uuid& id : ids) {
    EXPECT_EQ(id.version(), 7);
    EXPECT_EQ(id.bytes[8] >> 6, 2);
  }
  EXPECT_EQ(ids.front().unix_ms(), 1'795'348'801'204);
}

TEST(UuidV7Generator, BorrowsFromTheNextMillisecondWhenOneIsFull) {
  UuidV7Generator generator(7);
  Uuid last = generator.next(1000);
  for (int i = 0; i < 10'000; ++i) {
    const Uuid next = generator.next(1000);
    ASSERT_LT(last, next) << i;
    last = next;
  }
  EXPECT_GT(*last.unix_ms(), 1000);
  EXPECT_LT(*last.unix_ms(), 1010);
}

TEST(UuidV7Generator, GrowsEvenWhenTheClockGoesBack) {
  UuidV7Generator generator(7);
  const Uuid before = generator.next(2000);
  const Uuid after = generator.next(1000);
  EXPECT_LT(before, after);
}

TEST(UuidV7Generator, SeedsDecideAndDifferentOnesDiffer) {
  UuidV7Generator one(1), same(1), other(2);
  const Uuid first = one.next(1000);
  EXPECT_EQ(first, same.next(1000));
  EXPECT_NE(first, other.next(1000));
}

TEST(Uuid, HashesSpread) {
  UuidV7Generator generator(3);
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 10'000; ++i) hashes.insert(std::hash<Uuid>{}(generator.next(1000)));
  EXPECT_EQ(hashes.size(), 10'000U);
}

}  // namespace
}  // namespace gofuture
