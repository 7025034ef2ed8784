#include "function.cpp"

#include <gofuture/testing.hpp>

namespace {
using namespace gofuture;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Sent = ride::NotificationSent;

class SendNotificationTest : public ::testing::Test {
 protected:
  SendNotificationTest() { user.config(Settings{"http://messages/v1/messages", "push"}); }
  Outcome send() { return user.on(ride::NotificationRequested{"e-1/rider", "r-1", "DriverAssigned", "A driver is on the way.", "b-1", "3776:-12243"}); }
  Harness<SendNotification> user{"r-1"};
};

TEST_F(SendNotificationTest, WhatTheServiceTakesIsSent) {
  user.http().answer("send", 202);
  EXPECT_THAT(send(), IsOk());
  EXPECT_THAT(user.emitted(), ElementsAre(Event<Sent>(Field(&Sent::notification_id, "e-1/rider"), Field(&Sent::user_id, "r-1"), Field(&Sent::channel, "push"),
                                                      Field(&Sent::booking_id, "b-1"), Field(&Sent::region_id, "3776:-12243"))));
  const auto& request = user.http().requests().at(0);
  EXPECT_EQ(request.url, "http://messages/v1/messages");
  EXPECT_EQ(request.effect, "e-1/rider") << "a repeat of this notification tells nobody twice";
  EXPECT_EQ(request.body,
            R"({"notification_id":"e-1/rider","user_id":"r-1","kind":"DriverAssigned","text":"A driver is on the way.","booking_id":"b-1"})");
}

TEST_F(SendNotificationTest, WhatIsNotKnownToBeOnItsWayIsTriedAgain) {
  user.http().answer("send", 503).times_out("send").unreachable("send").answer("send", 429);
  EXPECT_THAT(send(), IsRetry(HasSubstr("status 503")));
  EXPECT_THAT(send(), IsRetry(HasSubstr("not known")));
  EXPECT_THAT(send(), IsLater());
  EXPECT_THAT(send(), IsLater(HasSubstr("status 429")));
  EXPECT_THAT(user.emitted(), IsEmpty());
}

TEST_F(SendNotificationTest, WhatTheServiceRefusesIsADeadLetter) {
  user.http().answer("send", 400);
  EXPECT_THAT(send(), IsReject(HasSubstr("refuses e-1/rider: status 400")));
}
}  // namespace
