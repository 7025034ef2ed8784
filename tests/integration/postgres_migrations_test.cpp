// `gofuture migrate` against a real Postgres.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "integration/postgres_database.hpp"
#include "postgres/migrate.hpp"
#include "support/test_plan.hpp"

namespace gofuture::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Migrations : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("gofuture_migrations_" + std::to_string(::getpid())) / "ride" / "migrations";
    std::filesystem::remove_all(folder_.parent_path().parent_path());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_.parent_path().parent_path()); }

  void write(const std::string& name, const std::string& sql) { std::ofstream(folder_ / name) << sql; }

  MigrationOptions options() const {
    MigrationOptions all;
    all.conninfo = database_.conninfo();
    all.relay_slot = "";
    return all;
  }
  MigrationOptions with_folder() const {
    MigrationOptions all = options();
    all.folders = {folder_.string()};
    return all;
  }
  int newest() const { return options().runtime.newest(); }  // of the runtime's own files
  static MigrationOptions plus(MigrationOptions options, int number, const std::string& sql) {
    options.runtime.files.push_back({number, "later", std::to_string(number) + "_later.sql", sql});
    return options;
  }
  std::string failure(const MigrationOptions& options) {
    const auto report = migrate(options, *test_catalogue());
    EXPECT_FALSE(report);
    return report ? "" : report.error().message();
  }
  bool exists(const std::string& table) { return database_.ask("SELECT to_regclass('" + table + "') IS NOT NULL") == "t"; }

  TestDatabase database_{TestDatabase::Tables::kNone};
  std::filesystem::path folder_;
};

TEST_F(Migrations, AFreshDatabaseGetsEverythingAndASecondRunFindsNothingToDo) {
  EXPECT_THAT(check_schema(options()).error().message(), HasSubstr("run `gofuture migrate`"));
  const auto first = migrate(options(), *test_catalogue());
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_THAT(first->applied, Contains("gofuture 1 core"));
  EXPECT_TRUE(check_schema(options()));
  EXPECT_EQ(database_.number("SELECT count(*) FROM gofuture.outbox_days"), 16);
  EXPECT_EQ(database_.number("SELECT count(*) FROM gofuture.inbox_days"), 2);

  const auto second = migrate(options(), *test_catalogue());
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_THAT(second->applied, IsEmpty());
}

TEST_F(Migrations, RunsAtTheSameTimeDoEverythingOnce) {
  constexpr int kRuns = 4;
  std::vector<Result<MigrationReport>> reports(kRuns, Error("not run"));
  std::vector<std::thread> threads;
  for (int i = 0; i < kRuns; ++i) threads.emplace_back([&, i] { reports[static_cast<std::size_t>(i)] = migrate(options(), *test_catalogue()); });
  for (std::thread& thread : threads) thread.join();
  int busy = 0;
  for (const auto& report : reports) {
    ASSERT_TRUE(report) << report.error().message();
    busy += report->applied.empty() ? 0 : 1;
  }
  EXPECT_EQ(busy, 1);
  EXPECT_EQ(database_.number("SELECT count(*) FROM gofuture.migrations"), static_cast<std::int64_t>(options().runtime.files.size()));
}

TEST_F(Migrations, AKilledRunLeavesNothingHalfDoneAndTheNextOneGoesOn) {
  ASSERT_TRUE(migrate(options(), *test_catalogue()));
  const MigrationOptions slow = plus(options(), newest() + 1, "CREATE TABLE gofuture.half (); SELECT pg_sleep(1); CREATE TABLE gofuture.whole ();");
  const pid_t child = ::fork();
  if (child == 0) {
    (void)migrate(slow, *test_catalogue());
    ::_exit(0);
  }
  database_.wait_until("count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);

  const auto again = migrate(slow, *test_catalogue());  // waits for the dead run's server process to notice
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_THAT(again->applied, testing::ElementsAre("gofuture " + std::to_string(newest() + 1) + " later"));
  EXPECT_TRUE(exists("gofuture.half"));
  EXPECT_TRUE(exists("gofuture.whole"));
}

TEST_F(Migrations, ADatabaseThatIsNewerThanTheBinaryIsRefused) {
  ASSERT_TRUE(migrate(plus(options(), newest() + 6, "CREATE TABLE gofuture.of_the_future ()"), *test_catalogue()));
  const std::string refusal = "the database is at " + std::to_string(newest() + 6) + ", this gofuture knows " + std::to_string(newest()) +
                              ": use a newer gofuture";
  EXPECT_EQ(failure(options()), refusal);
  EXPECT_EQ(check_schema(options()).error().message(), refusal);
}

TEST_F(Migrations, ADatabaseThatIsOlderThanTheBinaryIsSentToMigrate) {
  ASSERT_TRUE(migrate(options(), *test_catalogue()));
  const auto schema = check_schema(plus(options(), newest() + 1, "SELECT 1"));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().message(), "the database is at gofuture " + std::to_string(newest()) + ", this gofuture needs " +
                                          std::to_string(newest() + 1) + ": run `gofuture migrate`");
}

TEST_F(Migrations, AFileThatWasChangedAfterItWasAppliedIsNamedWithBothDigests) {
  write("001_rides.sql", "CREATE SCHEMA ride; CREATE TABLE ride.rides (id int)");
  ASSERT_TRUE(migrate(with_folder(), *test_catalogue()));
  const std::string before = database_.ask("SELECT left(digest, 12) FROM gofuture.migrations WHERE space = 'ride'");
  write("001_rides.sql", "CREATE SCHEMA ride; CREATE TABLE ride.rides (id bigint)");
  EXPECT_THAT(failure(with_folder()), AllOf(HasSubstr("001_rides.sql"), HasSubstr("ride 1 rides"), HasSubstr("applied was " + before)));
}

TEST_F(Migrations, BusinessTablesAreCountedInASpaceOfTheirOwn) {
  write("001_rides.sql", "CREATE SCHEMA ride; CREATE TABLE ride.rides (id int)");
  write("002_more.sql", "ALTER TABLE ride.rides ADD COLUMN city text");
  write("notes.txt", "no migration");
  const auto report = migrate(with_folder(), *test_catalogue());
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_THAT(report->applied, AllOf(Contains("ride 1 rides"), Contains("ride 2 more")));
  EXPECT_TRUE(check_schema(with_folder()));

  write("003_new.sql", "SELECT 1");
  EXPECT_THAT(check_schema(with_folder()).error().message(), HasSubstr("the database is at ride 2"));
  ASSERT_TRUE(migrate(with_folder(), *test_catalogue()));
  std::filesystem::remove(folder_ / "003_new.sql");
  EXPECT_THAT(failure(with_folder()), HasSubstr("the database is at ride 3"));
}

TEST_F(Migrations, AFileThatFailsLeavesNothingBehindAndIsNamed) {
  write("001_rides.sql", "CREATE SCHEMA ride; CREATE TABLE ride.rides (id int); SELECT 1 / 0");
  EXPECT_THAT(failure(with_folder()), AllOf(HasSubstr("001_rides.sql"), HasSubstr("division by zero")));
  EXPECT_FALSE(exists("ride.rides"));
}

TEST_F(Migrations, AFileThatComesTooLateIsRefused) {
  write("002_second.sql", "CREATE SCHEMA ride");
  ASSERT_TRUE(migrate(with_folder(), *test_catalogue()));
  write("001_first.sql", "SELECT 1");
  EXPECT_THAT(failure(with_folder()), AllOf(HasSubstr("001_first.sql"), HasSubstr("give the file the next number")));
}

TEST_F(Migrations, AFileThatEndsTheTransactionIsRefused) {
  write("001_rides.sql", "CREATE SCHEMA ride; COMMIT;");
  EXPECT_THAT(failure(with_folder()), AllOf(HasSubstr("001_rides.sql"), HasSubstr("COMMIT")));
}

TEST_F(Migrations, NamesAreChecked) {
  write("rides.sql", "SELECT 1");
  EXPECT_THAT(failure(with_folder()), AllOf(HasSubstr("rides.sql"), HasSubstr("<number>_<name>.sql")));
  std::filesystem::remove(folder_ / "rides.sql");
  write("001_a.sql", "SELECT 1");
  write("1_b.sql", "SELECT 1");
  EXPECT_THAT(failure(with_folder()), HasSubstr("have one number"));
  EXPECT_THAT(failure([&] { auto all = options(); all.folders = {"/no/such/folder"}; return all; }()), HasSubstr("/no/such/folder"));
}

TEST_F(Migrations, TheOutboxTakesOnlyWhatTheCatalogueKnows) {
  ASSERT_TRUE(migrate(options(), *test_catalogue()));
  auto connection = PgConnection::open(database_.conninfo(), "gofuture test");
  ASSERT_TRUE(connection);
  const auto insert = [&](const std::string& topic, int bytes) {
    return connection->run("INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload) VALUES (gen_random_uuid(), 's', 'k', 't', '" +
                           topic + "', decode(repeat('00', " + std::to_string(bytes) + "), 'hex'))");
  };
  EXPECT_TRUE(insert("counts.out", 1 << 20).ok());
  EXPECT_EQ(insert("counts.out", (1 << 20) + 1).failure().constraint, "events_outbox_topic");
  EXPECT_EQ(insert("no.such.topic", 1).failure().constraint, "events_outbox_topic");

  Catalogue other = *test_catalogue();
  other.topics.resize(1);
  other.topics[0].max_bytes = 10;
  const auto changed = migrate(options(), other);
  ASSERT_TRUE(changed) << changed.error().message();
  EXPECT_THAT(changed->applied, testing::ElementsAre("outbox check: 1 topics", testing::StartsWith("event types: ")));
  EXPECT_TRUE(insert(other.topics[0].name, 10).ok());
  EXPECT_FALSE(insert(other.topics[0].name, 11).ok());
  EXPECT_FALSE(insert("counts.out", 1).ok());
}

TEST_F(Migrations, ACatalogueThatDoesNotFitWhatLiesOnItsTopicsIsRefusedUnlessItIsAccepted) {
  Catalogue catalogue = *test_catalogue();
  catalogue.events[0].key = "/deep~1er/k~0ey";
  catalogue.events[0].schema = R"({"required": ["a", "b"], "properties": {"n": {"maximum": 1.50}}, "examples": [1]})";
  ASSERT_TRUE(migrate(options(), catalogue));
  const auto again = migrate(options(), catalogue);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_THAT(again->readers_first, IsEmpty());

  catalogue.events[0].schema = R"({"required": ["a", "b", "c"], "properties": {"n": {"maximum": 2}}})";
  catalogue.events[0].subject = "/other";
  const auto refused = migrate(options(), catalogue);
  ASSERT_FALSE(refused);
  const std::string type = catalogue.events[0].name;
  EXPECT_THAT(refused.error().message(), AllOf(HasSubstr(type + " has another subject, /other"), HasSubstr(type + " its schema's /required now requires \"c\""),
                                               HasSubstr("--incompatible"), Not(HasSubstr("maximum"))));
  MigrationOptions all = options();
  all.incompatible = true;
  const auto accepted = migrate(all, catalogue);
  ASSERT_TRUE(accepted) << accepted.error().message();
  EXPECT_THAT(accepted->readers_first, testing::ElementsAre(HasSubstr("/properties/n/maximum changed from")));
  EXPECT_TRUE(migrate(options(), catalogue)) << "it is the deployed one now";

  catalogue.events.erase(catalogue.events.begin());
  EXPECT_THAT(migrate(options(), catalogue).error().message(), HasSubstr(type + " is gone"));
}

TEST_F(Migrations, TheRelaysSlotIsMadeOnceAndAStrangersIsNotTaken) {
  MigrationOptions all = options();
  all.relay_slot = "gofuture_test_" + std::to_string(::getpid());
  const auto first = migrate(all, *test_catalogue());
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_THAT(first->applied, Contains("replication slot " + all.relay_slot));
  EXPECT_THAT(migrate(all, *test_catalogue())->applied, IsEmpty());
  {
    TestDatabase elsewhere(TestDatabase::Tables::kNone);
    MigrationOptions there = all;
    there.conninfo = elsewhere.conninfo();
    EXPECT_THAT(failure(there), AllOf(HasSubstr(all.relay_slot), HasSubstr(database_.name())));
  }
  database_.run("SELECT pg_drop_replication_slot('" + all.relay_slot + "')");
}

}  // namespace
}  // namespace gofuture::test
