// What a dead letter becomes on its topic: the record untouched, and headers that other people's tools read.
#include "pipeline/dead_letter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/dead_letter_readers.hpp"

namespace gofuture::test {
namespace {

using testing::Each;
using testing::Not;

RecordHeaders headers_of(const OutgoingRecord& record) {
  RecordHeaders headers;
  for (const auto& [name, value] : record.headers) headers.emplace_back(name, value);
  return headers;
}

gofuture::DeadLetter letter() {
  gofuture::DeadLetter made;
  made.origin = {.topic = "payments.status", .function = "refund_payment", .group = "blue-refund_payment", .epoch = 7};
  made.partition = 3;
  made.offset = 41;
  made.timestamp_ms = 1'700'000'000'123;
  made.key = std::string_view("\x00\xff", 2);
  made.value = std::nullopt;
  made.headers = {{"odd", std::nullopt}, {"odd", "2"}, {"empty", ""}};
  made.event_id = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  made.failure = "business";
  made.message = "card expired";
  made.attempts = 6;
  return made;
}

TEST(DeadLetter, KeepsTheRecordAsItWas) {
  const auto made = letter();
  const DeadLetterRecord sent(made);
  const OutgoingRecord& record = sent.record();
  EXPECT_EQ(record.topic, "payments.status-refund_payment-dlt");
  EXPECT_EQ(record.key, std::string_view("\x00\xff", 2));
  EXPECT_EQ(record.value, std::nullopt) << "a null value is not an empty one";
  EXPECT_EQ(record.timestamp_ms, 1'700'000'000'123);
  const RecordHeaders headers = headers_of(record);
  ASSERT_GT(headers.size(), 3U);
  EXPECT_EQ((RecordHeaders{headers.begin(), headers.begin() + 3}), (RecordHeaders{{"odd", std::nullopt}, {"odd", "2"}, {"empty", ""}}));
}

TEST(DeadLetter, SpringFindsOriginAttemptsAndReason) {
  const auto made = letter();
  const SpringDeadLetter read = read_as_spring(headers_of(DeadLetterRecord(made).record()));
  EXPECT_EQ(read.topic, "payments.status");
  EXPECT_EQ(read.partition, 3);
  EXPECT_EQ(read.offset, 41);
  EXPECT_EQ(read.timestamp, 1'700'000'000'123);
  EXPECT_EQ(read.timestamp_type, "CreateTime");
  EXPECT_EQ(read.group, "blue-refund_payment");
  EXPECT_EQ(read.exception, "gofuture.business");
  EXPECT_EQ(read.message, "card expired");
  EXPECT_EQ(read.attempts, 6);
}

TEST(DeadLetter, KafkasOwnToolsFindOriginAttemptsAndReason) {
  const auto made = letter();
  const ReadDeadLetter read = read_as_kip_1191(headers_of(DeadLetterRecord(made).record()));
  EXPECT_EQ(read.topic, "payments.status");
  EXPECT_EQ(read.partition, 3);
  EXPECT_EQ(read.offset, 41);
  EXPECT_EQ(read.group, "blue-refund_payment");
  EXPECT_EQ(read.message, "card expired");
  EXPECT_EQ(read.attempts, 6);
}

TEST(DeadLetter, SaysWhichDeploymentGaveUpWhereThereIsOne) {
  auto made = letter();
  EXPECT_EQ(last_header(headers_of(DeadLetterRecord(made).record()), "gofuture-dead-epoch"), "7");
  made.origin.epoch = 0;
  EXPECT_THROW(last_header(headers_of(DeadLetterRecord(made).record()), "gofuture-dead-epoch"), std::runtime_error);
}

TEST(DeadLetter, OfAnEventThatDiesAgainTellsOnlyTheLastDeath) {
  auto made = letter();
  const DeadLetterRecord first(made);
  auto again = letter();
  again.headers.clear();
  for (const auto& [name, value] : first.record().headers) again.headers.push_back({name, value});
  again.message = "still expired";
  again.redrive = 1;
  const RecordHeaders headers = headers_of(DeadLetterRecord(again).record());
  EXPECT_EQ(headers.size(), first.record().headers.size());
  EXPECT_EQ(read_as_spring(headers).message, "still expired");
  EXPECT_THAT(headers, Each(Not(testing::Pair("kafka_dlt-exception-message", std::optional<std::string>("card expired")))));
}

TEST(DeadLetter, CutsTheReasonBetweenTwoCharactersAndThePayloadNever) {
  auto made = letter();
  std::string reason(8'191, 'x');
  reason += "ü and much more";
  const std::string payload(3 << 20, 'p');
  made.message = reason;
  made.value = payload;
  const DeadLetterRecord sent(made);
  EXPECT_TRUE(read_as_spring(headers_of(sent.record())).message == std::string(8'191, 'x'));
  EXPECT_EQ(sent.record().value->size(), payload.size());
}

}  // namespace
}  // namespace gofuture::test
