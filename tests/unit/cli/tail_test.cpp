// What `gofuture tail` reads, and how it shows one record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "cli/seen_event.hpp"
#include "cli/table.hpp"
#include "cli/tail_choice.hpp"
#include "event/envelope.hpp"
#include "pipeline/dead_letter.hpp"

namespace gofuture::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::int64_t kNoon = *parse_time_us("2026-11-22T12:00:01.204Z") / 1000;

Manifests manifests() {
  Diagnosis diagnosis;
  return load_manifests(GOFUTURE_SOURCE_DIR "/manifests", diagnosis);
}

TypesByTopic of(const std::vector<std::string>& words, bool dead = false) {
  const auto found = chosen(manifests(), Settings{}, words, dead);
  EXPECT_TRUE(found) << found.error().message();
  return found ? *found : TypesByTopic();
}

TEST(TailChoice, AFunctionMeansItsTopicsAndTypes) {
  EXPECT_THAT(of({"check_fraud"}), ElementsAre(Pair("fraud.events", UnorderedElementsAre("FraudCheckRequested", "FraudRequered"))));
}
TEST(TailChoice, ATypeMeansItsTopicAnAliasToo) {
  EXPECT_THAT(of({"BookingCreate"}), ElementsAre(Pair("booking.events", UnorderedElementsAre("BookingCreated", "BookingCreate"))));
}
TEST(TailChoice, ATopicIsWholeWhateverElseIsNamed) {
  EXPECT_THAT(of({"FraudCheckCompleted", "fraud.events", "check_fraud"}), ElementsAre(Pair("fraud.events", IsEmpty())));
  EXPECT_THAT(of({"drive.location"}), ElementsAre(Key("driver.location")));
}
TEST(TailChoice, NothingMeansEveryTopic) { EXPECT_EQ(of({}).size(), 6U); }
TEST(TailChoice, DeadLettersAreThoseOfFunctionsTypesAndTopics) {
  EXPECT_THAT(of({"check_fraud"}, true), ElementsAre(Key("fraud.events-check_fraud-dlt")));
  EXPECT_THAT(of({"DriverLocationUpdated"}, true), ElementsAre(Key("driver.location-track_drivers-dlt")));
  EXPECT_THAT(of({"driver.location"}, true), ElementsAre(Key("driver.location-track_drivers-dlt")));
  EXPECT_THAT(of({"driver.location-track_drivers-dlt"}), ElementsAre(Key("driver.location-track_drivers-dlt")));
  Manifests none = manifests();
  none.functions.clear();
  EXPECT_THAT(chosen(none, Settings{}, {"fraud.events"}, true).error().message(), HasSubstr("no function"));
}
TEST(TailChoice, AMistypedNameIsToldWithTheNearestOfAllKinds) {
  for (const auto& [wrong, right] : std::map<std::string, std::string>{{"refund_paymnt", "refund_payment"}, {"PaymentFaild", "PaymentFailed"}, {"paymnts.status", "payments.status"}})
    EXPECT_THAT(chosen(manifests(), Settings{}, {wrong}, false).error().message(), HasSubstr("did you mean \"" + right + "\"?"));
}

TEST(TailFrom, KnowsAgesTimesAndEnds) {
  EXPECT_EQ(parse_from("beginning", kNoon)->kind, From::kBeginning);
  EXPECT_EQ(parse_from("end", kNoon)->kind, From::kEnd);
  EXPECT_EQ(parse_from("-5m", kNoon)->unix_ms, kNoon - 300'000);
  EXPECT_EQ(parse_from("2h", kNoon)->unix_ms, kNoon - 7'200'000);
  EXPECT_EQ(parse_from("2026-11-22T12:00:01.204Z", 0)->unix_ms, kNoon);
  for (const char* wrong : {"", "5", "m", "-5x", "5mm", "--5m", "yesterday", "99999999999999999999d", "9223372036854775807d"})
    EXPECT_FALSE(parse_from(wrong, kNoon)) << wrong;
}

OwnedRecord event_record(const std::string& data = R"({"a": 1.50,  "b": "x"})") {
  OwnedRecord record;
  record.key = "k";
  record.value = data;
  record.headers = {{"ce_specversion", "1.0"}, {"ce_id", "7"}, {"ce_source", "riders"}, {"ce_type", "BookingCreated"}, {"ce_subject", "b-1"},
                    {"ce_time", "2026-11-22T12:00:01.204Z"}, {"ce_correlationid", "c-1"}, {"content-type", "application/json"}};
  return record;
}
SeenEvent seen(const OwnedRecord& record) { return cli::seen("booking.events", make_record(0, 3, 12, kNoon + 5'000, record)); }

TEST(SeenEvent, IsOneLineWithItsOwnTime) {
  EXPECT_EQ(as_line(seen(event_record()), Paint(false), 0), "11-22 12:00:01.204  BookingCreated  k  b-1  {\"a\":1.50,\"b\":\"x\"}\n");
}
TEST(SeenEvent, IsClippedToTheTerminalWhateverItHolds) {
  for (const bool colour : {false, true}) {
    const std::string line = as_line(seen(event_record("{\"text\": \"ää ää ää ää ää ää ää ää ää\"}")), Paint(colour), 50);
    EXPECT_EQ(seen_width(line.substr(0, line.size() - 1)), 50U);
    EXPECT_THAT(line, HasSubstr("…"));
  }
}
TEST(SeenEvent, CannotCommandTheTerminal) {
  auto record = event_record("\x1b[2Jgone\r\nnext line \xc2\x9b");
  record.key = "\x1b]0;title\x07";
  const std::string line = as_line(seen(record), Paint(false), 0);
  EXPECT_EQ(line.find_first_of("\x1b\r\x07"), std::string::npos);
  EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}
TEST(SeenEvent, IsOneDocumentWithTheDataAsItCame) {
  const std::string line = as_json(seen(event_record("{\"a\": 1.50,\n \"big\": 123456789012345678}")));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_THAT(line, HasSubstr("\"data\":{\"a\":1.50,\"big\":123456789012345678}}")) << "not as a parser would write it";
  const auto document = boost::json::parse(line);
  EXPECT_EQ(document.at("id"), "7");
  EXPECT_EQ(document.at("offset").as_int64(), 12);
  EXPECT_TRUE(document.at("causation_id").is_null());
  EXPECT_TRUE(document.at("dead").is_null());
}
TEST(SeenEvent, BytesThatAreNoTextStillMakeADocument) {
  auto record = event_record("\xff\xfe");
  record.key = "\xff";
  EXPECT_EQ(boost::json::parse(as_json(seen(record))).at("data"), "(2 bytes that are no text)");
}
TEST(SeenEvent, WhatIsNoEventSaysWhyAndIsShownAllTheSame) {
  OwnedRecord record;
  record.value = "hello";
  const SeenEvent event = seen(record);
  EXPECT_EQ(event.time_ms, kNoon + 5'000) << "the record's own";
  EXPECT_THAT(as_line(event, Paint(false), 0), HasSubstr("broken  -  -  "));
  EXPECT_THAT(as_line(event, Paint(false), 0), HasSubstr("hello"));
  const auto document = boost::json::parse(as_json(event));
  EXPECT_TRUE(document.at("broken").is_string());
  EXPECT_EQ(document.at("data"), "hello");
}

TEST(SeenEvent, ADeadLetterSaysWhatItDiedOf) {
  DeadLetter letter;
  letter.origin = {.topic = "booking.events", .function = "start_payment", .group = "start_payment"};
  letter.partition = 96;
  letter.offset = 4;
  letter.failure = "corrupted";
  letter.message = "it is no BookingCreated";
  letter.attempts = 1;
  const OwnedRecord origin = event_record();
  for (const auto& [name, value] : origin.headers) letter.headers.push_back({name, *value});
  const DeadLetterRecord dead(letter);
  OwnedRecord record;
  for (const auto& [name, value] : dead.record().headers) record.headers.emplace_back(name, value ? std::optional<std::string>(*value) : std::nullopt);
  EXPECT_THAT(as_line(seen(record), Paint(false), 0),
              HasSubstr("\n    dead (corrupted) in start_payment after 1 attempt: it is no BookingCreated; from booking.events/96@4\n"));
  const auto document = boost::json::parse(as_json(seen(record)));
  EXPECT_EQ(document.at("type"), "BookingCreated");
  EXPECT_EQ(document.at("dead").at("function"), "start_payment");
  EXPECT_EQ(document.at("dead").at("partition").as_int64(), 96);
}

}  // namespace
}  // namespace gofuture::cli
