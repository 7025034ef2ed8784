// The CloudEvents HTTP binding, and what an event must be: over a real socket, with an outbox in memory.
#include "unit/ingress/rig.hpp"

namespace gofuture::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kId = "0198c0de-0000-4000-8000-000000000001", kOtherId = "0198c0de-0000-4000-8000-000000000002";

TEST_F(Ingress, ABinaryEventBecomesARowWithWhatItsHeadersSay) {
  start();
  const auto response = ask(post(taken(kId) + "ce-subject: trip%20%E2%82%AC7\r\nce-time: 2025-11-22T00:00:00Z\r\nce-correlationid: c-1\r\n"
                                              "ce-causationid: why\r\nce-hops: 2\r\ntracestate: a=b\r\n",
                                 kData));
  EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 202"), HasSubstr(R"("accepted":1)"), HasSubstr(kId)));
  const auto rows = outbox->rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].id.text(), kId);
  EXPECT_EQ(rows[0].source, "/riders");
  EXPECT_EQ(rows[0].type, "TripTaken");
  EXPECT_EQ(rows[0].topic, "trips.in");
  EXPECT_EQ(rows[0].key, "r1");
  EXPECT_EQ(rows[0].subject, "trip \xE2\x82\xAC" "7");
  EXPECT_EQ(rows[0].time, "2025-11-22T00:00:00Z");
  EXPECT_EQ(rows[0].correlationid, "c-1");
  EXPECT_EQ(rows[0].causationid, "why");
  EXPECT_EQ(rows[0].hops, 2U);
  EXPECT_EQ(rows[0].tracestate, "a=b");
  EXPECT_EQ(rows[0].traceparent.size(), 55U) << "a fresh trace, where the sender has none";
  EXPECT_EQ(rows[0].data, kData);
  EXPECT_EQ(probe.accepted(), 1U);
}

TEST_F(Ingress, WhatIsNotSentIsTakenFromTheCatalogueAndTheClock) {
  start();
  ask(post(taken("order-7"), kData));
  const auto rows = outbox->rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].id, Uuid::v5(kForeignIdSpace, "/riders\norder-7")) << "an id that is no UUID is named as everywhere";
  EXPECT_EQ(rows[0].subject, "r1");
  EXPECT_EQ(rows[0].correlationid, "r1");
  EXPECT_EQ(rows[0].time, format_time_ms(clock.unix_ms()));
}

TEST_F(Ingress, AQuotedHeaderIsUnquotedFirstAndDecodedOnce) {
  start();
  ask(post(taken(kId) + "ce-subject: \"a \\\"b\\\" %2525\"\r\n", kData));
  EXPECT_EQ(outbox->rows().at(0).subject, "a \"b\" %25");
}

TEST_F(Ingress, BytesThatAreNoTextAreRefused) {
  start();
  for (const std::string value : {"%C0%A0", "%ED%A0%80", "%00", "%4", "%zz"})
    EXPECT_THAT(ask(post(taken(kId) + "ce-subject: " + value + "\r\n", kData)), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("\"/subject\""))) << value;
  EXPECT_TRUE(outbox->rows().empty());
}

TEST_F(Ingress, AHeaderThatStandsTwiceOrMustNotBeThereIsRefused) {
  start();
  EXPECT_THAT(ask(post(taken(kId) + "CE-Id: x\r\n", kData)), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("ce-id stands twice")));
  EXPECT_THAT(ask(post(taken(kId) + "ce-datacontenttype: application/json\r\n", kData)), HasSubstr("Content-Type says it"));
}

TEST_F(Ingress, AStructuredEventIsTakenWithItsDataAsItStands) {
  start();
  EXPECT_THAT(ask(post(kStructured + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
                       as_json(kId, R"({ "key": "r1" , "n": 1 })"))),
              StartsWith("HTTP/1.1 202"));
  const auto rows = outbox->rows();
  EXPECT_EQ(rows.at(0).data, R"({ "key": "r1" , "n": 1 })");
  EXPECT_THAT(rows.at(0).traceparent, StartsWith("00-0af7651916cd43dd8448eb211c80319c-"));
}

TEST_F(Ingress, ABatchIsTakenInItsOrderInOneTransaction) {
  start();
  EXPECT_THAT(ask(post(kBatch, "[" + as_json(kId) + ", " + as_json(kOtherId, R"({"key":"r2","n":2})") + "]")),
              AllOf(StartsWith("HTTP/1.1 202"), HasSubstr(R"("accepted":2)"), HasSubstr(R"(["0198c0de-0000-4000-8000-000000000001","0198c0de-0000-4000-8000-000000000002"])")));
  EXPECT_EQ(outbox->rows().at(1).key, "r2");
  EXPECT_EQ(outbox->transactions(), 1);
}

TEST_F(Ingress, AnEmptyBatchIsTakenAndWritesNothing) {
  start();
  EXPECT_THAT(ask(post(kBatch, "[]")), StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(outbox->transactions(), 0);
}

TEST_F(Ingress, AllMistakesOfABatchAreToldAndNothingOfItIsTaken) {
  start();
  const auto response = ask(post(kBatch, "[" + as_json(kId) + "," + as_json("2", R"({"key":7})") + "," + as_json("3", kData, "TripTakem") + ",7," +
                                             R"({"specversion":"1.0","source":"/riders","type":"TripTaken"}])"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(response, HasSubstr(R"({"index":1,"pointer":"/data/key","error":"is an integer, must be a string"})"));
  EXPECT_THAT(response, HasSubstr(R"({"index":1,"pointer":"/data/n","error":"is missing"})"));
  EXPECT_THAT(response, HasSubstr(R"("index":2,"pointer":"/type","error":"unknown event type \"TripTakem\"; did you mean \"TripTaken\"?")"));
  EXPECT_THAT(response, HasSubstr(R"("index":3)"));
  EXPECT_THAT(response, HasSubstr(R"({"index":4,"pointer":"/id","error":"id is missing or empty"})"));
  EXPECT_THAT(response, Not(HasSubstr(R"("index":0)")));
  EXPECT_EQ(outbox->transactions(), 0);
  EXPECT_EQ(probe.refused().at("invalid"), 1);
}

TEST_F(Ingress, AnAliasIsTakenAndTheCanonicalNameWritten) {
  start();
  EXPECT_THAT(ask(post(kStructured, as_json(kId, kData, "TripTook"))), StartsWith("HTTP/1.1 202"));
  EXPECT_EQ(outbox->rows().at(0).type, "TripTaken");
}

TEST_F(Ingress, APartitionkeyWinsAndWithoutAnyKeyTheEventIsRefused) {
  start();
  ask(post(taken(kId) + "ce-partitionkey: r9\r\n", kData));
  EXPECT_EQ(outbox->rows().at(0).key, "r9");
  EXPECT_THAT(ask(post(kStructured, as_json(kOtherId, R"({"cause":"c","count":1})", "Counted"))),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("/data/key"), HasSubstr("send partitionkey")));
}

TEST_F(Ingress, DataBeyondItsTopicIsRefused) {
  auto catalogue = std::make_shared<Catalogue>(*test_catalogue());
  catalogue->topics[0].max_bytes = 20;
  start({}, catalogue);
  EXPECT_THAT(ask(post(taken(kId), R"({"key":"a longer one","n":1})")), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("trips.in takes 20")));
}

TEST_F(Ingress, AnIdFromTheFutureOrFromBeforeTheWindowIsRefused) {
  start();
  UuidV7Generator ids(1);
  constexpr std::int64_t kDay = 86'400'000;
  EXPECT_THAT(ask(post(taken(ids.next(clock.unix_ms() - 17 * kDay).text()), kData)), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("older than 16 days")));
  EXPECT_THAT(ask(post(taken(ids.next(clock.unix_ms() - 16 * kDay).text()), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(ask(post(taken(ids.next(clock.unix_ms() + kDay).text()), kData)), StartsWith("HTTP/1.1 202"));
  EXPECT_THAT(ask(post(taken(ids.next(clock.unix_ms() + 2 * kDay).text()), kData)), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("from the future")));
}

TEST_F(Ingress, ATimeThatIsNoneAndDataThatIsNotJsonAreRefused) {
  start();
  EXPECT_THAT(ask(post(taken(kId) + "ce-time: yesterday\r\n", kData)), HasSubstr("\"/time\""));
  EXPECT_THAT(ask(post(taken(kId), "{")), AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("\"/data\""), HasSubstr("is not JSON")));
  EXPECT_THAT(ask(post(kStructured, R"({"specversion":"1.0","id":"1","source":"s","type":"TripTaken","datacontenttype":"text/xml","data":"<a/>"})")),
              HasSubstr("/datacontenttype"));
  EXPECT_THAT(ask(post(kStructured, "[]")), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask(post(kBatch, "{}")), HasSubstr("the batch is not a JSON array"));
  EXPECT_THAT(ask(post(kBatch, "[] []")), StartsWith("HTTP/1.1 400"));
}

TEST_F(Ingress, AnotherContentTypeIsRefused) {
  start();
  for (const std::string type : {"text/plain", "application/cloudevents+avro", "application/cloudevents-batch+xml", ""})
    EXPECT_THAT(ask(post("Content-Type: " + type + "\r\n", kData)), StartsWith("HTTP/1.1 415")) << type;
  EXPECT_THAT(ask(post(taken(kId) + "Content-Encoding: gzip\r\n", kData)), StartsWith("HTTP/1.1 415"));
  EXPECT_THAT(ask(post("Content-Type: Application/CloudEvents+JSON; charset=UTF-8\r\n", as_json(kId))), StartsWith("HTTP/1.1 202"));
}

TEST_F(Ingress, TheSameIdWithTheSameContentIsARepeatAndWithAnotherAConflict) {
  start();
  EXPECT_THAT(ask(post(taken(kId), kData)), HasSubstr(R"("accepted":1,"repeated":0)"));
  EXPECT_THAT(ask(post(taken(kId), kData)), AllOf(StartsWith("HTTP/1.1 202"), HasSubstr(R"("accepted":0,"repeated":1)")));
  EXPECT_THAT(ask(post(kBatch, "[" + as_json(kOtherId) + "," + as_json(kId, R"({"key":"r1","n":2})") + "]")),
              AllOf(StartsWith("HTTP/1.1 409"), HasSubstr(R"("index":1,"pointer":"/id")")));
  EXPECT_EQ(outbox->rows().size(), 1U);
  EXPECT_EQ(probe.repeats(), 1U);
}

TEST_F(Ingress, AnIdTwiceInARequestIsWrittenOnceOrAConflict) {
  start();
  EXPECT_THAT(ask(post(kBatch, "[" + as_json(kId) + "," + as_json(kId) + "]")), HasSubstr(R"("accepted":1,"repeated":1)"));
  EXPECT_EQ(outbox->rows().size(), 1U);
  EXPECT_THAT(ask(post(kBatch, "[" + as_json(kOtherId) + "," + as_json(kOtherId, R"({"key":"r1","n":2})") + "]")),
              AllOf(StartsWith("HTTP/1.1 409"), HasSubstr(R"("index":1)")));
  EXPECT_EQ(outbox->rows().size(), 1U);
  // The place that is told is that of the request, not of what was left of it.
  EXPECT_THAT(ask(post(kBatch, "[" + as_json(kOtherId) + "," + as_json(kOtherId) + "," + as_json(kId, R"({"key":"r1","n":2})") + "]")), HasSubstr(R"("index":2)"));
}

}  // namespace
}  // namespace gofuture::test
