// What `gofuture emit` would send, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "event/envelope.hpp"
#include "unit/cli/process.hpp"

namespace gofuture::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string booking(const std::string& id) {
  return R"({"booking_id": ")" + id + R"(", "rider_id": "r-1", "region_id": "5251:1340", "pickup_lat": 52.51, "pickup_lon": 13.40,)" +
         R"( "amount_minor": 1250, "currency": "EUR"})";
}

Said emit(std::vector<std::string> words, Output output = Output::kPipe) {
  words.insert(words.begin(), {"emit", "BookingCreated", "--dry-run"});
  return gofuture(words, output);
}

TEST(Emit, TakesTopicKeySubjectAndCorrelationFromTheCatalogueAndTheData) {
  const auto sent = boost::json::parse(emit({"--data", booking("b-1")}).out);
  EXPECT_EQ(sent.at("topic"), "booking.events");
  EXPECT_EQ(sent.at("key"), "5251:1340");
  EXPECT_EQ(sent.at("subject"), "b-1");
  EXPECT_EQ(sent.at("correlation_id"), "b-1");
  EXPECT_EQ(Uuid::parse(std::string(sent.at("id").as_string()))->version(), 7);
}

TEST(Emit, WhatIsSaidOnTheLineWins) {
  const std::string id = "01a21943-ab91-77e8-a250-6af015b74f97";
  const auto sent = boost::json::parse(emit({"--data", booking("b-1"), "--key", "k", "--subject", "s", "--correlation", "c", "--id", id}).out);
  EXPECT_EQ(sent.at("key"), "k");
  EXPECT_EQ(sent.at("subject"), "s");
  EXPECT_EQ(sent.at("correlation_id"), "c");
  EXPECT_EQ(std::string(sent.at("id").as_string()), id);
}

TEST(Emit, AnAliasSendsTheCanonicalTypeInACloudEventsEnvelope) {
  const auto said = gofuture({"emit", "BookingCreate", "--dry-run", "--data", booking("b-1")}, Output::kTerminal);
  EXPECT_THAT(said.out, AllOf(HasSubstr("ce_type: BookingCreated\n"), HasSubstr("ce_specversion: 1.0\n"), HasSubstr("ce_subject: b-1\n"),
                              HasSubstr("ce_correlationid: b-1\n"), HasSubstr("content-type: application/json\n"), HasSubstr("traceparent: 00-")));
}

TEST(Emit, AMistypedTypeIsToldWithTheNearest) {
  const auto said = gofuture({"emit", "BookingCrated", "--data", "{}"});
  EXPECT_EQ(said.status, kWrongUsage);
  EXPECT_THAT(said.error, HasSubstr("no event type \"BookingCrated\" in manifests/events.toml; did you mean \"BookingCreated\"?"));
}

TEST(Emit, WhatBreaksItsSchemaIsRefusedUnlessUnchecked) {
  const auto refused = emit({"--data", R"({"booking_id": 1})"});
  EXPECT_EQ(refused.status, kWrongUsage);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.error, AllOf(HasSubstr("the data is no BookingCreated (schemas/BookingCreated.json): /booking_id: "), HasSubstr("nothing was sent")));
  EXPECT_THAT(emit({"--data", "{"}).error, HasSubstr("is not JSON"));
  EXPECT_THAT(emit({"--data", "{", "--unchecked"}).error, HasSubstr("say --key")) << "the key cannot be found in what is no JSON";
  EXPECT_EQ(emit({"--data", "{", "--unchecked", "--key", "k"}).status, kDone);
}

TEST(Emit, AControlCharacterIsNoKey) {
  EXPECT_THAT(emit({"--data", booking("b-1"), "--key", "a\nb"}).error, HasSubstr("key is not plain text"));
  EXPECT_THAT(emit({"--data", booking("b-1"), "--correlation", "a\x7f"}).error, HasSubstr("correlation is not plain text"));
}

TEST(Emit, ManyLinesAreManyEventsAndAllMistakesAreToldAtOnce) {
  const auto file = std::filesystem::temp_directory_path() / ("gofuture-emit-" + std::to_string(::getpid()));
  std::ofstream(file) << booking("b-1") << "\n\n" << booking("b-2") << '\n';
  const auto sent = emit({"--lines", file.string()}).out;
  EXPECT_THAT(sent, AllOf(HasSubstr("\"subject\":\"b-1\""), HasSubstr("\"subject\":\"b-2\"")));
  EXPECT_EQ(std::count(sent.begin(), sent.end(), '\n'), 2);
  std::ofstream(file, std::ios::app) << "{}\n" << booking("b-3") << "\n[\n";
  const auto refused = emit({"--lines", file.string()});
  EXPECT_EQ(refused.status, kWrongUsage);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.error, AllOf(HasSubstr(file.string() + ":4: the data is no"), HasSubstr(file.string() + ":6: the data is no")));
  EXPECT_THAT(emit({"--lines", file.string(), "--id", "01a21943-ab91-77e8-a250-6af015b74f97"}).error, HasSubstr("--id names one event"));
  std::filesystem::remove(file);
}

TEST(Emit, SaysWhatIsMissing) {
  EXPECT_THAT(emit({}).error, HasSubstr("say what to send: --data JSON"));
  EXPECT_THAT(emit({"--data", "@/nowhere.json"}).error, HasSubstr("/nowhere.json cannot be read"));
  EXPECT_THAT(emit({"--data", booking("b-1"), "--id", "7"}).error, HasSubstr("--id 7 is not a UUID"));
  ::unsetenv("GOFUTURE_KAFKA");
  EXPECT_THAT(gofuture({"emit", "BookingCreated", "--data", booking("b-1")}).error, HasSubstr("no broker is named; set GOFUTURE_KAFKA"));
}

TEST(Emit, ABrokerThatIsAwayIsToldAndTheIdToTryAgainWith) {
  ::setenv("GOFUTURE_KAFKA", "127.0.0.1:1", 1);
  const auto said = gofuture({"emit", "BookingCreated", "--data", booking("b-1"), "--timeout", "1", "--id", "01a21943-ab91-77e8-a250-6af015b74f97"});
  ::unsetenv("GOFUTURE_KAFKA");
  EXPECT_EQ(said.status, kFailed);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.error, AllOf(HasSubstr("BookingCreated 01a21943-ab91-77e8-a250-6af015b74f97: no broker of 127.0.0.1:1 has acknowledged it within 1 s"),
                                HasSubstr("Sent again with this --id it counts once")));
}

}  // namespace
}  // namespace gofuture::cli
