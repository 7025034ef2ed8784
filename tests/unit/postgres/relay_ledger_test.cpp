#include "postgres/relay_ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace gofuture {
namespace {

TEST(RelayLedger, ConfirmsATransactionWhenAllItsRowsAndAllBeforeAreAcknowledged) {
  RelayLedger ledger;
  const auto a1 = ledger.sent({}, "t", 10), a2 = ledger.sent({}, "t", 10);
  ledger.ends({100, 1, 5});
  const auto b1 = ledger.sent({}, "u", 10);
  ledger.ends({200, 2, 6});

  EXPECT_FALSE(ledger.acked(b1));
  EXPECT_FALSE(ledger.acked(a2));
  EXPECT_EQ(ledger.confirmed().lsn, 0u);
  EXPECT_EQ(ledger.outstanding_bytes(), 30u) << "the bound counts from the oldest row that is not acknowledged";
  EXPECT_TRUE(ledger.acked(a1));
  EXPECT_EQ(ledger.confirmed().lsn, 200u);
  EXPECT_EQ(ledger.confirmed().seq, 6);
  EXPECT_TRUE(ledger.clear());
  EXPECT_EQ(ledger.outstanding_bytes(), 0u);
}

TEST(RelayLedger, DoesNotConfirmATransactionWhoseCommitHasNotCome) {
  RelayLedger ledger;
  ledger.acked(ledger.sent({}, "t", 1));
  EXPECT_EQ(ledger.confirmed().lsn, 0u);
  ledger.ends({100, 1, 1});
  EXPECT_EQ(ledger.confirmed().lsn, 100u);
}

TEST(RelayLedger, ConfirmsAKeepaliveAtOnceOnlyWithNothingBeforeIt) {
  RelayLedger ledger;
  ledger.ends({50, 0, 0});
  EXPECT_EQ(ledger.confirmed().lsn, 50u);
  const auto token = ledger.sent({}, "t", 1);
  ledger.ends({100, 7, 3});
  ledger.ends({150, 0, 0});
  ledger.ends({160, 0, 0});
  EXPECT_EQ(ledger.confirmed().lsn, 50u);
  EXPECT_EQ(ledger.end_of(token), 160u);
  ledger.acked(token);
  EXPECT_EQ(ledger.confirmed().lsn, 160u);
  EXPECT_EQ(ledger.confirmed().committed_us, 7);
  EXPECT_EQ(ledger.confirmed().seq, 3);
}

TEST(RelayLedger, PassesOverAcknowledgementsOfAnEarlierConnection) {
  RelayLedger ledger;
  const auto old = ledger.sent({}, "t", 1);
  ledger.ends({100, 1, 1});
  ledger.restart();
  const auto fresh = ledger.sent({}, "t", 1);
  ledger.ends({90, 1, 1});
  EXPECT_NE(old, fresh);
  EXPECT_FALSE(ledger.acked(old));
  EXPECT_EQ(ledger.find(old), nullptr);
  EXPECT_EQ(ledger.confirmed().lsn, 0u);
  EXPECT_TRUE(ledger.acked(fresh));
  EXPECT_EQ(ledger.confirmed().lsn, 90u);
}

TEST(RelayLedger, NeverConfirmsBeyondARowThatIsNotAcknowledgedWhateverTheOrder) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    RelayLedger ledger;
    std::vector<std::uint64_t> tokens;
    std::vector<pgoutput::Lsn> lsn_of;  // of each row's transaction
    for (pgoutput::Lsn lsn = 1; lsn <= 20; ++lsn) {
      for (unsigned rows = random() % 4; rows > 0; --rows) {
        tokens.push_back(ledger.sent({}, "t", 1));
        lsn_of.push_back(lsn);
      }
      ledger.ends({lsn, 0, static_cast<std::int64_t>(lsn)});
    }
    const std::uint64_t first = tokens.empty() ? 0 : tokens.front();
    std::vector<std::uint64_t> order = tokens;
    std::shuffle(order.begin(), order.end(), random);
    std::vector<bool> acked(tokens.size());
    for (const auto token : order) {
      ledger.acked(token);
      acked[token - first] = true;
      pgoutput::Lsn bound = 20;
      for (std::size_t i = 0; i < acked.size(); ++i)
        if (!acked[i]) bound = std::min(bound, lsn_of[i] - 1);
      ASSERT_EQ(ledger.confirmed().lsn, bound);
    }
    ASSERT_EQ(ledger.confirmed().lsn, 20u);
  }
}

}  // namespace
}  // namespace gofuture
