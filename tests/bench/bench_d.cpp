// bench_d [--failing] [repeats] [events]: prepares a database beside GOFUTURE_POSTGRES, runs the sides in turn, prints rates and ratios. --failing is bench R.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/assert.hpp"
#include "bench/bench_d.hpp"
#include "bench/report.hpp"
#include "integration/kafka_backdoor.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrate.hpp"

namespace {

using gofuture::PgConnection;
using gofuture::bench::Setting;
using gofuture::bench::tell;

constexpr const char* kDatabase = "gofuture_bench_d";

PgConnection connect(const std::string& conninfo) {
  auto opened = PgConnection::open(conninfo, "gofuture bench");
  if (!opened) std::fprintf(stderr, "%s\n", opened.error().message().c_str());
  GOFUTURE_ASSERT(opened, "Postgres can be reached");
  return std::move(*opened);
}

void run(PgConnection& connection, const std::string& sql) {
  const auto result = connection.run(sql);
  if (!result.ok()) std::fprintf(stderr, "%s: %s\n", sql.c_str(), result.failure().sentence().c_str());
  GOFUTURE_ASSERT(result.ok(), "the bench's own SQL works");
}

// The same ground for every measurement: empty inbox and outbox, keys without dead rows, nothing left to write.
void level(PgConnection& connection) {
  run(connection, "TRUNCATE gofuture.inbox, gofuture.events_outbox, gofuture.parked, gofuture.dead_letters");
  run(connection, "UPDATE gofuture.keys SET parked = 0 WHERE parked > 0");
  run(connection, "VACUUM (ANALYZE) gofuture.keys");
  run(connection, "CHECKPOINT");
}

void prepare(Setting& setting, const std::string& server) {
  PgConnection admin = connect(server);
  run(admin, std::string("DROP DATABASE IF EXISTS ") + kDatabase + " WITH (FORCE)");
  run(admin, std::string("CREATE DATABASE ") + kDatabase);
  setting.conninfo = server + " dbname=" + kDatabase;
  gofuture::Catalogue catalogue;
  for (const std::string& name : {setting.topic, std::string("bench.out")}) {
    gofuture::Topic topic;
    topic.name = name;
    catalogue.topics.push_back(topic);
  }
  gofuture::MigrationOptions options;
  options.conninfo = setting.conninfo;
  options.relay_slot = "";
  const auto migrated = gofuture::migrate(options, catalogue);
  GOFUTURE_ASSERT(migrated, "the bench's database can be migrated");
  PgConnection connection = connect(setting.conninfo);
  run(connection, "INSERT INTO gofuture.functions (name, epoch) VALUES ('bench', 1)");
  setting.function_id = 1;
  run(connection, "INSERT INTO gofuture.keys (function_id, state_key, version, epoch, state) SELECT 1, 'k' || i, 1, 1,"
                  " convert_to('{\"count\":1,\"note\":\"' || repeat('s', 76) || '\"}', 'UTF8') FROM generate_series(0, " + std::to_string(setting.keys - 1) + ") i");
}

// Bench R: the others' events while 1 % of the keys fail, against none failing, alternating.
void with_failing_keys(Setting setting, PgConnection& connection, int repeats) {
  Setting failing = setting;
  failing.failing_every = 100;
  std::vector<double> calm, troubled, ratios;
  for (int i = 0; i < repeats; ++i) {
    for (int side = 0; side < 2; ++side) {
      level(connection);
      if ((i + side) % 2 == 0) calm.push_back(ours(setting));
      else troubled.push_back(ours(failing));
    }
    ratios.push_back(troubled.back() / calm.back());
    std::printf("repeat %d: none failing %.0f/s, the others beside 1 %% failing keys %.0f/s; ratio %.2f\n", i + 1, calm.back(), troubled.back(), ratios.back());
    std::fflush(stdout);
  }
  std::printf("\n");
  tell("none failing, events/s", calm, 0);
  tell("the others beside 1 % failing keys, events/s", troubled, 0);
  tell("ratio (target 0.9)", ratios, 2);
}

}  // namespace

int main(int argc, char** argv) {
  const char* server = std::getenv("GOFUTURE_POSTGRES");
  if (server == nullptr) {
    std::fprintf(stderr, "GOFUTURE_POSTGRES is not set: start a stack with `deploy/stack/stack up` and take its env file\n");
    return 1;
  }
  const bool failing = argc > 1 && std::string(argv[1]) == "--failing";
  if (failing) {
    --argc;
    ++argv;
  }
  const int repeats = argc > 1 ? std::atoi(argv[1]) : 5;
  Setting setting;
  if (argc > 2) setting.events = std::atoi(argv[2]);
  setting.topic = gofuture::test::unique_name("bench.in");
  prepare(setting, server);
  gofuture::bench::preload(setting);
  PgConnection connection = connect(setting.conninfo);
  const auto shown = connection.run("SELECT version(), current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers')");
  std::printf("%s\nfsync %s, synchronous_commit %s, shared_buffers %s\n%s\n\n", shown.text(0, 0).data(), shown.text(0, 1).data(),
              shown.text(0, 2).data(), shown.text(0, 3).data(), manifest_text(setting).c_str());

  if (failing) with_failing_keys(setting, connection, repeats);
  Setting single = setting;  // one transaction per event
  single.batch = 1;
  single.events = setting.events / 50;
  std::vector<double> rates, peers, singles, to_peer, to_single;
  for (int i = 0; i < repeats && !failing; ++i) {
    // Who goes first changes, so that nobody always finds the warmer machine.
    for (int side = 0; side < 2; ++side) {
      level(connection);
      if ((i + side) % 2 == 0) rates.push_back(ours(setting));
      else peers.push_back(peer(setting));
    }
    level(connection);
    singles.push_back(ours(single));
    to_peer.push_back(rates.back() / peers.back());
    to_single.push_back(rates.back() / singles.back());
    std::printf("repeat %d: ours %.0f/s, pgbench %.0f/s, one event per transaction %.0f/s; ours/pgbench %.2f\n", i + 1, rates.back(), peers.back(),
                singles.back(), to_peer.back());
    std::fflush(stdout);
  }
  std::printf("\n");
  if (!failing) {
    tell("ours, events/s", rates, 0);
    tell("pgbench, same SQL, events/s", peers, 0);
    tell("ours, one event per transaction, events/s", singles, 0);
    tell("ours / pgbench (target 0.8)", to_peer, 2);
    tell("ours / one event per transaction (target 10)", to_single, 1);
  }
  gofuture::bench::unload(setting);
  run(*std::make_unique<PgConnection>(connect(server)), std::string("DROP DATABASE ") + kDatabase + " WITH (FORCE)");
  return 0;
}
