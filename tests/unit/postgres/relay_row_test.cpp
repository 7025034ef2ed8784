#include "postgres/relay_row.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "event/envelope.hpp"
#include "unit/postgres/pgoutput_bytes.hpp"

namespace gofuture {
namespace {

using testing::HasSubstr;

const Uuid kId = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
constexpr std::int64_t kCreatedUs = 817'128'001'204'567;  // since 2000: 2025-11-22T12:00:01.204567Z

// A row as Postgres would send it; an override replaces a cell.
struct Sent {
  explicit Sent(const std::map<std::string, std::string>& overrides = {}, const std::string& left_out = "") {
    std::map<std::string, std::string> cells = {
        {"id", bytes::binary({reinterpret_cast<const char*>(kId.bytes.data()), 16})},
        {"topic", bytes::binary("booking.events")},
        {"aggregateid", bytes::binary("3776:-12243")},
        {"payload", bytes::binary({"\0{}\xff", 4})},
        {"aggregatetype", bytes::binary("gofuture/start_payment")},
        {"type", bytes::binary("PaymentInitiated")},
        {"subject", bytes::binary("b-7f3a")},
        {"time", bytes::binary("2025-11-22T12:00:00.000Z")},
        {"datacontenttype", bytes::binary("application/json")},
        {"correlationid", bytes::binary("b-7f3a")},
        {"causationid", bytes::binary("cause")},
        {"traceparent", bytes::binary("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")},
        {"tracestate", bytes::null()},
        {"hops", bytes::binary("3")},
        {"created_at", bytes::binary(bytes::u64(static_cast<std::uint64_t>(kCreatedUs)))},
        {"seq", bytes::binary(bytes::u64(42))},
    };
    for (const auto& [column, cell] : overrides) cells[column] = cell;
    cells.erase(left_out);
    std::vector<std::string> names, values;
    for (const auto& [column, cell] : cells) {  // in another order than the reader's
      names.push_back(column);
      values.push_back(cell);
    }
    relation = bytes::relation(7, "gofuture", "events_outbox", names);
    insert = bytes::insert(7, values);
    EXPECT_TRUE(parser.read(relation));
    auto read = parser.read(insert);
    EXPECT_TRUE(read) << read.error().message();
    row = std::get<const pgoutput::Row*>(*read);
  }
  std::string relation, insert;
  pgoutput::Parser parser;
  const pgoutput::Row* row;
};

TEST(RelayRow, BecomesTheRecordThatAppendHeadersWouldMake) {
  const Sent sent;
  OutboxRowReader reader;
  const auto row = reader.read(*sent.row);
  ASSERT_TRUE(row) << row.error().message();
  EXPECT_EQ(row->seq, 42);
  const OutgoingRecord& record = reader.record(*row);
  EXPECT_EQ(record.topic, "booking.events");
  EXPECT_EQ(record.key, "3776:-12243");
  EXPECT_EQ(record.value, std::string_view("\0{}\xff", 4));
  EXPECT_EQ(record.partition, -1);
  EXPECT_EQ(format_time_ms(record.timestamp_ms), "2025-11-22T12:00:01.204Z");
  EXPECT_EQ(reader.record(*row, 1'763'812'802'000).timestamp_ms, 1'763'812'802'000) << "the commit's time, where it is known";

  OutgoingEnvelope same;
  same.id = kId;
  same.source = "gofuture/start_payment";
  same.type = "PaymentInitiated";
  same.subject = same.correlationid = "b-7f3a";
  same.time = "2025-11-22T12:00:00.000Z";
  same.causationid = "cause";
  same.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  same.hops = 3;
  std::vector<std::pair<std::string, std::string>> expected;
  append_headers(same, expected);
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : record.headers) headers.emplace_back(name, *value);
  EXPECT_EQ(headers, expected);
}

TEST(RelayRow, TakesTheTimeOfCreationWhereTheEventHasNone) {
  const Sent sent({{"time", bytes::null()}, {"subject", bytes::null()}});
  OutboxRowReader reader;
  const auto row = reader.read(*sent.row);
  ASSERT_TRUE(row);
  std::map<std::string_view, std::string_view> headers;
  for (const auto& [name, value] : reader.record(*row).headers) headers[name] = *value;
  EXPECT_EQ(headers["ce_time"], "2025-11-22T12:00:01.204Z");
  EXPECT_EQ(headers.count("ce_subject"), 0u);
  EXPECT_EQ(headers.count("tracestate"), 0u);
}

TEST(RelayRow, LeavesTheTimestampToTheBrokerWhereTheTimeIsNone) {
  const Sent sent({{"created_at", bytes::binary(bytes::u64(0x7fffffffffffffff))}});  // infinity
  OutboxRowReader reader;
  const auto row = reader.read(*sent.row);
  ASSERT_TRUE(row);
  EXPECT_EQ(reader.record(*row).timestamp_ms, 0);
}

TEST(RelayRow, NamesTheColumnThatIsMissingNullOrOfAnotherType) {
  const auto complaint = [](const Sent& sent) {
    OutboxRowReader reader;
    const auto row = reader.read(*sent.row);
    return row ? std::string() : row.error().message();
  };
  EXPECT_THAT(complaint(Sent({}, "payload")), HasSubstr("without a column \"payload\""));
  EXPECT_THAT(complaint(Sent({{"topic", bytes::null()}})), HasSubstr("\"topic\" null"));
  EXPECT_THAT(complaint(Sent({{"payload", bytes::text("\\x00")}})), HasSubstr("\"payload\" as text"));
  EXPECT_THAT(complaint(Sent({{"seq", bytes::binary("1234")}})), HasSubstr("bigint (seq)"));
  EXPECT_EQ(complaint(Sent({{"topic", bytes::text("booking.events")}})), "") << "text is the same bytes in either form";
}

}  // namespace
}  // namespace gofuture
