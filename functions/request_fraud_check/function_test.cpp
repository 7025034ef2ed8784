#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using Requested = ride::FraudCheckRequested;
using Completed = ride::FraudCheckCompleted;

class RequestFraudCheckTest : public ::testing::Test {
 protected:
  RequestFraudCheckTest() { payment.config(Settings{20, "approved"}); }
  Outcome initiated() { return payment.on(ride::PaymentInitiated{"b-1", "3776:-12243", "p-b-1", "r-1", 1250, "USD"}); }
  Outcome judged() { return payment.on(Completed{"p-b-1", "b-1", "3776:-12243", "denied", 1.0}); }
  Harness<RequestFraudCheck> payment{"b-1"};
};

TEST_F(RequestFraudCheckTest, EveryPaymentIsCheckedOnce) {
  EXPECT_THAT(initiated(), IsOk());
  EXPECT_THAT(initiated(), IsSkip());
  EXPECT_THAT(payment.emitted(),
              ElementsAre(Event<Requested>(Field(&Requested::payment_id, "p-b-1"), Field(&Requested::booking_id, "b-1"),
                                           Field(&Requested::region_id, "3776:-12243"), Field(&Requested::rider_id, "r-1"),
                                           Field(&Requested::amount_minor, 1250), Field(&Requested::currency, "USD"))));
  EXPECT_THAT(payment.timers(), ElementsAre(IsTimer("fraud-check-deadline", payment.now() + 20s)));
}

TEST_F(RequestFraudCheckTest, ACheckThatDoesNotAnswerIsDecidedByDefault) {
  for (const std::string verdict : {"approved", "denied"}) {
    Harness<RequestFraudCheck> other{"b-1"};
    other.config(Settings{20, verdict});
    EXPECT_THAT(other.on(ride::PaymentInitiated{"b-1", "3776:-12243", "p-b-1", "r-1", 1250, "USD"}), IsOk());
    other.take_emitted();
    EXPECT_THAT(other.advance(19s), IsEmpty());
    EXPECT_THAT(other.advance(1s), ElementsAre(IsOk()));
    EXPECT_THAT(other.emitted(),
                ElementsAre(Event<Completed>(Field(&Completed::payment_id, "p-b-1"), Field(&Completed::booking_id, "b-1"),
                                             Field(&Completed::region_id, "3776:-12243"), Field(&Completed::verdict, verdict))));
  }
}

TEST_F(RequestFraudCheckTest, AVerdictTakesTheDeadlineBack) {
  EXPECT_THAT(initiated(), IsOk());
  EXPECT_THAT(judged(), IsOk());
  EXPECT_THAT(payment.timers(), IsEmpty());
  EXPECT_THAT(judged(), IsSkip());
}

TEST_F(RequestFraudCheckTest, AfterTheDeadlineAVerdictChangesNothingHere) {
  EXPECT_THAT(initiated(), IsOk());
  payment.advance(20s);
  payment.take_emitted();
  EXPECT_THAT(judged(), IsSkip()) << "its own word, come back";
  EXPECT_THAT(judged(), IsSkip());
  EXPECT_THAT(payment.emitted(), IsEmpty());
}

TEST(RequestFraudCheckCreationTest, ADefaultThatIsNoVerdictIsRefused) {
  Harness<RequestFraudCheck> payment;
  payment.config(Settings{20, "maybe"});
  EXPECT_THAT([&] { payment.host().create(); },
              ::testing::ThrowsMessage<std::runtime_error>(R"([config] by_default must be "approved" or "denied", is "maybe")"));
}
}  // namespace
