// EventOutbox: the port Outbox of the ingress on Postgres. One thread with one connection; each write() is one transaction:
//
//   BEGIN · inbox INSERT … ON CONFLICT DO NOTHING · (which stood before, with which digest?) · events_outbox INSERT · COMMIT
//
// The fence is the inbox, with number 0 in the function's place, which no function has: so an id passes this door once, whichever
// replica it comes to and however late, as long as the inbox knows it. A submission with an id of other content is answered and left
// out, the rest begins again. After a lost connection the same batch is written again: had it been written after all, the fence says so.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ingress/outbox.hpp"
#include "pipeline/io.hpp"
#include "postgres/sql_failure.hpp"

namespace gofuture {

class PgConnection;

class EventOutbox : public Outbox {
 public:
  using Log = std::function<void(Probe::Level, const std::string&)>;  // called on its thread
  EventOutbox(std::string conninfo, Log log);
  ~EventOutbox() override;
  void write(std::vector<Submission> together, Answers& answers) override;

 private:
  struct Work {
    std::vector<Submission> submissions;
    Answers* answers;
  };
  using Open = std::vector<const Submission*>;  // not answered yet

  void run();
  std::vector<Written> serve(const std::vector<Submission>& submissions);
  void serve(Open open, std::vector<Written>& answers);
  std::optional<SqlFailure> connect();
  // Answers those that can be; what stays open goes again. A failure says why nothing was answered.
  std::optional<SqlFailure> attempt(Open& open, std::vector<Written>& answers);
  std::optional<SqlFailure> make_days(Open& open, std::vector<Written>& answers);
  void roll_back();

  const std::string conninfo_;
  const Log log_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::deque<Work> waiting_;
  bool stopping_ = false, away_ = false;  // away: told already
  std::unique_ptr<PgConnection> connection_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace gofuture
