// Committer: one thread with one connection that does what the store was asked for, one batch at a time. It reconnects by
// itself, with growing pauses, and answers every batch whatever happens: the pipeline decides what to do next.
//
//   Committer committer(identity, conninfo, queue, answers, probe, "gofuture store ride 1");
//   queue.close();   // the thread ends when what is queued has been answered
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/io.hpp"
#include "postgres/commit_transaction.hpp"
#include "postgres/inbox_fence.hpp"
#include "postgres/connection.hpp"
#include "postgres/store_identity.hpp"

namespace gofuture {

struct Work {  // one of them
  BatchPtr batch;
  std::unique_ptr<ClaimRequest> claim;
};

// What waits for a free committer. Any thread pushes, several take.
class WorkQueue {
 public:
  void push(Work work);
  std::optional<Work> take();  // waits; nothing: closed and empty
  // Takes what waits in front, as long as it is batches; does not wait.
  void take_batches(std::size_t max, std::vector<BatchPtr>& into);
  void close();
  // Waits at most so long; true when it was closed meanwhile.
  bool closed_within(std::chrono::milliseconds at_most);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool closed_ = false;
};

class Committer {
 public:
  enum class Task { kCommit, kLoad };
  Committer(Task task, const StoreIdentity& identity, std::string conninfo, WorkQueue& queue, Answers& answers, Probe& probe,
            std::string name);
  ~Committer();  // after the queue was closed
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

 private:
  void run();
  std::optional<std::string> ensure_connected();  // why not
  Result<PgConnection> connect();
  void load(BatchPtr first);  // with all that waits behind it: one question for all, every batch answered
  std::optional<std::string> ask(const std::vector<BatchPtr>& batches);  // why they could not be asked
  Committed commit(BatchPtr batch);
  void queue_breakers(const std::vector<BreakerState>& states);
  Claimed claim(const ClaimRequest& limits);
  void disconnect(const std::string& why);

  const Task task_;
  const StoreIdentity& identity_;
  const std::string conninfo_, name_;
  WorkQueue& queue_;
  Answers& answers_;
  Probe& probe_;
  CommitTransaction transaction_;
  ArrayOf keys_{PgType::kText};  // of load()
  InboxQuestion inbox_;          // of load()
  struct Mark {                         // of claim(): waits until what was committed before it has been sent
    std::int64_t time_us = 0, position = 0;
  };
  std::optional<Mark> mark_;
  std::optional<PgConnection> connection_;
  std::chrono::milliseconds pause_{0};  // before the next attempt to connect
  std::thread thread_;                  // last: it uses the rest
};

}  // namespace gofuture
