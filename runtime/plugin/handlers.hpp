// PluginHandlers: the handlers of one generation of a function, behind the pipeline's Handlers port; and, for a function with
// sql, behind the store's Inside.
//
// `threads` workers, each a named thread with a handler of its own, take batches from one queue and answer Handled. `inside`
// workers have no thread: the store's threads borrow them in run(), one call at a time each. All handlers are created by make()
// and destroyed by the destructor, after the threads have ended, so that the library can be unloaded then.
//
// Threads: handle(), run(), running(), watch() on any; make(), stop() and the destructor on the owner's. Every batch that was
// given is answered exactly once, also those that stop() finds in the queue (their events are held). The destructor waits for
// handlers without bound.
//
//   auto handlers = PluginHandlers::make(library, plan, &answers, clock, probe, lookup, {.threads = 4});
//   (*handlers)->handle(std::move(batch));      // -> answers.post(Handled{...})
//   auto overruns = (*handlers)->watch(memory_in_use());   // ten times a second; what it returns, only blame() and _exit can end
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "plugin/http_client.hpp"
#include "plugin/library.hpp"
#include "plugin/overrun.hpp"
#include "plugin/strike_file.hpp"

namespace gofuture {

// An event that a handler is in right now.
struct Running {
  std::string worker;  // the thread's name
  Uuid event_id;
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t since_ms = 0;  // steady clock
};

class PluginHandlers : public Handlers, public Inside {
 public:
  struct Options {
    int threads = 0;         // for handle(); 0: the manifest's concurrency, or none where `inside` is given
    int inside = 0;          // for run(): how many threads of the store may call it at once
    std::uint64_t seed = 0;  // of emitted ids; 0: random
    StrikeFile* strikes = nullptr;  // where its handlers have their slots; null: in memory, which ends with the process
    Journal* journal = nullptr;  // of unsafe HTTP calls; outlives the handlers
    std::string offline = {};    // no HTTP request is sent, each is unreachable with this sentence; empty: they are sent
  };

  // Fails when a handler cannot be created; nothing is left behind then. `answers` may be null where only run() is used;
  // `lookup` may be null. The other references must outlive the object.
  static Result<std::unique_ptr<PluginHandlers>> make(std::shared_ptr<Library> library, std::shared_ptr<const Plan> plan,
                                                      Answers* answers, Clock& clock, Probe& probe, Lookup* lookup, Options options);
  ~PluginHandlers() override;
  PluginHandlers(const PluginHandlers&) = delete;
  PluginHandlers& operator=(const PluginHandlers&) = delete;

  void handle(BatchPtr batch) override;
  void run(Batch& batch, SqlSession& session) override;

  // Hands queued batches back unhandled, waits for those that are being handled, ends the threads. May be called twice.
  // False: one is still being handled after `at_most_ms`. Its thread runs the function's code, so neither this nor what it uses
  // may be destroyed; stuck() tells where it is.
  bool stop(std::int64_t at_most_ms);

  std::vector<Running> running() const;
  std::vector<std::string> stuck() const;  // after stop() was in vain: one sentence for each handler that is in an event
  // `memory`: what the process uses now. Logs a handler that is over half its timeout, once per event; returns those that are
  // over a limit. Always from one thread.
  std::vector<Overrun> watch(std::int64_t memory);

  // How many handlers make() will create.
  static int count(const FunctionManifest& manifest, const Options& options);

 private:
  struct Worker;
  struct Shared;
  PluginHandlers();
  Result<Done> add_worker(std::vector<std::unique_ptr<Worker>>& into, const std::string& name, StrikeFile* strikes, std::uint64_t seed);
  void work(Worker& worker);
  Worker* borrow();
  void give_back(Worker& worker);
  void watch_one(Worker& worker, const OverrunWatch::Look& now, std::vector<Overrun>& overruns);
  std::string where(const Worker& worker, const InFlight::Now& now, std::int64_t for_ms) const;

  std::unique_ptr<Shared> shared_;  // first: workers refer to it
  std::vector<std::unique_ptr<Worker>> workers_, inside_;
  Answers* answers_ = nullptr;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<BatchPtr> queue_;
  bool stopping_ = false;
  std::size_t busy_ = 0;            // handlers that have a batch
  std::vector<Worker*> idle_;       // of inside_
  std::condition_variable returned_;
  std::vector<std::thread> threads_;

  std::int64_t watched_ms_ = 0, memory_ = 0;  // at the last watch()
};

}  // namespace gofuture
