#include "plugin/sql_guard.hpp"

#include <gmock/gmock.h>

namespace gofuture {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view statement) {
  const auto checked = check_sql(statement);
  return checked ? "" : checked.error().message();
}

TEST(SqlGuardTest, ReadingAndWritingIsAllowed) {
  for (const char* statement :
       {"SELECT 1", "select * from t where a = $1 for update", "INSERT INTO t VALUES ($1)", "UPDATE t SET a = 1", "DELETE FROM t",
        "WITH x AS (SELECT 1) SELECT * FROM x", "VALUES (1)", "MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "(SELECT 1)",
        "SELECT 1;", "SELECT 1 ; -- done\n", "/* why /* deep */ */ SELECT 1", "-- why\nSELECT 1"})
    EXPECT_EQ(refusal(statement), "") << statement;
}

TEST(SqlGuardTest, TransactionRoleAndSessionCommandsAreRefusedByName) {
  for (const char* keyword : {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "SET", "RESET",
                              "DISCARD", "LISTEN", "NOTIFY", "UNLISTEN", "COPY", "LOCK", "GRANT", "CREATE", "DROP", "ALTER", "DO", "CALL"})
    EXPECT_THAT(refusal(std::string(keyword) + " x"), HasSubstr(std::string("a function may not run ") + keyword + ":"));
  EXPECT_THAT(refusal("/* SELECT */ commit"), HasSubstr("may not run COMMIT"));
  EXPECT_THAT(refusal("-- SELECT\nSet role admin"), HasSubstr("may not run SET"));
  EXPECT_THAT(refusal(""), HasSubstr("no SQL statement"));
  EXPECT_THAT(refusal("/* only a comment"), HasSubstr("no SQL statement"));
}

TEST(SqlGuardTest, ASecondStatementIsRefusedWhereverItHides) {
  for (const char* statement : {"SELECT 1; COMMIT", "SELECT ';' ; SELECT 2", "SELECT $$;$$; SELECT 2", "SELECT 1 /* ; */; SELECT 2",
                                "SELECT E'\\';' ; SELECT 2", "SELECT \"a;b\" FROM t; DELETE FROM t", "SELECT 1;;"})
    EXPECT_THAT(refusal(statement), HasSubstr("one statement per call")) << statement;
}

TEST(SqlGuardTest, ASemicolonInsideTextIsNone) {
  for (const char* statement : {"SELECT 'a;b''; c'", "SELECT \"a;b\" FROM t", "SELECT $$a;b$$", "SELECT $x$ $$ ; $x$", "SELECT E'\\';' FROM t",
                                "SELECT $1 -- ; \n FROM t", "SELECT 1 /* ; /* ; */ ; */", "SELECT u.name FROM u WHERE note = 'it''s; fine'"})
    EXPECT_EQ(refusal(statement), "") << statement;
}

TEST(SqlGuardTest, KnowsWhatOnlyReads) {
  EXPECT_TRUE(only_reads(" (select 1)"));
  EXPECT_FALSE(only_reads("WITH gone AS (DELETE FROM t RETURNING a) SELECT * FROM gone"));
  EXPECT_FALSE(only_reads("UPDATE t SET a = 1"));
}

}  // namespace
}  // namespace gofuture
