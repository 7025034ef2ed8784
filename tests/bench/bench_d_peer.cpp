// The other side of bench D: pgbench with the store's statements in the store's two round trips, its arrays made on the server.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/assert.hpp"
#include "bench/bench_d.hpp"

namespace gofuture::bench {
namespace {

std::string script(const Setting& setting) {
  const std::string function = std::to_string(setting.function_id), batch = std::to_string(setting.batch);
  const std::string numbers = "generate_series(1, " + batch + ") AS i";
  const std::string key = "'k' || ((:r::bigint + i * 7919) % " + std::to_string(setting.keys) + ")";
  const std::string keys = "ARRAY(SELECT " + key + " FROM " + numbers + " ORDER BY (" + key + ") COLLATE \"C\")";
  return "\\set r random(1, 1000000000)\n"
         "\\startpipeline\n"
         "BEGIN;\n"
         "INSERT INTO gofuture.inbox (bucket, function_id, event_id, digest, outcome, attempts, redrive, epoch)"
         " SELECT u.bucket, " + function + ", u.event_id, u.event_id, 0::smallint, 1::smallint, 0, 1"
         " FROM unnest(ARRAY(SELECT (now() AT TIME ZONE 'utc')::date - date '1970-01-01' FROM " + numbers + "),"
         " ARRAY(SELECT gen_random_uuid() FROM " + numbers + ")) AS u(bucket, event_id) ON CONFLICT DO NOTHING;\n"
         "SELECT u.at::int, k.version, k.epoch, k.newest_us, k.parked FROM unnest(" + keys + ") WITH ORDINALITY AS u(state_key, at)"
         " JOIN gofuture.keys k ON k.function_id = " + function + " AND k.state_key = u.state_key"
         " ORDER BY k.state_key COLLATE \"C\" FOR UPDATE OF k;\n"
         "SELECT epoch, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM gofuture.functions WHERE id = " + function + ";\n"
         "\\endpipeline\n"
         "\\startpipeline\n"
         "UPDATE gofuture.keys k SET version = k.version + 1, epoch = 1, newest_us = NULL, state = u.state, updated_at = now()"
         " FROM unnest(" + keys + ", ARRAY(SELECT convert_to('{\"count\":1,\"note\":\"' || repeat('s', 76) || '\"}', 'UTF8') FROM " + numbers + ")) AS u(state_key, state)"
         " WHERE k.function_id = " + function + " AND k.state_key = u.state_key;\n"
         "INSERT INTO gofuture.events_outbox (id, aggregatetype, aggregateid, type, topic, payload, subject, time, correlationid,"
         " causationid, traceparent, tracestate, hops)"
         " SELECT u.id, 'gofuture/bench', u.key, 'Done', 'bench.out', u.payload, u.key, '2026-11-22T12:00:00.000Z', u.key, u.id::text, NULL, NULL, '1'"
         " FROM unnest(ARRAY(SELECT gen_random_uuid() FROM " + numbers + "), " + keys + ","
         " ARRAY(SELECT convert_to(repeat('x', 300), 'UTF8') FROM " + numbers + ")) AS u(id, key, payload);\n"
         "COMMIT;\n"
         "\\endpipeline\n";
}

}  // namespace

double peer(const Setting& setting) {
  const auto file = std::filesystem::temp_directory_path() / ("bench_d_" + std::to_string(::getpid()) + ".sql");
  std::ofstream(file) << script(setting);
  // The same planner settings as the store's sessions.
  const std::string command =
      "PGOPTIONS='-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off' pgbench -n -M prepared -c " +
      std::to_string(setting.committers) + " -j " + std::to_string(setting.committers) + " -t " +
      std::to_string(setting.events / setting.batch / setting.committers) + " -f " + file.string() + " '" + setting.conninfo + "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  GOFUTURE_ASSERT(pipe != nullptr, "pgbench can be started");
  std::string said;
  char line[512];
  while (std::fgets(line, sizeof line, pipe) != nullptr) said += line;
  const int status = ::pclose(pipe);
  std::filesystem::remove(file);
  const auto at = said.find("tps = ");
  if (status != 0 || at == std::string::npos) {
    std::fprintf(stderr, "pgbench failed:\n%s\n", said.c_str());
    std::exit(1);
  }
  return std::strtod(said.c_str() + at + 6, nullptr) * setting.batch;
}

}  // namespace gofuture::bench
