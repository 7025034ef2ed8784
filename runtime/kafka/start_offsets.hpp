// Where reading starts, decided once per assignment for all its partitions together: 256 partitions cost one round trip
// for what is committed and one for the log's ends, never one each.
//
//   committed                              -> there
//   nothing committed, not in the ledger   -> the manifest's start; recorded, then committed
//   recorded, never started                -> the recorded offset (we died between recording and committing)
//   recorded and started                   -> the committed offset was lost: the function stops here, with a sentence
//
// Without a ledger the committed offset is the only record there is. Stateless functions on the source's thread; they
// block, bounded by `timeout_ms` per question.
#pragma once

#include <variant>

#include "kafka/offset_commits.hpp"
#include "pipeline/plan.hpp"

namespace gofuture::kafka {

struct Starts {
  Offsets positions;  // of every partition
  Offsets fresh;      // of those that had nothing committed: commit them at once
  Offsets known;      // of those that had
  Offsets unmarked;   // the ledger does not say yet that these have started
};
struct StartLost {
  std::string sentence;
};  // the function must stop
struct StartUnknown {
  std::string sentence;
};  // could not be asked: ask again
using StartAnswer = std::variant<Starts, StartLost, StartUnknown>;

struct StartQuestion {
  rd_kafka_t* consumer = nullptr;
  const Plan* plan = nullptr;
  StartLedger* ledger = nullptr;
  std::string group;
  int timeout_ms = 5'000;
};
StartAnswer resolve_starts(const StartQuestion& question, const std::vector<Where>& partitions);

// Every partition of these topics; a topic that the brokers do not have is an Error.
Result<std::vector<Where>> partitions_of(rd_kafka_t* client, const std::vector<std::string>& topics, int timeout_ms);
// The first record of each with this timestamp or a later one; where there is none, the next offset to be written. A record that comes
// while the brokers are asked is never behind the answer.
Result<Offsets> offsets_since(rd_kafka_t* client, const std::vector<Where>& partitions, std::int64_t unix_ms, int timeout_ms);
// The next offset to be written of each, in one round trip.
Result<Offsets> next_offsets(rd_kafka_t* client, const std::vector<Where>& partitions, int timeout_ms);
// What the group of this client has committed of these; a partition without is left out.
Result<Offsets> committed_offsets(rd_kafka_t* consumer, const std::vector<Where>& partitions, int timeout_ms);

// The log's first offset and the next one to be written, of many partitions in two round trips.
struct LogEnds {
  std::int64_t first = 0, next = 0;
};
Result<std::map<Where, LogEnds>> log_ends(rd_kafka_t* client, const std::vector<Where>& partitions, int timeout_ms);

}  // namespace gofuture::kafka
