// FunctionRuntime: everything that one function needs in this process, in construction order: library, plan, telemetry,
// handlers, store, source, pipeline, loop. Part of the wiring: it names implementations. Owned and driven by the main thread;
// the work is done by the threads of its parts.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "kafka/source.hpp"
#include "pipeline/loop.hpp"
#include "plugin/handlers.hpp"
#include "plugin/library.hpp"
#include "postgres/journal.hpp"
#include "postgres/lookup.hpp"
#include "system_clock.hpp"
#include "telemetry/function_telemetry.hpp"
#include "telemetry/stall_watch.hpp"

namespace gofuture {

class FunctionRuntime {
 public:
  // How many handlers a function will have, and so how many slots.
  static std::size_t handlers(const FunctionManifest& manifest);
  // Loads and checks; nothing runs yet. `settings`, `clock`, `metrics`, `strikes` (begun) and `reader` outlive it.
  static Result<std::unique_ptr<FunctionRuntime>> make(const Settings& settings, FunctionManifest manifest,
                                                       std::shared_ptr<const Catalogue> catalogue, Clock& clock, Metrics& metrics,
                                                       StrikeFile& strikes, SharedReader* reader);
  ~FunctionRuntime();
  FunctionRuntime(const FunctionRuntime&) = delete;
  FunctionRuntime& operator=(const FunctionRuntime&) = delete;

  Result<Done> start();  // joins the group
  // Drains, commits, gives the partitions back; may be called twice. False, with an error in the log: a handler does not come
  // back from the function's code. Then nothing of this may be destroyed, and the process can only end by _exit().
  bool stop();

  const std::string& name() const { return plan_->manifest().name; }
  // Why the function does not do its work now; empty: it does. Any thread.
  std::string not_ready(std::int64_t now_ms) const;
  // Ten times a second: handlers that only the end of the process can end, see overrun.hpp.
  std::vector<Overrun> watch_handlers(std::int64_t memory) { return handlers_->watch(memory); }
  // Once a second: counts and logs a stall, and has the group joined again.
  void watch(std::int64_t now_ms, std::int64_t stall_ms);

 private:
  FunctionRuntime() = default;
  Result<Done> open_store(const Settings& settings, Clock& clock, StrikeFile& file);
  Result<Done> find_strikes(const Settings& settings, std::int32_t function_id, StrikeFile& file);
  Result<Done> open_stream_store(const Settings& settings);

  // Records in batches belong to the source, so it goes after everything that may hold a batch.
  std::shared_ptr<Library> library_;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<FunctionTelemetry> telemetry_;
  std::unique_ptr<PostgresLookup> lookup_;
  std::unique_ptr<PostgresJournal> journal_;
  std::unique_ptr<StartLedger> ledger_;
  std::unique_ptr<KafkaSource> source_;
  Inbox inbox_;
  std::unique_ptr<PluginHandlers> handlers_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Strikes> strikes_;  // null: none of its events has any
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Loop> loop_;
  StallWatch stall_;
  std::atomic<std::int64_t> unready_since_ms_{0};  // nothing has been done since then, although the group was joined again; 0: no stall
};

}  // namespace gofuture
