// World: a database, a slot, topics and a group of its own, one function that uses everything (function.cpp), a gateway, and
// `gofuture run` over them, which may die and be started again. When all has come to rest, audit() judges what is there.
//
//   World world;
//   world.send(16);
//   world.start("relay.acked");              // with the fault points, and this one armed
//   EXPECT_EQ(world.program().end(), "signal 9");
//   world.start();
//   world.rest();
//   world.audit();
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faults/gateway.hpp"
#include "faults/program.hpp"
#include "integration/kafka_world.hpp"
#include "integration/postgres_database.hpp"

namespace gofuture::test {

class World {
 public:
  World();
  ~World();

  // The next events, over four keys: most of them plain, some fail once or twice, some are rejected.
  void send(int count);
  // One that takes the process with it, once.
  void send_crash();

  void start(const std::string& fault = "");
  Program& program() { return *program_; }
  // What the process held is given to its successor now, not when its leases have run out.
  void end_leases();
  void rest();   // waits until nothing is left to do
  void audit();  // of what is in Kafka, in Postgres and at the gateway
  std::string stop();  // how it ended

  // One cell; nothing while the database does not answer.
  std::optional<std::string> ask(const std::string& sql);
  std::int64_t number(const std::string& sql) { return std::stoll(ask(sql).value_or("-1")); }

 private:
  struct Sent {
    std::string key;
    int n = 0, fails = 0;
    bool rejected = false, crashes = false;
  };
  void send(const std::vector<Sent>& events);
  std::map<std::string, std::string> environment() const;
  bool at_rest();
  std::string left_to_do();

  TopicGarden garden_;
  const std::string topic_ = garden_.make(2), out_ = topic_ + "-out", dead_ = topic_ + "-everything-dlt";
  TestDatabase database_{TestDatabase::Tables::kNone};
  std::optional<PgConnection> connection_;
  Gateway gateway_;
  std::filesystem::path folder_;
  std::vector<Sent> sent_;
  std::map<std::string, int> last_;  // n of each key
  std::unique_ptr<Program> program_;
  int started_ = 0;
};

}  // namespace gofuture::test
