// Bench D: what a Postgres effect costs: inbox row + 100 B of state + one outbox row per event, 300 B events over 6 partitions,
// 100,000 keys. Ours against pgbench that sends the same batched SQL with arrays made on the server, alternating in one run.
// Bench R: what failing keys cost the others: the events of all other keys while 1 % of the keys fail, against none failing.
#pragma once

#include <cstdint>
#include <string>

namespace gofuture::bench {

struct Setting {
  std::string conninfo;      // of the bench's own database
  std::int32_t function_id = 0;
  std::string topic;         // of the bench's own
  int events = 100'000;      // per repeat
  int batch = 500;
  int committers = 2;
  int keys = 100'000;
  int failing_every = 0;     // every event of each n-th key fails; 0: none
};

// Feeds preloaded records through admission (schema validation on), lanes, handlers and PostgresStore. Events per second.
// Makes the topic and fills it with `events`; each measurement reads them from the start, in a group of its own.
void preload(const Setting& setting);
void unload(const Setting& setting);

// Measured until every event of a key that does not fail is done; only those count.
double ours(const Setting& setting);
// pgbench -c 2 -j 2 with the same statements. Events per second.
double peer(const Setting& setting);

// The manifest of what ours() runs, for the report.
std::string manifest_text(const Setting& setting);

}  // namespace gofuture::bench
