// What the TOML files say, as plain structs: the catalogue (topics and event types), one manifest per function, and the
// settings of this process. Made by load.hpp, which reports every mistake of every file at once; immutable afterwards.
//
// Durations are milliseconds, sizes bytes. The same word names a key in the file, a field here, a log field and a label.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gofuture {

struct Place {                       // in the file that it was read from
  int line = 0, column = 0, width = 1;  // line 0: the file as a whole
};

// --- the catalogue: manifests/topics.toml and manifests/events.toml --------------------------------------------------

struct Topic {
  std::string name;
  std::vector<std::string> aliases;  // accepted in manifests, never written
  std::string key;                   // what the record key means, e.g. "region_id" (for people and for the checks)
  std::int32_t partitions = 1;
  std::int64_t retention_ms = 0;     // 0: the broker's default
  bool compact = false;
  std::int64_t max_bytes = 1'048'576;  // of one record's value
};

struct EventType {
  std::string name;
  std::vector<std::string> aliases;  // spellings accepted on input, never emitted
  std::string topic;                 // canonical
  std::string schema_file;           // as written, relative to the manifests folder
  std::string schema;                // its text
  std::string key;                   // JSON pointer into data: the record key of an emitted event, e.g. "/region_id"
  std::string subject;               // JSON pointer into data: ce_subject of an emitted event, e.g. "/booking_id"
  bool final = false;                // nobody needs to consume it
  // The choreography (choreography.hpp):
  std::string source{};              // who outside of the functions sends it; empty: nobody
  std::vector<std::string> answers{};  // to whoever asks with it; one of them ends the wait
  bool failure = false;              // after it, what was done must be undone
  std::string undone_by{};           // what undoes it after a failure
  Place at{};                        // in events.toml
};

struct Catalogue {
  std::vector<Topic> topics;
  std::vector<EventType> events;

  const Topic* topic(std::string_view name_or_alias) const;
  const EventType* event(std::string_view name_or_alias) const;
};

// --- one function: manifests/<name>.toml ------------------------------------------------------------------------------

enum class Mode { kPostgres, kKafka, kAtLeastOnce };
enum class Start { kEarliest, kLatest, kTimestamp };

struct Subscription {
  std::string topic;               // canonical
  std::vector<std::string> types;  // canonical
  // state_key = "key" | "subject" | "data:/pointer"
  enum class KeyFrom { kRecordKey, kSubject, kData } key_from = KeyFrom::kRecordKey;
  std::string key_pointer;         // for kData
  Start start = Start::kEarliest;
  std::int64_t start_timestamp_ms = 0;
};

struct Fence {                     // instead of the inbox: a field that only grows
  std::string newest_pointer;      // "/observed_at"
  bool coalesce = false;           // of several in one batch only the newest of a key is handled
};

enum class OnDead { kContinue, kHold };

struct Retry {                     // the engine of failure
  std::optional<std::int32_t> max_retries = 5;  // nothing: unlimited
  std::int64_t initial_ms = 200;
  double multiplier = 2.0;
  std::int64_t max_ms = 60'000;
  double jitter = 0.2;
  OnDead on_dead = OnDead::kContinue;  // what a dead letter does to the events of its key that come behind it
  std::int64_t parked_bytes = 256 << 20;  // of events that wait with the store; beyond it partitions pause
};

struct Http {
  std::vector<std::string> allow;  // URL prefixes, "scheme://host[:port][/path]"
  std::int64_t timeout_ms = 5'000;
};

struct LookupTable {               // [[lookup]]: what ctx.lookup<T>(name, key) reads, read-only
  std::string name;                // as the function calls it
  std::string table;               // schema.table
  std::string key;                 // its key column
  std::int64_t stale_ms = 1'000;   // an answer may be this old
};

struct Wait {                      // [[wait]]: what it asked for and has no answer to
  std::vector<std::string> answers;  // event types, any of which ends it
  std::int64_t deadline_s = 0;       // as [config] has it
  std::string then;                  // what it emits at the deadline
  Place at;
};

struct FunctionManifest {
  std::string file;                // where it was read, for messages
  std::string name;
  std::string library;             // file name without path and ".so"; default: the name
  std::string description;
  Mode mode = Mode::kPostgres;
  std::vector<Subscription> subscriptions;
  std::map<std::string, std::string> emits;  // event type -> topic, both canonical
  std::map<std::string, std::vector<std::string>, std::less<>> leads_to;  // handled type -> what it may emit then; without an entry: all of emits
  std::vector<Wait> waits;
  std::map<std::string, Place> handled_at, emitted_at;  // event type -> where the file says so
  std::int32_t concurrency = 1;    // handler threads
  std::int32_t batch_max = 500;    // events in one call and in one commit
  std::int64_t bytes_max = 32 << 20;  // waiting and in flight, before partitions are paused
  std::int64_t timeout_ms = 30'000;   // of one handler call for one event
  std::int64_t memory_max = 512LL << 20;  // by which the process may grow while one event is handled
  std::int32_t hops_max = 64;
  bool hops_said = false;          // the file names a limit: loops through this function are meant
  std::optional<Fence> fence;
  Retry retry;
  std::optional<std::string> sql_schema;  // sql = true in this schema
  std::optional<Http> http;
  std::vector<LookupTable> lookups;
  std::string config_json = "{}";  // the [config] table, as JSON text
  std::map<std::string, std::string> kafka_properties;  // checked against the allow-list
};

// --- this process: gofuture.toml, with GOFUTURE_* of the environment on top -------------------------------------------

struct IngressSettings {
  std::string listen;                                   // GOFUTURE_INGRESS: address:port; empty: there is no ingress
  std::string tokens;                                   // text of tokens_file, or GOFUTURE_INGRESS_TOKENS; never echoed
  std::int64_t body_bytes_max = 1 << 20;                // of one request
  std::int64_t events_max = 500;                        // in one request
  std::int64_t requests_per_second = 1'000;             // of one token
  std::int64_t connections_max = 512;
  std::int64_t read_timeout_ms = 10'000;                // from a request's first byte to its last
};

struct Settings {
  std::string kafka_brokers;                            // GOFUTURE_KAFKA
  std::map<std::string, std::string> kafka_properties;  // checked against the allow-list; secrets never echoed
  std::string postgres;                                 // GOFUTURE_POSTGRES: libpq connection string
  std::string instance = "local-1";                     // GOFUTURE_INSTANCE: static group membership needs a stable name
  std::string manifests = "manifests";                  // GOFUTURE_MANIFESTS
  std::string functions = "functions";                  // GOFUTURE_FUNCTIONS: folder of the libraries
  std::string state = ".gofuture/state";                // GOFUTURE_STATE: folder of what must outlive this process (strike_file.hpp)
  std::vector<std::string> migrations;                  // folders of *.sql for business tables, applied by `gofuture migrate`
  std::string listen = "127.0.0.1:9464";                // GOFUTURE_LISTEN: /metrics /healthz /readyz; port 0 picks one
  std::string log_level = "info";                       // GOFUTURE_LOG_LEVEL
  std::string group_prefix = "";                        // GOFUTURE_GROUP_PREFIX: in front of every consumer group id
  std::int32_t replication = 1;                         // of topics that `topics apply` makes
  std::int64_t stall_ms = 60'000;                       // watchdog: assigned, lagging, no progress for this long
  bool relay = true;                                    // whether this process offers itself as outbox relay
  std::string relay_slot = "gofuture_outbox";
  std::string relay_outbox_slot = "";                   // another carrier of the outbox (Debezium): our relay carries only dead letters
  std::int64_t outbox_retention_ms = 86'400'000;        // how long relayed outbox rows stay (trace reads them)
  std::int64_t inbox_window_days = 16;
  IngressSettings ingress;
};

}  // namespace gofuture
