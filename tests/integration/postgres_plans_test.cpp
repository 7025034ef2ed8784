// How Postgres finds the rows that a commit names. Its plans are made once for each session, often while the tables are still empty, and
// are kept while they fill: each statement must go from the rows it is given to those of the table by their whole key.
#include <gtest/gtest.h>

#include <regex>

#include "integration/postgres_database.hpp"
#include "postgres/commit_statements.hpp"

namespace gofuture::test {
namespace {

struct Statement {
  std::string name;
  int parameters = 0;
};

class Plans : public ::testing::Test {
 protected:
  Plans() {
    database().wipe();
    for (const std::string table : {"inbox", "keys", "parked", "timers", "http_journal", "dead_letters", "events_outbox", "strikes", "breakers", "caught_up", "delayed_events"})
      database().run("VACUUM ANALYZE gofuture." + table);
    auto opened = PgConnection::open(database().conninfo(), "gofuture test");
    EXPECT_TRUE(opened);
    connection = std::make_unique<PgConnection>(std::move(*opened));
    for (const auto& [name, sql] : commit_statements()) {
      const PgResult prepared = connection->prepare(name, sql);
      EXPECT_TRUE(prepared.ok()) << name << ": " << prepared.failure().sentence();
    }
    for (const auto& [name, value] : kPlansByIndex) EXPECT_TRUE(connection->run(std::string("SET ") + name + " TO " + value).ok());
  }
  std::vector<Statement> statements() {
    std::vector<Statement> all;
    const PgResult rows = connection->run("SELECT name, coalesce(array_length(parameter_types, 1), 0)::text, statement FROM pg_prepared_statements ORDER BY name");
    for (int row = 0; row < rows.rows(); ++row)
      if (!std::string(rows.text(row, 2)).starts_with("BEGIN") && std::string(rows.text(row, 2)) != "COMMIT" && std::string(rows.text(row, 2)) != "ROLLBACK")
        all.push_back({std::string(rows.text(row, 0)), std::stoi(std::string(rows.text(row, 1)))});
    return all;
  }
  std::string plan(const Statement& statement) {
    std::string call = "EXPLAIN (COSTS OFF) EXECUTE " + statement.name;
    for (int i = 0; i < statement.parameters; ++i) call += i == 0 ? "(NULL" : ", NULL";
    if (statement.parameters > 0) call += ")";
    const PgResult rows = connection->run(call);
    EXPECT_TRUE(rows.ok()) << statement.name << ": " << rows.failure().sentence();
    std::string text;
    for (int row = 0; rows.ok() && row < rows.rows(); ++row) text += std::string(rows.text(row, 0)) + "\n";
    return text;
  }
  std::unique_ptr<PgConnection> connection;
};

// What a plan says when rows are not looked up by their whole key.
bool compares_all(const std::string& plan) {
  static const std::regex by_function_alone(R"(Index Cond: \(function_id = (\$1|ANY \(ARRAY\[[^\]]*\]\))\)\n)"), compared(R"(Join Filter: [^\n]* = )"),
      whole_table(R"(Seq Scan on|Index Scan using \w+ on [^\n]*\n(?! *Index Cond))");
  return std::regex_search(plan, by_function_alone) || std::regex_search(plan, compared) || std::regex_search(plan, whole_table);
}

TEST_F(Plans, GoFromTheRowsThatAreGivenToTheirKeysAlsoWhenTheTablesWereEmpty) {
  int looked_up = 0;
  for (const Statement& statement : statements()) {
    std::string text = plan(statement);
    if (statement.name == "parked_totals") continue;  // of all that is parked
    // All partitions of a function, which are few.
    text = std::regex_replace(text, std::regex(R"(Index Scan using caught_up_pkey on caught_up\n *Index Cond: \(function_id = \$1\)\n)"), "");
    EXPECT_FALSE(compares_all(text)) << statement.name << ":\n" << text;
    looked_up += text.find("u.state_key") != std::string::npos || text.find("u.event_id") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(looked_up, 15) << "or this test looks at nothing";
}

TEST_F(Plans, ThatCompareAllRowsAreRecognised) {
  connection->run("PREPARE plain AS UPDATE gofuture.keys k SET parked = 0 FROM unnest($2::text[]) AS u(state_key)"
                  " WHERE k.function_id = $1::int AND k.state_key = u.state_key");
  EXPECT_TRUE(compares_all(plan({"plain", 2})));
}

}  // namespace
}  // namespace gofuture::test
