#include "postgres/pgoutput.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/postgres/pgoutput_bytes.hpp"

namespace gofuture {
namespace {

using pgoutput::Cell;
using testing::HasSubstr;

std::string table() { return bytes::relation(7, "gofuture", "events_outbox", {"id", "payload", "note"}); }
std::string row() { return bytes::insert(7, {bytes::binary(std::string(16, '\1')), bytes::binary({"\0\xff", 2}), bytes::null()}); }

TEST(PgOutput, NamesTheColumnsOfARowAsTheRelationDid) {
  pgoutput::Parser parser;
  const std::string relation = table(), insert = row();
  ASSERT_TRUE(parser.read(relation));
  const auto message = parser.read(insert);
  ASSERT_TRUE(message) << message.error().message();
  const auto* read = std::get<const pgoutput::Row*>(*message);
  ASSERT_EQ(read->cells.size(), 3u);
  EXPECT_EQ(read->relation->name, "events_outbox");
  EXPECT_EQ(read->relation->columns[1].name, "payload");
  EXPECT_EQ(read->cells[1].bytes, std::string_view("\0\xff", 2));
  EXPECT_EQ(read->cells[2].form, Cell::Form::kNull);
}

TEST(PgOutput, FollowsARelationThatIsDescribedAnew) {
  pgoutput::Parser parser;
  const std::string first = table(), second = bytes::relation(7, "gofuture", "events_outbox", {"note", "id"});
  const std::string insert = bytes::insert(7, {bytes::text("hello"), bytes::null()});
  ASSERT_TRUE(parser.read(first));
  ASSERT_FALSE(parser.read(insert)) << "two columns do not fit the first description";
  ASSERT_TRUE(parser.read(second));
  const auto message = parser.read(insert);
  ASSERT_TRUE(message);
  const auto* read = std::get<const pgoutput::Row*>(*message);
  EXPECT_EQ(read->relation->columns[0].name, "note");
  EXPECT_EQ(read->cells[0].bytes, "hello");
  EXPECT_EQ(read->relation->serial, 2u);
}

TEST(PgOutput, TellsWhereATransactionBeginsAndEnds) {
  pgoutput::Parser parser;
  const std::string begin = bytes::begin(0x100, 1'000'000, 77), commit = bytes::commit(0x100, 0x180, 1'000'000);
  const auto begun = parser.read(begin);
  ASSERT_TRUE(begun);
  EXPECT_EQ(std::get<pgoutput::Begin>(*begun).xid, 77u);
  EXPECT_EQ(std::get<pgoutput::Begin>(*begun).committed_us, 946'684'801'000'000);
  const auto done = parser.read(commit);
  ASSERT_TRUE(done);
  EXPECT_EQ(std::get<pgoutput::Commit>(*done).end_lsn, 0x180u);
}

TEST(PgOutput, PassesOverWhatItHasNoUseFor) {
  pgoutput::Parser parser;
  for (const char kind : {'U', 'D', 'T', 'O', 'Y', 'M', '?'}) {
    const auto message = parser.read(std::string(1, kind) + "whatever");
    ASSERT_TRUE(message);
    EXPECT_EQ(std::get<pgoutput::Skipped>(*message).kind, kind);
  }
}

TEST(PgOutput, RefusesARowOfARelationThatWasNeverDescribed) {
  pgoutput::Parser parser;
  const std::string insert = row();
  const auto message = parser.read(insert);
  ASSERT_FALSE(message);
  EXPECT_THAT(message.error().message(), HasSubstr("never described"));
}

TEST(PgOutput, RefusesEveryMessageThatEndsTooEarly) {
  for (const std::string& whole : {table(), row(), bytes::begin(1, 2, 3), bytes::commit(1, 2, 3)}) {
    pgoutput::Parser parser;
    const std::string relation = table();
    ASSERT_TRUE(parser.read(relation));
    ASSERT_TRUE(parser.read(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));  // a read behind it is seen by ASan
      EXPECT_FALSE(parser.read({exact.data(), exact.size()})) << whole[0] << " cut at " << size << " of " << whole.size();
    }
  }
}

TEST(PgOutput, SurvivesMadeUpBytes) {
  std::mt19937 random(20261122);
  const std::string relation = table(), insert = row();
  pgoutput::Parser parser;
  ASSERT_TRUE(parser.read(relation));
  for (int i = 0; i < 200'000; ++i) {
    std::string mutated = random() % 2 == 0 ? relation : insert;
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips) mutated[random() % mutated.size()] = static_cast<char>(random());
    const std::vector<char> exact(mutated.begin(), mutated.end());
    const auto message = parser.read({exact.data(), exact.size()});
    if (!message) continue;
    if (const auto* const* read = std::get_if<const pgoutput::Row*>(&*message)) {
      for (const Cell& cell : (*read)->cells) {
        ASSERT_LE(cell.bytes.size(), exact.size());
      }
    }
  }
}

TEST(PgOutput, ReadsFramesAndRefusesShortOnes) {
  const std::string keepalive = bytes::keepalive(0x1234, true), data = bytes::frame(0x50, "Bxyz");
  const auto alive = pgoutput::read_frame(keepalive);
  ASSERT_TRUE(alive);
  EXPECT_TRUE(alive->keepalive);
  EXPECT_TRUE(alive->reply_wanted);
  EXPECT_EQ(alive->wal_end, 0x1234u);
  const auto framed = pgoutput::read_frame(data);
  ASSERT_TRUE(framed);
  EXPECT_FALSE(framed->keepalive);
  EXPECT_EQ(framed->data, "Bxyz");
  for (std::size_t size = 0; size < keepalive.size(); ++size) EXPECT_FALSE(pgoutput::read_frame(keepalive.substr(0, size)));
  for (std::size_t size = 0; size < data.size() - 4; ++size) EXPECT_FALSE(pgoutput::read_frame(data.substr(0, size)));
  EXPECT_FALSE(pgoutput::read_frame("x"));
}

TEST(PgOutput, AnswersWithTheConfirmedPositionAsFlushed) {
  const std::string update = pgoutput::status_update(0x20, 0x10, 946'684'800'000'001);
  ASSERT_EQ(update.size(), 34u);
  EXPECT_EQ(update[0], 'r');
  EXPECT_EQ(update.substr(1, 8), bytes::u64(0x20));
  EXPECT_EQ(update.substr(9, 8), bytes::u64(0x10));
  EXPECT_EQ(update.substr(17, 8), bytes::u64(0x10));
  EXPECT_EQ(update.substr(25, 8), bytes::u64(1));
}

TEST(PgOutput, WritesAndReadsPlacesInTheWal) {
  EXPECT_EQ(pgoutput::lsn_text(0x16'B374D848), "16/B374D848");
  const auto read = pgoutput::parse_lsn("16/B374D848");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, 0x16'B374D848u);
  for (const char* wrong : {"", "/", "16/", "/1", "16", "16/xyz", "16/1 ", "111111111/1"}) EXPECT_FALSE(pgoutput::parse_lsn(wrong)) << wrong;
}

TEST(PgCopy, ReadsTheHeaderTheRowsAndTheEnd) {
  const std::string first = bytes::copy_header() + bytes::copy_row({std::string("abc"), std::nullopt}), second = bytes::copy_row({"", "d"});
  pgoutput::CopyParser parser({"one", "two"});
  auto read = parser.read(first);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ((*read)->cells[0].bytes, "abc");
  EXPECT_EQ((*read)->cells[1].form, Cell::Form::kNull);
  read = parser.read(second);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->cells[0].form, Cell::Form::kBinary);
  EXPECT_EQ((*read)->cells[1].bytes, "d");
  read = parser.read(bytes::u16(0xffff));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, nullptr);
  for (std::size_t size = 0; size < first.size(); ++size) EXPECT_FALSE(pgoutput::CopyParser({"one", "two"}).read(first.substr(0, size)));
  EXPECT_FALSE(pgoutput::CopyParser({"one"}).read(first));
}

}  // namespace
}  // namespace gofuture
