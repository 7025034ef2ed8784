// Loop: the thread of one function. It polls the function's consumer and runs its pipeline, nothing else ever touches them;
// every other thread talks to it through the mailbox.
//
//   Loop loop(poller, pipeline, inbox, clock, probe);  // poller and pipeline outlive it
//   loop.start("start_payment");
//   inbox.post(Handled{...});                 // any thread (this is what ports answer to)
//   loop.stop();                              // drains what is in flight, then joins; tolerates doubles
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mailbox.hpp"
#include "pipeline/pipeline.hpp"

namespace gofuture {

// What a source looks like to the thread that polls it.
class Poller {
 public:
  virtual ~Poller() = default;
  virtual int wait_fd() const = 0;                 // readable when poll() has something to do
  virtual void poll(std::size_t records_max) = 0;  // delivers to the pipeline; never blocks
  virtual void rejoin() {}                         // gives everything back, as in a rebalance, and joins again
  virtual void close() = 0;                        // begins to give everything back, as in a rebalance
  virtual bool closed() const = 0;                 // it has been given back
  virtual const std::optional<std::string>& halted() const = 0;
};

// Where answers go before the loop exists: stores and handlers are made before the pipeline that they answer to.
class Inbox : public Answers {
 public:
  void post(Answer answer) override { mailbox.post(std::move(answer)); }
  Mailbox<Answer> mailbox;
};

class Loop {
 public:
  Loop(Poller& poller, Pipeline& pipeline, Inbox& inbox, Clock& clock, Probe& probe);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start(const std::string& name);
  // Stops dispatch, lets what is in flight end, commits positions, gives the partitions back (all within drain_ms), joins.
  // The pipeline ends a drain itself after 10 s and gives back what has ended by then; the bound here lies behind that.
  void stop(std::int64_t drain_ms = 12'000);

  // Has the source give its partitions back and join its group again, soon, on the function's thread. Any thread.
  void rejoin();

  // Why the function does not go on here; empty while it does. Any thread.
  std::string halted() const;

 private:
  void run();
  void note_halt(const std::optional<std::string>& why);

  Poller& poller_;
  Pipeline& pipeline_;
  Inbox& inbox_;
  Clock& clock_;
  Probe& probe_;
  std::atomic<bool> stopping_{false}, rejoining_{false};
  std::atomic<std::int64_t> drain_ms_{0};
  mutable std::mutex mutex_;
  std::string halted_;
  std::thread thread_;
};

}  // namespace gofuture
