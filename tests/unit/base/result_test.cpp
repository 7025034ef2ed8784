#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace gofuture {
namespace {

TEST(Result, HoldsAValueOrASentence) {
  Result<int> good = 7;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = Error("no").within("a.toml").within("check");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message(), "check: a.toml: no");
}

TEST(Result, HandsOutWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> held = std::make_unique<int>(7);
  const auto value = *std::move(held);
  EXPECT_EQ(*value, 7);
}

}  // namespace
}  // namespace gofuture
