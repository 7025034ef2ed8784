#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;
using Completed = ride::FraudCheckCompleted;

class CheckFraudTest : public ::testing::Test {
 protected:
  CheckFraudTest() { rider.config(Settings{.most_minor = 50'000, .window_s = 3600, .review_at = 3, .deny_at = 5}); }
  std::string verdict(std::int64_t at_s, std::int64_t amount_minor = 1250) {
    rider.next().timestamp_ms = at_s * 1000;
    EXPECT_THAT(rider.on(ride::FraudCheckRequested{"p-1", "b-1", "3776:-12243", "r-1", amount_minor, "USD"}), IsOk());
    return rider.take_emitted().at(0).as<Completed>().verdict;
  }
  Harness<CheckFraud> rider{"r-1"};
};

TEST_F(CheckFraudTest, AnOrdinaryPaymentIsApproved) {
  EXPECT_THAT(rider.on(ride::FraudCheckRequested{"p-1", "b-1", "3776:-12243", "r-1", 50'000, "USD"}), IsOk());
  EXPECT_THAT(rider.emitted(),
              ElementsAre(Event<Completed>(Field(&Completed::payment_id, "p-1"), Field(&Completed::booking_id, "b-1"),
                                           Field(&Completed::region_id, "3776:-12243"), Field(&Completed::verdict, "approved"))));
}

TEST_F(CheckFraudTest, TooMuchAtOnceIsDenied) { EXPECT_EQ(verdict(0, 50'001), "denied"); }

TEST_F(CheckFraudTest, ManyPaymentsOfOneRiderAreReviewedAndThenDenied) {
  EXPECT_EQ(verdict(1), "approved");
  EXPECT_EQ(verdict(2), "approved");
  EXPECT_EQ(verdict(3), "review");
  EXPECT_EQ(verdict(4), "review");
  EXPECT_EQ(verdict(5), "denied");
  EXPECT_EQ(verdict(6), "denied");
}

TEST_F(CheckFraudTest, WhatLiesBeforeTheWindowDoesNotCount) {
  EXPECT_EQ(verdict(1), "approved");
  EXPECT_EQ(verdict(2), "approved");
  EXPECT_EQ(verdict(3'601), "approved") << "the first is an hour ago";
  EXPECT_EQ(verdict(3'601), "review");
}

TEST_F(CheckFraudTest, APaymentThatComesLateIsJudgedByItsOwnTime) {
  for (const int at_s : {101, 102, 103}) verdict(at_s);
  EXPECT_EQ(verdict(50), "approved");
}

TEST_F(CheckFraudTest, TheStateKeepsNoMoreThanTheRulesNeed) {
  for (int at_s = 1; at_s <= 20; ++at_s) verdict(at_s);
  EXPECT_THAT(rider.state().checked_ms, SizeIs(5));
  verdict(100'000);
  EXPECT_THAT(rider.state().checked_ms, ElementsAre(100'000'000));
}
}  // namespace
