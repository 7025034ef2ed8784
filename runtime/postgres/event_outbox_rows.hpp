// The rows of one transaction of the ingress: which ids are fresh, whose submission contradicts what stands, and the SQL. Internal to
// event_outbox.cpp.
#pragma once

#include <unordered_map>
#include <vector>

#include "ingress/outbox.hpp"
#include "postgres/connection.hpp"

namespace gofuture {

class EventOutboxRows {
 public:
  static void declare(PgConnection& connection);

  explicit EventOutboxRows(const std::vector<const Submission*>& submissions);
  void queue_fence(PgConnection& connection);
  void take_fresh(const PgResult& fenced);
  bool all_fresh() const { return fresh_.size() == rows_.size(); }
  void queue_seen(PgConnection& connection);
  void take_seen(const PgResult& seen);

  // What becomes of each submission, in their order: written, or left out for other content.
  std::vector<Written> judge(const std::vector<const Submission*>& submissions) const;
  // Those that are fresh, each once, in the order in which they came. False: there are none.
  bool queue_outbox(const std::vector<const Submission*>& submissions, PgConnection& connection);

 private:
  struct Row {
    std::int32_t bucket;
    Uuid id;
    Digest digest;
  };
  std::vector<Row> rows_;                     // each id once, in lock order
  std::unordered_map<Uuid, Digest> fresh_;    // of this transaction
  std::unordered_map<Uuid, Digest> seen_;     // of others before it
};

}  // namespace gofuture
