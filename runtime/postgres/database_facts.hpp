// DatabaseFacts: what a database says of itself, for `gofuture doctor`: read in one connection, changed in nothing. What it means is
// judged by who asks. Facts that could not be read are nothing, and `unread` says why.
//
//   auto facts = read_database_facts(settings.postgres, {settings.relay_slot}, now_us);   // an Error: nobody answers
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gofuture {

struct SlotFacts {
  bool ours = false;                       // of this database, with pgoutput
  bool active = false;                     // somebody streams from it
  std::string wal_status;                  // reserved, extended, unreserved, lost
  std::int64_t kept_bytes = 0;             // WAL that the server must keep for it
  std::optional<std::int64_t> safe_bytes;  // that may still be written before it is lost; nothing: no limit is set
};

struct TableFacts {
  std::string name;                        // schema.table; partitions count with their table
  std::int64_t bytes = 0, rows = 0;        // with indexes; rows as the server estimates them
  bool never_analyzed = false;
};

struct ServerFacts {
  std::int64_t version = 0;                // 150018
  std::string version_text, wal_level, user;
  bool standby = false, fsync = true, synchronous_commit = true;
  bool may_replicate = false, may_create = false;
  std::int64_t slots = 0, slots_max = 0, connections = 0, connections_max = 0;
  std::int64_t clock_ahead_us = 0;         // of the server's clock before ours, when it was asked
};

struct DayFacts {
  std::int64_t outbox_days = 0;            // that still stand
  std::int64_t outbox_oldest_age = 0;      // of the oldest, in days
  std::int64_t outbox_strays = 0;          // rows in the partition for what has no day, counted up to 1000
  std::int64_t inbox_days = 0, inbox_overdue = 0;  // overdue: older than the window, and not dropped
};

struct DatabaseFacts {
  std::optional<ServerFacts> server;
  std::map<std::string, SlotFacts> slots;  // by name; one that is not there is missing
  std::string missing_publications;        // separated by commas
  std::optional<DayFacts> days;            // nothing: there are no tables yet
  std::vector<TableFacts> tables;          // of schema gofuture and of the functions' schemas, largest first
  std::vector<std::string> unread;
};

struct DatabaseQuestion {
  std::vector<std::string> slots, publications, schemas;
  std::int64_t inbox_window_days = 16;
};

// Each statement is ended by the server after three seconds. `now_us` is asked on both sides of the question for the server's time.
Result<DatabaseFacts> read_database_facts(const std::string& conninfo, const DatabaseQuestion& question, std::int64_t (*now_us)());

}  // namespace gofuture
