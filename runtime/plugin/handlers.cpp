#include "plugin/handlers.hpp"


#include <algorithm>
#include <chrono>
#include <random>

#include "base/fault_point.hpp"
#include "base/thread_name.hpp"
#include "plugin/call.hpp"
#include "plugin/host.hpp"
#include "plugin/memory.hpp"

namespace gofuture {
namespace {

constexpr std::int64_t kPatienceMs = 60'000;  // of the destructor, again and again

// For a batch that nobody will handle: its events are undone.
void hold(const Batch& batch) {
  for (const EventPtr& event : batch.events)
    if (!event->decided) event->outcome = Outcome::kHeld;
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32U | device();
}

}  // namespace

// What all workers use; outlives them.
struct PluginHandlers::Shared {
  Shared(std::shared_ptr<Library> loaded, std::shared_ptr<const Plan> made, Clock& clock, Probe& probe, Lookup* lookup, Journal* journal)
      : library(std::move(loaded)),
        plan(std::move(made)),
        ports{*plan, clock, probe, lookup, journal, nullptr, library->description().stateful,
              library->description().uses_timers} {}

  std::shared_ptr<Library> library;
  std::shared_ptr<const Plan> plan;
  std::optional<AllowList> allowed;
  HandlerPorts ports;
};

// A handler with everything that belongs to it, in the order in which it must be made.
struct PluginHandlers::Worker {
  Worker(const Shared& shared, std::string called, StrikeFile* strikes, std::uint64_t seed)
      : name(std::move(called)),
        own_slot(strikes == nullptr ? std::make_unique<StrikeSlot>() : nullptr),
        slot(strikes == nullptr ? *own_slot : strikes->claim(shared.plan->manifest().name)),
        call(shared.ports, slot, seed),
        host(shared.ports, call) {}

  std::string name;
  std::unique_ptr<StrikeSlot> own_slot;
  StrikeSlot& slot;
  OverrunWatch watch;
  BatchCall call;
  Host host;
  std::unique_ptr<Handler> handler;
};

PluginHandlers::PluginHandlers() = default;

Result<std::unique_ptr<PluginHandlers>> PluginHandlers::make(std::shared_ptr<Library> library, std::shared_ptr<const Plan> plan,
                                                             Answers* answers, Clock& clock, Probe& probe, Lookup* lookup,
                                                             Options options) {
  std::unique_ptr<PluginHandlers> made(new PluginHandlers);
  const FunctionManifest& manifest = plan->manifest();
  made->answers_ = answers;
  made->shared_ = std::make_unique<Shared>(std::move(library), plan, clock, probe, lookup, options.journal);
  made->shared_->ports.offline = options.offline;
  if (manifest.http) {
    auto allowed = AllowList::make(manifest.http->allow);
    if (!allowed) return allowed.error().within(manifest.file + ": [http] allow");
    made->shared_->allowed = std::move(*allowed);
    made->shared_->ports.http = &*made->shared_->allowed;
  }
  options.threads = count(manifest, options) - options.inside;
  const std::uint64_t seed = options.seed != 0 ? options.seed : random_seed();
  const std::string stem = manifest.name.substr(0, 11) + "/";  // its thread's name, too: see thread_name.hpp
  for (int i = 0; i < options.threads + options.inside; ++i) {
    auto& into = i < options.threads ? made->workers_ : made->inside_;
    const std::uint64_t own_seed = seed + static_cast<std::uint64_t>(i) * 0x632be59bd9b4e019ULL;
    const auto added = made->add_worker(into, stem + std::to_string(i), options.strikes, own_seed);
    if (!added) return added.error();
  }
  for (const auto& worker : made->inside_) made->idle_.push_back(worker.get());
  made->busy_ = made->workers_.size();  // until their threads wait
  for (const auto& worker : made->workers_) {
    PluginHandlers* self = made.get();
    made->threads_.emplace_back([self, one = worker.get()] { self->work(*one); });
  }
  return made;
}

int PluginHandlers::count(const FunctionManifest& manifest, const Options& options) {
  return options.threads == 0 && options.inside == 0 ? manifest.concurrency : options.threads + options.inside;
}

Result<Done> PluginHandlers::add_worker(std::vector<std::unique_ptr<Worker>>& into, const std::string& name, StrikeFile* strikes,
                                        std::uint64_t seed) {
  auto worker = std::make_unique<Worker>(*shared_, name, strikes, seed);
  auto handler = Handler::create(shared_->library, worker->host.table());
  if (!handler) return handler.error();
  worker->handler = std::move(*handler);
  into.push_back(std::move(worker));
  return ok();
}

PluginHandlers::~PluginHandlers() {
  while (!stop(kPatienceMs)) {
  }
}

void PluginHandlers::handle(BatchPtr batch) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      queue_.push_back(std::move(batch));
      wake_.notify_one();
      return;
    }
  }
  hold(*batch);
  answers_->post(Handled{std::move(batch)});
}

void PluginHandlers::work(Worker& worker) {
  name_this_thread(worker.name);
  for (;;) {
    BatchPtr batch;
    {
      std::unique_lock lock(mutex_);
      --busy_;
      if (stopping_) returned_.notify_all();
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      ++busy_;
      batch = std::move(queue_.front());
      queue_.pop_front();
    }
    GOFUTURE_FAULT_POINT("handler.before");
    worker.call.run(*batch, *worker.handler, nullptr);
    GOFUTURE_FAULT_POINT("handler.after");
    answers_->post(Handled{std::move(batch)});
  }
}

void PluginHandlers::run(Batch& batch, SqlSession& session) {
  struct Loan {
    PluginHandlers& from;
    Worker& worker;
    ~Loan() { from.give_back(worker); }
  };
  Worker* worker = borrow();
  if (worker == nullptr) {
    hold(batch);
    return;
  }
  const Loan loan{*this, *worker};
  loan.worker.call.run(batch, *loan.worker.handler, &session);
}

// Null: stopped.
PluginHandlers::Worker* PluginHandlers::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return stopping_ || !idle_.empty(); });
  if (stopping_) return nullptr;
  Worker* worker = idle_.back();
  idle_.pop_back();
  ++busy_;
  return worker;
}

void PluginHandlers::give_back(Worker& worker) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(&worker);
  --busy_;
  returned_.notify_all();
}

bool PluginHandlers::stop(std::int64_t at_most_ms) {
  std::deque<BatchPtr> unhandled;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    unhandled.swap(queue_);
    wake_.notify_all();
    returned_.notify_all();
  }
  for (BatchPtr& batch : unhandled) handle(std::move(batch));  // answers at once: we are stopping
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, std::chrono::milliseconds(at_most_ms), [this] { return busy_ == 0; })) return false;
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
  return true;
}

std::vector<Running> PluginHandlers::running() const {
  std::vector<Running> list;
  for (const auto* group : {&workers_, &inside_})
    for (const auto& worker : *group)
      if (const auto now = worker->slot.in_flight.now())
        list.push_back({worker->name, now->event_id, shared_->plan->topics()[now->topic].topic->name, now->partition, now->offset,
                        now->since_ms});
  return list;
}

std::vector<std::string> PluginHandlers::stuck() const {
  const std::int64_t now_ms = shared_->ports.clock.steady_ms();
  std::vector<std::string> sentences;
  for (const auto* group : {&workers_, &inside_})
    for (const auto& worker : *group)
      if (const auto now = worker->slot.in_flight.now()) sentences.push_back(where(*worker, *now, now_ms - now->since_ms));
  if (sentences.empty()) sentences.push_back("a handler is between two events of a batch");
  return sentences;
}

std::string PluginHandlers::where(const Worker& worker, const InFlight::Now& now, std::int64_t for_ms) const {
  return "handler " + worker.name + " has been in event " + now.event_id.text() + " (" + shared_->plan->topics()[now.topic].topic->name +
         "/" + std::to_string(now.partition) + "@" + std::to_string(now.offset) + ") for " + std::to_string(for_ms) + " ms";
}

std::vector<Overrun> PluginHandlers::watch(std::int64_t memory) {
  const std::int64_t now_ms = shared_->ports.clock.steady_ms();
  const bool first = watched_ms_ == 0;
  const OverrunWatch::Look now{first ? 0 : now_ms - watched_ms_, memory, first ? memory : memory_};
  watched_ms_ = now_ms;
  memory_ = memory;
  std::vector<Overrun> overruns;
  for (const auto* group : {&workers_, &inside_})
    for (const auto& worker : *group) watch_one(*worker, now, overruns);
  return overruns;
}

void PluginHandlers::watch_one(Worker& worker, const OverrunWatch::Look& now, std::vector<Overrun>& overruns) {
  const FunctionManifest& manifest = shared_->plan->manifest();
  OverrunWatch::Look own = now;
  own.waits = worker.call.waits().number;
  const auto found = worker.watch.look(worker.slot, {manifest.timeout_ms, manifest.memory_max}, own);
  const auto open = worker.slot.in_flight.now();
  if (found.waits && open)
    shared_->ports.probe.log(Probe::Level::kWarn,
                             where(worker, *open, found.age_ms + found.waited_ms) + ", for " + std::to_string(found.waited_ms) +
                                 " ms of it waiting for Postgres, which does not answer; that is not counted as the handler's time",
                             nullptr);
  if (!found.slow && !found.mark) return;
  const std::string who = open ? where(worker, *open, found.age_ms)
                               : "handler " + worker.name + " has been between two events of a batch for " +
                                     std::to_string(found.age_ms) + " ms";
  if (found.mark == kMarkMemory) {
    overruns.push_back({&worker.slot, kMarkMemory,
                        who + ", and the process has grown by " + std::to_string(found.grown >> 20U) + " MiB since; memory = " +
                            std::to_string(manifest.memory_max >> 20U) + " MiB in " + manifest.file,
                        std::max(page_faults_of(worker.slot.thread), worker.slot.faults.load()) - worker.slot.faults});
  } else if (found.mark) {
    overruns.push_back({&worker.slot, kMarkHang, who + ", timeout = " + std::to_string(manifest.timeout_ms) + " ms in " + manifest.file});
  } else {
    shared_->ports.probe.log(Probe::Level::kError,
                             who + "; its key waits. When it is over its timeout of " + std::to_string(manifest.timeout_ms) + " ms (" +
                                 manifest.file + ") this process ends, and the attempt has failed",
                             nullptr);
  }
}

}  // namespace gofuture
