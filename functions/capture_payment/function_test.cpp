#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Failed = ride::PaymentFailed;
using Succeeded = ride::PaymentSucceeded;

class CapturePaymentTest : public ::testing::Test {
 protected:
  CapturePaymentTest() { payment.config(Settings{"http://gateway"}); }
  Outcome initiated() { return payment.on(ride::PaymentInitiated{"b-1", "3776:-12243", "p-b-1", "r-1", 1250, "USD"}); }
  Outcome judged(const std::string& verdict) { return payment.on(ride::FraudCheckCompleted{"p-b-1", "b-1", "3776:-12243", verdict, 0.1}); }
  // A new booking each time.
  Outcome capture() {
    payment.key("b-" + std::to_string(++bookings_));
    EXPECT_THAT(initiated(), IsOk());
    return judged("approved");
  }
  auto succeeded() {
    return ElementsAre(Event<Succeeded>(Field(&Succeeded::booking_id, "b-1"), Field(&Succeeded::amount_minor, 1250)));
  }
  auto failed(const std::string& why) {
    return ElementsAre(Event<Failed>(Field(&Failed::booking_id, "b-1"), Field(&Failed::reason, HasSubstr(why))));
  }

  Harness<CapturePayment> payment{"b-1"};

 private:
  int bookings_ = 0;
};

TEST_F(CapturePaymentTest, ACapturedChargeIsASuccess) {
  payment.http().answer("charge", 200, R"({"status":"captured"})");
  EXPECT_THAT(capture(), IsOk());
  EXPECT_THAT(payment.emitted(), succeeded());
  const auto& request = payment.http().requests().at(0);
  EXPECT_EQ(request.url, "http://gateway/v1/charges");
  EXPECT_EQ(request.body, R"({"payment_id":"p-b-1","booking_id":"b-1","amount_minor":1250,"currency":"USD"})");
}

TEST_F(CapturePaymentTest, NothingIsChargedBeforeThereAreAPaymentAndAVerdict) {
  for (const bool payment_first : {true, false}) {
    payment.key(payment_first ? "b-1" : "b-2");
    EXPECT_THAT(payment_first ? initiated() : judged("review"), IsOk());
    EXPECT_THAT(payment.http().requests(), IsEmpty());
    payment.http().answer("charge", 200, R"({"status":"captured"})");
    EXPECT_THAT(payment_first ? judged("review") : initiated(), IsOk());
    EXPECT_THAT(payment.take_emitted(), succeeded());
    payment.http() = FakeHttp();
  }
}

TEST_F(CapturePaymentTest, ADeniedPaymentFailsWithoutACharge) {
  EXPECT_THAT(initiated(), IsOk());
  EXPECT_THAT(judged("denied"), IsOk());
  EXPECT_THAT(payment.emitted(), failed("the fraud check denied"));
  EXPECT_THAT(payment.http().requests(), IsEmpty());
}

TEST_F(CapturePaymentTest, TheFirstVerdictCountsAndAPaymentHasOneAnswer) {
  EXPECT_THAT(judged("denied"), IsOk());
  EXPECT_THAT(judged("approved"), IsSkip());
  EXPECT_THAT(initiated(), IsOk());
  EXPECT_THAT(payment.take_emitted(), failed("the fraud check denied"));
  EXPECT_THAT(judged("approved"), IsSkip());
  EXPECT_THAT(initiated(), IsSkip());
  EXPECT_THAT(payment.emitted(), IsEmpty());
}

TEST_F(CapturePaymentTest, ADeclinedChargeIsAFailureWithTheGatewaysReason) {
  payment.http().answer("charge", 402, R"({"status":"declined","reason":"insufficient funds"})");
  EXPECT_THAT(capture(), IsOk());
  EXPECT_THAT(payment.emitted(), failed("insufficient funds"));
}

TEST_F(CapturePaymentTest, AMissingAnswerIsNeverAFailureTheGatewayIsAsked) {
  payment.http().times_out("charge").answer("ask", 200, R"({"status":"captured"})");
  EXPECT_THAT(capture(), IsOk());
  EXPECT_THAT(payment.emitted(), succeeded());
  EXPECT_EQ(payment.http().requests().at(1).url, "http://gateway/v1/charges/p-b-1");
}

TEST_F(CapturePaymentTest, AChargeTheGatewayHasNotHeardOfIsSentAgain) {
  payment.http().times_out("charge").answer("ask", 404);
  EXPECT_THAT(capture(), IsRetry(HasSubstr("sent again")));
  EXPECT_THAT(payment.emitted(), IsEmpty());
}

TEST_F(CapturePaymentTest, WhenNobodyAnswersNothingIsConcluded) {
  payment.http().times_out("charge").times_out("ask");
  EXPECT_THAT(capture(), IsLater());
  EXPECT_THAT(payment.emitted(), IsEmpty());
}

TEST_F(CapturePaymentTest, AGatewayThatIsDownIsTriedLater) {
  payment.http().unreachable("charge");
  EXPECT_THAT(capture(), IsLater(HasSubstr("connection refused")));
}

TEST_F(CapturePaymentTest, AGatewayInTroubleIsTriedAgain) {
  payment.http().answer("charge", 503);
  EXPECT_THAT(capture(), IsRetry(HasSubstr("status 503")));
}

TEST_F(CapturePaymentTest, ARefusedRequestFailsOnlyWhenNoMoneyMoved) {
  payment.http().answer("charge", 422).answer("ask", 200, R"({"status":"captured"})").answer("ask", 404);
  EXPECT_THAT(capture(), IsOk());
  EXPECT_THAT(payment.take_emitted(), succeeded());
  EXPECT_THAT(capture(), IsOk());
  EXPECT_THAT(payment.emitted(), failed("status 422"));
}

TEST_F(CapturePaymentTest, AnAnswerWithoutMeaningIsNotTakenForMoney) {
  payment.http().answer("charge", 200, "{}").answer("charge", 200, "<html>");
  EXPECT_THAT(capture(), IsRetry(HasSubstr("without saying")));
  EXPECT_THAT(capture(), IsRetry(HasSubstr("not JSON")));
}

TEST(CapturePaymentCreationTest, WithoutAGatewayItIsNotEvenCreated) {
  Harness<CapturePayment> payment;
  EXPECT_THAT([&] { payment.host().create(); },
              ::testing::ThrowsMessage<std::runtime_error>("[config] /gateway: is missing"));
}
}  // namespace
