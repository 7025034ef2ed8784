#include "postgres/relay_dead_row.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/postgres/pgoutput_bytes.hpp"

namespace gofuture {
namespace {

using testing::HasSubstr;

const Uuid kId = *Uuid::parse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");

std::string array(std::uint32_t type, const std::vector<std::optional<std::string>>& elements) {
  using namespace bytes;
  std::string out = u32(elements.empty() ? 0 : 1) + u32(0) + u32(type);
  if (!elements.empty()) out += u32(elements.size()) + u32(1);
  for (const auto& one : elements) out += one ? u32(one->size()) + *one : u32(0xffffffff);
  return out;
}

struct Sent {
  explicit Sent(const std::map<std::string, std::string>& overrides = {}) {
    using namespace bytes;
    std::map<std::string, std::string> cells = {
        {"function", binary("refund_payment")}, {"consumer_group", binary("blue-refund_payment")}, {"topic", binary("payments.status")},
        {"partition", binary(u32(3))}, {"offset", binary(u64(41))}, {"redrive", binary(u32(2))}, {"epoch", binary(u64(7))},
        {"event_id", binary({reinterpret_cast<const char*>(kId.bytes.data()), 16})}, {"class", binary("business")},
        {"message", binary("card expired")}, {"attempts", binary(u32(6))}, {"key", binary({"\0\xff", 2})}, {"value", null()},
        {"header_names", binary(array(25, {"odd", "odd", "empty"}))}, {"header_values", binary(array(17, {std::nullopt, "2", ""}))},
        {"timestamp_ms", binary(u64(1'700'000'000'123))}, {"seq", binary(u64(42))}, {"dead_at", binary(u64(817'128'001'204'567))},
        {"refused", null()},
    };
    for (const auto& [column, cell] : overrides) cells[column] = cell;
    std::vector<std::string> names, values;
    for (const auto& [column, cell] : cells) {
      names.push_back(column);
      values.push_back(cell);
    }
    relation = bytes::relation(8, "gofuture", "dead_letters", names);
    insert = bytes::insert(8, values);
    EXPECT_TRUE(parser.read(relation));
    auto read = parser.read(insert);
    EXPECT_TRUE(read);
    row = std::get<const pgoutput::Row*>(*read);
  }
  std::string relation, insert;
  pgoutput::Parser parser;
  const pgoutput::Row* row;
};

TEST(RelayDeadRow, IsTheLetterThatWasWritten) {
  const Sent sent;
  DeadRowReader reader;
  const auto row = reader.read(*sent.row);
  ASSERT_TRUE(row) << row.error().message();
  EXPECT_EQ(row->seq, 42);
  const DeadLetter& letter = row->letter;
  EXPECT_EQ(letter.origin.topic, "payments.status");
  EXPECT_EQ(letter.origin.function, "refund_payment");
  EXPECT_EQ(letter.origin.group, "blue-refund_payment");
  EXPECT_EQ(letter.origin.epoch, 7);
  EXPECT_EQ(letter.partition, 3);
  EXPECT_EQ(letter.offset, 41);
  EXPECT_EQ(letter.redrive, 2);
  EXPECT_EQ(letter.attempts, 6);
  EXPECT_EQ(letter.timestamp_ms, 1'700'000'000'123);
  EXPECT_EQ(letter.event_id, kId);
  EXPECT_EQ(letter.failure, "business");
  EXPECT_EQ(letter.message, "card expired");
  EXPECT_EQ(letter.key, std::string_view("\0\xff", 2));
  EXPECT_EQ(letter.value, std::nullopt);
  ASSERT_EQ(letter.headers.size(), 3U);
  EXPECT_EQ(letter.headers[0].name, "odd");
  EXPECT_EQ(letter.headers[0].value, std::nullopt) << "null and empty are told apart";
  EXPECT_EQ(letter.headers[1].value, "2");
  EXPECT_EQ(letter.headers[2].value, "");
}

TEST(RelayDeadRow, HasNoHeadersWhereTheRecordHadNone) {
  const Sent sent({{"header_names", bytes::binary(array(25, {}))}, {"header_values", bytes::binary(array(17, {}))}});
  DeadRowReader reader;
  const auto row = reader.read(*sent.row);
  ASSERT_TRUE(row) << row.error().message();
  EXPECT_TRUE(row->letter.headers.empty());
}

TEST(RelayDeadRow, NamesWhatIsWrongWithARow) {
  const auto complaint = [](const Sent& sent) {
    DeadRowReader reader;
    const auto row = reader.read(*sent.row);
    return row ? std::string() : row.error().message();
  };
  EXPECT_THAT(complaint(Sent({{"message", bytes::null()}})), HasSubstr("gofuture.dead_letters came with its column \"message\" null"));
  EXPECT_THAT(complaint(Sent({{"value", bytes::text("\\x00")}})), HasSubstr("\"value\" as text"));
  EXPECT_THAT(complaint(Sent({{"offset", bytes::binary("1234")}})), HasSubstr("\"offset\" of 4 bytes instead of 8"));
  EXPECT_THAT(complaint(Sent({{"header_values", bytes::binary(array(17, {"1"}))}})), HasSubstr("no two arrays of one length"));
  const std::string whole = array(25, {"odd", "odd", "empty"});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THAT(complaint(Sent({{"header_names", bytes::binary(whole.substr(0, size))}})), HasSubstr("no two arrays")) << size;
}

}  // namespace
}  // namespace gofuture
