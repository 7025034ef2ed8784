// Statements that are declared to a connection: Postgres hears of them with their first use, whatever becomes of it.
#include <gtest/gtest.h>

#include <memory>

#include "integration/postgres_database.hpp"
#include "postgres/connection.hpp"

namespace gofuture::test {
namespace {

class Declared : public ::testing::Test {
 protected:
  Declared() {
    auto opened = PgConnection::open(database().conninfo(), "gofuture test");
    EXPECT_TRUE(opened);
    connection = std::make_unique<PgConnection>(std::move(*opened));
    connection->declare("one", "SELECT 1::int");
    connection->declare("two", "SELECT 2::int");
    connection->declare("divided", "SELECT 1 / $1::int");
    connection->declare("wrong", "SELECT FROM nobody.made_this");
  }
  std::string prepared() {
    const PgResult rows = connection->run("SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM pg_prepared_statements");
    return std::string(rows.text(0, 0));
  }
  std::int32_t answer_of(const char* name) {
    connection->queue(name, {});
    connection->flush();
    const std::int32_t number = connection->next().int4(0, 0);
    connection->finish();
    return number;
  }
  std::unique_ptr<PgConnection> connection;
};

TEST_F(Declared, StatementsArePreparedWithTheirFirstUseAndOnlyThen) {
  EXPECT_EQ(prepared(), "");
  for (int round = 0; round < 2; ++round) {
    for (const char* name : {"two", "one", "two"}) connection->queue(name, {});
    connection->flush();
    for (const int answer : {2, 1, 2}) {
      const PgResult result = connection->next();
      ASSERT_TRUE(result.ok()) << result.failure().sentence();
      EXPECT_EQ(result.int4(0, 0), answer);
    }
    connection->finish();
    EXPECT_EQ(prepared(), "one two");
  }
}

TEST_F(Declared, AStatementThatCannotBePreparedFailsAsIfItHadBeenRun) {
  for (int round = 0; round < 2; ++round) {
    connection->queue("one", {});
    connection->queue("wrong", {});
    connection->queue("two", {});
    connection->flush();
    EXPECT_TRUE(connection->next().ok());
    const PgResult wrong = connection->next();
    EXPECT_EQ(wrong.failure().state, "42P01");
    const PgResult behind = connection->next();
    EXPECT_TRUE(behind.failure().skipped);
    connection->finish();
    EXPECT_EQ(prepared(), "one");
  }
}

TEST_F(Declared, WhatWasSkippedBehindAFailureIsPreparedWithItsNextUse) {
  Parameters zero;
  zero.add_int4(0);
  for (const bool asked : {true, false}) {  // for every result, or for none but the failure
    connection->queue("divided", zero);
    connection->queue("two", {});
    connection->flush();
    EXPECT_EQ(connection->next().failure().state, "22012");
    if (asked) {
      const PgResult behind = connection->next();
      EXPECT_TRUE(behind.failure().skipped);
    }
    connection->finish();
    EXPECT_EQ(prepared(), "divided");
  }
  EXPECT_EQ(answer_of("two"), 2);
}

TEST_F(Declared, WhatWasPreparedAndNotAskedForNeedsNoSecondTime) {
  connection->queue("one", {});
  connection->queue("two", {});
  connection->flush();
  connection->finish();
  EXPECT_EQ(prepared(), "one two");
  EXPECT_EQ(answer_of("two"), 2);
}

}  // namespace
}  // namespace gofuture::test
