// What may stand where a name, a pointer or an address belongs, what may not, and what is offered instead.
#include "manifest/names.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace gofuture {
namespace {

void expect(const Form& form, const std::vector<std::string>& right, const std::vector<std::string>& wrong) {
  for (const std::string& text : right) EXPECT_TRUE(form.holds(text)) << form.words << ": " << text;
  for (const std::string& text : wrong) EXPECT_FALSE(form.holds(text)) << form.words << ": " << text;
}

TEST(Names, OfFunctionsAndOfSqlAreLowerCase) {
  for (const Form* form : {&kFunctionName, &kSqlName})
    expect(*form, {"a", "_a", "refund_payment", "a9", std::string(63, 'a')}, {"", "9a", "A", "aB", "a-b", "a.b", "a b", "\xc3\xa4", std::string(64, 'a')});
  expect(kSqlTable, {"ride.prices"}, {"", ".", "prices", "ride.", ".prices", "Ride.prices", "ride.Prices", "a.b.c"});
}

TEST(Names, OfLibrariesLeaveNoFolder) {
  expect(kLibraryName, {"refund", "refund-v2", "lib.2", "_x", "X", std::string(128, 'a')},
         {"", ".hidden", "-rf", "../x", "a/b", "x.so", "a b", std::string(129, 'a')});
}

TEST(Names, OfTopicsAndTypesAreWhatKafkaAndCodeAllow) {
  expect(kTopicName, {"booking.events", "a", "A_b-9", "...", std::string(249, 'a')}, {"", ".", "..", "a b", "a/b", std::string(250, 'a')});
  expect(kTypeName, {"BookingCreated", "a", "X_9", std::string(128, 'a')}, {"", "9th", "_x", "a.b", "a-b", std::string(129, 'a')});
}

TEST(Names, PointersAreThoseOfRfc6901) {
  expect(kPointer, {"/a", "/a/0", "/a~0b~1c", "/ ", "//"}, {"", "/", "a", "a/b", "/a~", "/a~2", "/a\n"});
  expect(kTimeInData, {"data:/a", "data:/a/b"}, {"", "data:", "data:/", "data:a", "/a", "date:/a", "12345/a"});
  expect(kStateKey, {"key", "subject", "data:/a"}, {"", "keys", "data:", "/a"});
  expect(kPathInside, {"schemas/x.json", "x"}, {"", "/etc/passwd", "../x", "a/../b"});
}

TEST(Names, UrlPrefixesHideNoOtherHost) {
  expect(kHttpPrefix, {"http://a", "https://gateway.example:8443/v1/", "http://127.0.0.1", "https://[2001:db8::1]:443/x", "https://[::1]", "https://a-b/~x;y=1,2"},
         {"", "http://", "https:///x", "https://[]", "https://[g]", "https://[::1", "https://::1]", "ftp://a", "a", "https://u@a", "https://a:", "https://a:x",
          "https://a:123456", "https://a/?q", "https://a/#f", "https://a/../b", "https://a b", "https://*", "https://a/\"x"});
}

TEST(Names, OfInstancesAndAddresses) {
  expect(kInstanceName, {"local-1", std::string(128, 'a')}, {"", "a b", ".", std::string(129, 'a')});
  expect(kGroupPrefix, {"", "blue-"}, {"a b", std::string(129, 'a')});
  expect(kListenAddress, {"127.0.0.1:9464", "localhost:0", "[::1]:65535", "[fe80::1%eth0]:1"},
         {"", "9464", ":9464", "a:", "a:65536", "a:123456", "a:x", "a:-1", "a b:1", "a;b:1"});
}

TEST(Names, WhatPeopleWriteInsteadIsMended) {
  EXPECT_EQ(kFunctionName.mend("Refund-Payment now"), "refund_payment_now");
  EXPECT_EQ(kLibraryName.mend("functions/refund.so"), "refund");
  EXPECT_EQ(kLibraryName.mend("refund"), "refund");
  for (const char* text : {"booking_id", "/booking_id", "data.booking_id", "data/booking_id", "data:booking_id", "data:/booking_id"}) {
    EXPECT_EQ(kPointer.mend(text), "/booking_id") << text;
    EXPECT_EQ(kStateKey.mend(text), "data:/booking_id") << text;
  }
  EXPECT_EQ(kHttpPrefix.mend("gateway.example"), "https://gateway.example");
  EXPECT_EQ(kListenAddress.mend("9464"), "127.0.0.1:9464");
  EXPECT_EQ(kListenAddress.mend(":9464"), "127.0.0.1:9464");
}

}  // namespace
}  // namespace gofuture
