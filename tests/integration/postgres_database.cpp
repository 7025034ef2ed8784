#include "integration/postgres_database.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/assert.hpp"
#include "postgres/migrate.hpp"
#include "support/test_plan.hpp"

namespace gofuture::test {
namespace {

std::string server() {
  const char* conninfo = std::getenv("GOFUTURE_POSTGRES");
  if (conninfo == nullptr || *conninfo == '\0') {
    std::fprintf(stderr, "GOFUTURE_POSTGRES is not set: start a Postgres with `deploy/stack/stack up` and take its env file\n");
    std::exit(1);
  }
  return conninfo;
}

PgConnection connect(const std::string& conninfo) {
  auto opened = PgConnection::open(conninfo, "gofuture test");
  if (!opened) std::fprintf(stderr, "%s\n", opened.error().message().c_str());
  GOFUTURE_ASSERT(opened, "the test's Postgres can be reached");
  return std::move(*opened);
}

std::optional<TestDatabase>& shared() {
  static std::optional<TestDatabase> one;
  return one;
}

class DropAtTheEnd : public testing::Environment {
 public:
  void TearDown() override { shared().reset(); }
};
[[maybe_unused]] const auto* const kDropAtTheEnd = testing::AddGlobalTestEnvironment(new DropAtTheEnd);

}  // namespace

TestDatabase& database() {
  if (!shared()) shared().emplace();
  return *shared();
}

TestDatabase::TestDatabase(Tables tables) {
  static int made = 0;
  name_ = "gofuture_test_" + std::to_string(::getpid()) + "_" + std::to_string(++made);
  const std::string base = server();
  PgConnection admin = connect(base);
  admin.run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");  // of a dead process with our number
  const PgResult created = admin.run("CREATE DATABASE " + name_);
  GOFUTURE_ASSERT(created.ok(), created.failure().sentence().c_str());
  // A later word wins in a connection string; a URI takes it as a parameter.
  conninfo_ = base.find("://") == std::string::npos ? base + " dbname=" + name_
                                                    : base + (base.find('?') == std::string::npos ? "?" : "&") + "dbname=" + name_;
  connection_ = std::make_unique<PgConnection>(connect(conninfo_));
  if (tables == Tables::kNone) return;
  const auto migrated = migrate({.conninfo = conninfo_, .folders = {}, .relay_slot = ""}, *test_catalogue());
  if (!migrated) std::fprintf(stderr, "%s\n", migrated.error().message().c_str());
  GOFUTURE_ASSERT(migrated, "the test's database can be migrated");
}

TestDatabase::~TestDatabase() {
  connection_.reset();
  connect(server()).run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
}

std::string TestDatabase::host() const { return connection_->host(); }
std::string TestDatabase::port() const { return connection_->port(); }

PgResult TestDatabase::rows(const std::string& sql) {
  PgResult result = connection_->run(sql);
  EXPECT_TRUE(result.ok()) << sql << ": " << result.failure().sentence();
  return result;
}

std::string TestDatabase::ask(const std::string& sql) {
  const PgResult result = rows(sql);
  if (!result.ok() || result.rows() == 0) return "";
  return std::string(result.text(0, 0));
}

void TestDatabase::wipe() {
  // Faster than TRUNCATE, which makes a new file for every partition and index.
  for (const char* table : {"inbox", "keys", "parked", "timers", "caught_up", "delayed_events", "events_outbox", "dead_letters", "strikes",
                            "http_journal", "breakers", "start_offsets", "deployments", "functions"})
    run(std::string("DELETE FROM gofuture.") + table);
  run("DELETE FROM gofuture.inbox_days WHERE dropped_at IS NOT NULL");
}

std::int32_t TestDatabase::function(const std::string& name) {
  run("INSERT INTO gofuture.functions (name, epoch) VALUES ('" + name + "', 1) ON CONFLICT DO NOTHING");
  return static_cast<std::int32_t>(number("SELECT id FROM gofuture.functions WHERE name = '" + name + "'"));
}

void TestDatabase::wait_until(const std::string& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (ask("SELECT " + condition) != "t") {
    if (std::chrono::steady_clock::now() > until) {
      ADD_FAILURE() << "in a minute it did not become true that " << condition;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

int TestDatabase::disconnect(const std::string& name_part) {
  return static_cast<int>(number("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database()"
                                 " AND pid <> pg_backend_pid() AND application_name LIKE '%" + name_part + "%'"));
}

}  // namespace gofuture::test
