// PostgresJournal: unsafe HTTP calls are written to gofuture.http_journal before they are sent. Threads that wait at the same time
// share one transaction: a flush of the disk costs the same for one row as for many.
//
// open() on any thread, blocks until the row is durable; a thread of its own with one connection does the work. The destructor
// answers who still waits. The answers are written by the store, with the outcome (call_rows.hpp).
//
//   PostgresJournal journal(settings.postgres, plan->manifest().name);
//   auto found = journal.open(call, event);
//   if (found && found->ours) send();
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/io.hpp"

namespace gofuture {

class PgConnection;

class PostgresJournal : public Journal {
 public:
  PostgresJournal(std::string conninfo, std::string function);
  ~PostgresJournal() override;
  Result<Found> open(const JournaledCall& call, const Event& event) override;

 private:
  struct Request {
    const JournaledCall& call;
    const Event& event;
    std::optional<Result<Found>> answer;  // once it is there, its owner may be gone
  };
  using Requests = std::vector<Request*>;
  using Answers = std::vector<std::optional<Result<Found>>>;

  void run();
  Answers serve(const Requests& requests);
  // What went wrong; what has its answer by then keeps it.
  std::optional<Error> connect();
  std::optional<Error> write(const Requests& requests, Answers& answers);
  std::optional<Error> read(const Requests& requests, Answers& answers);

  const std::string conninfo_, function_;
  std::mutex mutex_;
  std::condition_variable asked_, answered_;
  Requests waiting_;
  bool stopping_ = false;
  std::unique_ptr<PgConnection> connection_;  // of the thread
  std::thread thread_;
};

}  // namespace gofuture
