// What counts as an event on the wire: binary and structured CloudEvents, and every way in which a record fails to be one.
#include "event/attributes.hpp"
#include "event/envelope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gofuture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

using Headers = std::vector<std::pair<std::string, std::optional<std::string>>>;

Headers whole() {
  return {{"ce_specversion", "1.0"}, {"ce_id", "b-1"}, {"ce_source", "/riders"}, {"ce_type", "BookingCreated"}};
}
Headers with(Headers headers, const std::string& name, std::optional<std::string> value) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  headers.emplace_back(name, std::move(value));
  return headers;
}
Record binary(Headers headers, std::string value = R"({"a":1})") {
  return make_record(0, 3, 17, 1000, {"key", std::move(value), std::move(headers)});
}
Record structured(std::string value, std::string type = "application/cloudevents+json; charset=utf-8") {
  return make_record(0, 3, 17, 1000, {"key", std::move(value), {{"content-type", std::move(type)}}});
}
std::string refusal(const Record& record) {
  auto envelope = read_envelope(record);
  return envelope ? "accepted" : envelope.error().message();
}

TEST(Envelope, BinaryModeReadsEveryAttributeAndLeavesTheBytesAlone) {
  const auto record = binary({{"ce_specversion", "1.0"}, {"ce_id", "b-1"}, {"ce_source", "/riders"},
                              {"ce_type", "BookingCreated"}, {"ce_subject", "b-7f3a"}, {"ce_time", "2026-11-22T12:00:01Z"},
                              {"ce_dataschema", "urn:x"}, {"ce_partitionkey", "r1"}, {"ce_correlationid", "b-7f3a"},
                              {"ce_causationid", "c-1"}, {"ce_hops", "3"}, {"content-type", "application/json"},
                              {"traceparent", "00-x"}, {"tracestate", "a=b"}, {"ce_mine", "passed over"}});
  const auto envelope = read_envelope(record);
  ASSERT_TRUE(envelope) << envelope.error().message();
  EXPECT_EQ(envelope->id, "b-1");
  EXPECT_EQ(envelope->source, "/riders");
  EXPECT_EQ(envelope->type, "BookingCreated");
  EXPECT_EQ(envelope->subject, "b-7f3a");
  EXPECT_EQ(envelope->time, "2026-11-22T12:00:01Z");
  EXPECT_EQ(envelope->dataschema, "urn:x");
  EXPECT_EQ(envelope->partitionkey, "r1");
  EXPECT_EQ(envelope->correlationid, "b-7f3a");
  EXPECT_EQ(envelope->causationid, "c-1");
  EXPECT_EQ(envelope->hops, 3U);
  EXPECT_EQ(envelope->datacontenttype, "application/json");
  EXPECT_EQ(envelope->traceparent, "00-x");
  EXPECT_EQ(envelope->tracestate, "a=b");
  EXPECT_FALSE(envelope->structured);
  EXPECT_EQ(envelope->data.data(), record.value->data()) << "data must be a view into the record";
}

TEST(Envelope, EachRequiredAttributeIsMissedByName) {
  for (const std::string name : {"ce_specversion", "ce_id", "ce_source", "ce_type"}) {
    auto headers = whole();
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
    EXPECT_THAT(refusal(binary(headers)), HasSubstr(name + " is missing"));
    EXPECT_THAT(refusal(binary(with(whole(), name, std::nullopt))), HasSubstr(name + " is missing")) << "null is absent";
    EXPECT_THAT(refusal(binary(with(whole(), name, ""))), HasSubstr(name + " is missing")) << "empty is absent";
  }
}

TEST(Envelope, OnlySpecversionOneIsUnderstood) {
  EXPECT_EQ(refusal(binary(with(whole(), "ce_specversion", "1.1"))), "accepted");
  for (const std::string version : {"0.3", "2.0", "1", "1.", "1.x", "10.0"})
    EXPECT_EQ(refusal(binary(with(whole(), "ce_specversion", version))),
              "ce_specversion is \"" + version + "\"; only 1.x is understood");
}

TEST(Envelope, TextThatIsNotCleanUtf8IsRefusedByAttribute) {
  for (const std::string name : {"ce_id", "ce_source", "ce_type", "ce_subject", "ce_correlationid", "ce_causationid"})
    for (const std::string& bad : {std::string("a\0b", 3), std::string("a\nb"), std::string("\x7f"), std::string("\xff"),
                                  std::string("\xc3"), std::string("\xc0\x80"), std::string("\xed\xa0\x80"),
                                  std::string("\xc2\x85"), std::string("\xf4\x90\x80\x80"), std::string("\xe2\x82")})
      EXPECT_EQ(refusal(binary(with(whole(), name, bad))), name + " is not UTF-8, or contains control characters");
  EXPECT_EQ(refusal(binary(with(whole(), "ce_subject", "K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x9a\x95"))), "accepted");
}

// Most of a text is looked at eight characters at a time; what is wrong must be seen wherever it stands.
TEST(Envelope, EachCharacterIsLookedAtWhereverItStandsInAText) {
  for (std::size_t at = 0; at < 20; ++at)
    for (int c = 0; c < 256; ++c) {
      std::string text(20, '~');
      text[at] = static_cast<char>(c);
      EXPECT_EQ(is_clean_text(text), c >= 0x20 && c < 0x7f) << c << " at " << at;
      EXPECT_TRUE(is_clean_text(text.substr(0, at) + "\xe2\x82\xac" + std::string(20 - at, ' '))) << at;
    }
}

TEST(Envelope, AnAttributeLongerThanAnIndexEntryIsRefused) {
  EXPECT_EQ(refusal(binary(with(whole(), "ce_correlationid", std::string(2048, 'x')))), "accepted");
  EXPECT_EQ(refusal(binary(with(whole(), "ce_correlationid", std::string(2049, 'x')))),
            "ce_correlationid is 2049 bytes long; at most 2048 are accepted");
}

TEST(Envelope, HopsMustBeANumber) {
  for (const std::string bad : {"x", "-1", "1.5", "1 ", "4294967296"})
    EXPECT_EQ(refusal(binary(with(whole(), "ce_hops", bad))), "ce_hops is not a number from 0 to 4294967295");
  EXPECT_EQ(refusal(binary(with(whole(), "ce_hops", "4294967295"))), "accepted");
  EXPECT_EQ(refusal(binary(with(whole(), "ce_hops", ""))), "accepted") << "empty is absent";
}

TEST(Envelope, ABadTraceHeaderCostsTheTraceAndNotTheEvent) {
  const auto record = binary(with(with(whole(), "traceparent", "a\nb"), "tracestate", std::string(600, 'x')));
  const auto envelope = read_envelope(record);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->traceparent, "");
  EXPECT_EQ(envelope->tracestate, "");
}

TEST(Envelope, ANullValueIsAnEventWithoutData) {
  const auto record = make_record(0, 0, 0, 0, {"key", std::nullopt, whole()});
  const auto envelope = read_envelope(record);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->data, "");
}

TEST(Envelope, StructuredModeReadsAttributesAndKeepsTheBytesOfData) {
  const auto record = structured(
      R"({"specversion":"1.0", "id":"b\u002d1", "source":"/riders", "type":"BookingCreated","subject":"b-7f3a",)"
      R"("hops":2,"correlationid":null,"other":[1,{"x":2}],"data" : {"a": 1.50,  "b":"\u00e4"} })");
  const auto envelope = read_envelope(record);
  ASSERT_TRUE(envelope) << envelope.error().message();
  EXPECT_TRUE(envelope->structured);
  EXPECT_EQ(envelope->id, "b-1");
  EXPECT_EQ(envelope->type, "BookingCreated");
  EXPECT_EQ(envelope->hops, 2U);
  EXPECT_EQ(envelope->correlationid, "");
  EXPECT_EQ(envelope->data, R"({"a": 1.50,  "b":"\u00e4"})") << "the very bytes, also of numbers and escapes";
}

TEST(Envelope, StructuredContentTypeIsRecognisedInAnyCase) {
  const std::string event = R"({"specversion":"1.0","id":"1","source":"s","type":"T","data":[1,2]})";
  for (const std::string type : {"application/cloudevents", "Application/CloudEvents+JSON", "APPLICATION/CLOUDEVENTS+json;x=y"}) {
    const auto record = structured(event, type);
    const auto envelope = read_envelope(record);
    ASSERT_TRUE(envelope) << type << ": " << envelope.error().message();
    EXPECT_EQ(envelope->data, "[1,2]");
  }
  EXPECT_THAT(refusal(structured(event, "application/cloudevents+avro")), HasSubstr("in another format than JSON"));
  EXPECT_THAT(refusal(structured(event, "application/cloudevents-batch+json")), HasSubstr("in another format than JSON"));
  EXPECT_THAT(refusal(structured(event, "application/json")), HasSubstr("ce_specversion is missing"));
}

TEST(Envelope, StructuredDataMayBeTextScalarOrBase64) {
  const auto data = [](const std::string& members) {
    const auto record = structured(R"({"specversion":"1.0","id":"1","source":"s","type":"T",)" + members + "}");
    auto envelope = read_envelope(record);
    return envelope ? std::string(envelope->data) : "refused: " + envelope.error().message();
  };
  EXPECT_EQ(data(R"("data":"a\nb")"), R"("a\nb")") << "JSON content: a JSON string";
  EXPECT_EQ(data(R"("datacontenttype":"text/plain","data":"a\nb")"), "a\nb");
  EXPECT_EQ(data(R"("data":"a\nb","datacontenttype":"application/vnd.x+json;v=1")"), R"("a\nb")");
  EXPECT_EQ(data(R"("data": 12.0 )"), "12.0");
  EXPECT_EQ(data(R"("data":null)"), "null");
  EXPECT_EQ(data(R"("x":1)"), "");
  EXPECT_EQ(data(R"("data_base64":"AAEC/w==")"), std::string("\0\1\2\xff", 4));
  EXPECT_THAT(data(R"("data_base64":"AAE")"), HasSubstr("is not base64"));
  EXPECT_THAT(data(R"("data_base64":"A*==")"), HasSubstr("is not base64"));
  EXPECT_THAT(data(R"("data":1,"data_base64":"AAEC")"), HasSubstr("more than once"));
}

TEST(Envelope, WhatIsNotSuchJsonIsRefused) {
  for (const std::string bad : {"", "garbage", "[]", "{", R"({"specversion":"1.0")", "\xff\xfe", "{\"id\":\"\xff\"}", "12"})
    EXPECT_THAT(refusal(structured(bad)), HasSubstr("is not JSON")) << bad;
  EXPECT_THAT(refusal(structured(R"({"specversion":"1.0","id":"1","source":"s","type":"T"} x)")), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(structured(R"({"specversion":"1.0","id":"1","source":"s","type":"T"} {"id":"2"})")),
              HasSubstr("something follows the closing brace"));
  EXPECT_EQ(refusal(structured(R"({"specversion":"1.0","id":"1","id":"2","source":"s","type":"T"})")),
            "ce_id stands twice in the structured event");
  EXPECT_EQ(refusal(structured(R"({"specversion":"1.0","id":{},"source":"s","type":"T"})")), "ce_id is not a string");
  EXPECT_EQ(refusal(structured(R"({"specversion":"1.0","id":"1","source":"s"})")), "ce_type is missing or empty");
  EXPECT_EQ(refusal(structured(R"({"specversion":"1.0","id":"a\u0000b","source":"s","type":"T"})")),
            "ce_id is not UTF-8, or contains control characters");
  EXPECT_EQ(refusal(make_record(0, 0, 0, 0, {std::nullopt, std::nullopt, {{"content-type", "application/cloudevents"}}})),
            refusal(structured("")));
}

TEST(Envelope, UuidIdsAreUsedAndOthersAreNamedBySourceAndId) {
  Envelope envelope;
  envelope.source = "s";
  envelope.id = "0198F3C1-7aaa-7bbb-8ccc-0123456789ab";
  EXPECT_EQ(envelope.event_id().text(), "0198f3c1-7aaa-7bbb-8ccc-0123456789ab");
  envelope.id = "b-1";
  EXPECT_EQ(envelope.event_id(), Uuid::v5(kForeignIdSpace, "s\nb-1"));
  const auto first = envelope.event_id();
  envelope.source = "t";
  EXPECT_NE(envelope.event_id(), first);
  EXPECT_EQ(position_id("booking.events", 3, 17), Uuid::v5(kPositionSpace, "booking.events/3/17"));
}

TEST(Envelope, ADetachedRecordOutlivesWhatItWasFetchedIn) {
  for (const bool is_structured : {false, true}) {
    auto record = is_structured ? structured(R"({"specversion":"1.0","id":"b-1","source":"s","type":"T","data":{"a":1}})")
                                : binary(with(whole(), "empty", std::nullopt));
    auto envelope = read_envelope(record);
    ASSERT_TRUE(envelope);
    const std::string data(envelope->data);
    const char* before = record.value->data();
    detach(record, *envelope);
    EXPECT_NE(record.value->data(), before);
    EXPECT_EQ(envelope->id, "b-1");
    EXPECT_EQ(envelope->data, data);
    EXPECT_GE(envelope->data.data(), record.value->data());
    EXPECT_LE(envelope->data.data() + data.size(), record.value->data() + record.value->size());
    EXPECT_EQ(record.key, "key");
    EXPECT_EQ(record.offset, 17);
    EXPECT_EQ(record.partition, 3);
    if (!is_structured) {
      EXPECT_EQ(record.headers().back().value, std::nullopt) << "null stays null";
    }
  }
}

TEST(Envelope, DetachingWhatCannotBeReadKeepsItsBytes) {
  auto record = binary({}, "garbage");
  Envelope envelope;
  detach(record, envelope);
  EXPECT_EQ(record.value, "garbage");
  EXPECT_EQ(envelope.id, "");
  auto none = make_record(0, 0, 0, 0, {std::nullopt, std::nullopt, {}});
  detach(none, envelope);
  EXPECT_EQ(none.key, std::nullopt);
  EXPECT_EQ(none.value, std::nullopt);
}

TEST(Envelope, WhatGoesOutComesBackTheSame) {
  OutgoingEnvelope out;
  out.id = *Uuid::parse("0198f3c1-7aaa-7bbb-8ccc-0123456789ab");
  out.source = "gofuture/start_payment";
  out.type = "PaymentInitiated";
  out.subject = "b-1";
  out.time = "2026-11-22T12:00:01.204Z";
  out.correlationid = "b-1";
  out.causationid = "c-1";
  out.hops = 2;
  std::vector<std::pair<std::string, std::string>> headers;
  append_headers(out, headers);
  EXPECT_THAT(headers, ElementsAre(Pair("ce_specversion", "1.0"), Pair("ce_id", "0198f3c1-7aaa-7bbb-8ccc-0123456789ab"),
                                   Pair("ce_source", "gofuture/start_payment"), Pair("ce_type", "PaymentInitiated"),
                                   Pair("ce_subject", "b-1"), Pair("ce_time", "2026-11-22T12:00:01.204Z"),
                                   Pair("ce_correlationid", "b-1"), Pair("ce_causationid", "c-1"), Pair("ce_hops", "2"),
                                   Pair("content-type", "application/json")));
  const auto record = binary(Headers(headers.begin(), headers.end()));
  const auto envelope = read_envelope(record);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->event_id(), out.id);
  EXPECT_EQ(envelope->hops, 2U);
}

TEST(Time, Rfc3339InAnyOffsetBecomesMicroseconds) {
  const auto us = [](std::string_view text) {
    auto time = parse_time_us(text);
    return time ? *time : -1;
  };
  EXPECT_EQ(us("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(us("2026-11-22T12:00:01.204Z"), 1795348801204000);
  EXPECT_EQ(us("2026-11-22T14:00:01.204+02:00"), 1795348801204000);
  EXPECT_EQ(us("2026-11-22t07:30:01.204z"), us("2026-11-22T12:00:01.204+04:30"));
  EXPECT_EQ(us("2026-11-22T12:00:01.204567891Z"), 1795348801204567) << "finer than microseconds is cut off";
  EXPECT_EQ(us("2016-12-31T23:59:60Z"), us("2017-01-01T00:00:00Z"));
  EXPECT_EQ(us("2024-02-29T00:00:00Z"), 1709164800000000);
}

TEST(Time, WhatIsNotRfc3339IsRefused) {
  for (const char* bad : {"", "now", "2026-11-22", "2026-11-22T12:00:01", "2026-11-22 12:00:01Z", "2026-13-01T00:00:00Z",
                          "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z", "2026-11-22T12:00:61Z",
                          "2026-11-22T12:00:01.Z", "2026-11-22T12:00:01.0123456789Z", "2026-11-22T12:00:01Zx",
                          "2026-11-22T12:00:01+25:00", "+026-11-22T12:00:01Z", "2026-11-22T12:00:01+0200"})
    EXPECT_FALSE(parse_time_us(bad)) << bad;
}

TEST(Time, FormattingAndParsingAreInverse) {
  for (const std::int64_t ms : {0LL, 1795348801204LL, -1LL, 951782399999LL, 253402300799999LL}) {
    const auto text = format_time_ms(ms);
    const auto back = parse_time_us(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(*back, ms * 1000) << text;
  }
  EXPECT_EQ(format_time_ms(1795348801204), "2026-11-22T12:00:01.204Z");
}

TEST(Trace, TheNextHopKeepsTheTraceAndHasAParentOfItsOwn) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  EXPECT_EQ(next_traceparent("00-" + trace + "-b7ad6b7169203331-01", 1, 0xabc), "00-" + trace + "-0000000000000abc-01");
  EXPECT_EQ(next_traceparent("00-" + trace + "-b7ad6b7169203331-02", 1, 0xabc), "00-" + trace + "-0000000000000abc-00");
  EXPECT_EQ(next_traceparent("cc-" + trace + "-b7ad6b7169203331-01-more", 1, 2), "00-" + trace + "-0000000000000002-01");
}

TEST(Trace, AMalformedTraceIsReplacedByAFreshOne) {
  const std::string fresh = next_traceparent("", 7, 9);
  EXPECT_EQ(fresh.substr(0, 36), "00-00000000000000070000000000000009-");
  EXPECT_EQ(fresh.size(), 55U);
  for (const char* bad : {"x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                          "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                          "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    EXPECT_EQ(next_traceparent(bad, 7, 9), fresh) << bad;
  EXPECT_EQ(next_traceparent(fresh, 1, 2).substr(0, 36), fresh.substr(0, 36)) << "what we make, we accept";
}

}  // namespace
}  // namespace gofuture
