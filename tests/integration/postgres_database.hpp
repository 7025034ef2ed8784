// TestDatabase: a database of this program's own beside the one that GOFUTURE_POSTGRES names, migrated for test_catalogue() and
// dropped at the end. database() makes the one that a program's tests share; wipe() empties it between them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "postgres/connection.hpp"

namespace gofuture::test {

class TestDatabase {
 public:
  enum class Tables { kMigrated, kNone };
  explicit TestDatabase(Tables tables = Tables::kMigrated);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  const std::string& conninfo() const { return conninfo_; }
  // host=… (a folder of sockets, or an address) and port, for a proxy.
  std::string host() const;
  std::string port() const;

  // One cell as text, "" for null; a failure fails the test.
  std::string ask(const std::string& sql);
  std::int64_t number(const std::string& sql) { return std::stoll(ask(sql)); }
  void run(const std::string& sql) { ask(sql); }
  PgResult rows(const std::string& sql);
  // Waits (at most a minute) until this expression is true.
  void wait_until(const std::string& condition);
  void wipe();
  // A function as its first deployment: id; further epochs by set_floor().
  std::int32_t function(const std::string& name);
  // Ends every connection whose application_name has this part, but ours; says how many.
  int disconnect(const std::string& name_part);

 private:
  std::string name_, conninfo_;
  std::unique_ptr<PgConnection> connection_;
};

// The one that this program's tests share.
TestDatabase& database();

}  // namespace gofuture::test
