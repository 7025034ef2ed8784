#include "plugin/handlers.hpp"

#include <pthread.h>

#include <chrono>
#include <random>

#include "plugin/call.hpp"
#include "plugin/host.hpp"

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
        ports{*plan, clock, probe, lookup, journal, nullptr, library->description().stateful} {}

  std::shared_ptr<Library> library;
  std::shared_ptr<const Plan> plan;
  std::optional<AllowList> allowed;
  HandlerPorts ports;
};

// A handler with everything that belongs to it, in the order in which it must be made.
struct PluginHandlers::Worker {
  Worker(const Shared& shared, std::string called, std::uint64_t seed)
      : name(std::move(called)), call(shared.ports, seed), host(shared.ports, call) {}

  std::string name;
  BatchCall call;
  Host host;
  std::unique_ptr<Handler> handler;
  std::uint64_t reported = ~std::uint64_t{0};  // the number of the event that watch() has complained about
};

PluginHandlers::PluginHandlers() = default;

Result<std::unique_ptr<PluginHandlers>> PluginHandlers::make(std::shared_ptr<Library> library, std::shared_ptr<const Plan> plan,
                                                             Answers* answers, Clock& clock, Probe& probe, Lookup* lookup,
                                                             Options options) {
  std::unique_ptr<PluginHandlers> made(new PluginHandlers);
  const FunctionManifest& manifest = plan->manifest();
  made->answers_ = answers;
  made->shared_ = std::make_unique<Shared>(std::move(library), plan, clock, probe, lookup, options.journal);
  if (manifest.http) {
    auto allowed = AllowList::make(manifest.http->allow);
    if (!allowed) return allowed.error().within(manifest.file + ": [http] allow");
    made->shared_->allowed = std::move(*allowed);
    made->shared_->ports.http = &*made->shared_->allowed;
  }
  if (options.threads == 0 && options.inside == 0) options.threads = manifest.concurrency;
  const std::uint64_t seed = options.seed != 0 ? options.seed : random_seed();
  const std::string stem = manifest.name.substr(0, 11) + "/";  // thread names have 15 characters
  for (int i = 0; i < options.threads + options.inside; ++i) {
    auto& into = i < options.threads ? made->workers_ : made->inside_;
    const auto added = made->add_worker(into, stem + std::to_string(i), seed + static_cast<std::uint64_t>(i) * 0x632be59bd9b4e019ULL);
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

Result<Done> PluginHandlers::add_worker(std::vector<std::unique_ptr<Worker>>& into, const std::string& name, std::uint64_t seed) {
  auto worker = std::make_unique<Worker>(*shared_, name, seed);
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
  ::pthread_setname_np(::pthread_self(), worker.name.c_str());
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
    worker.call.run(*batch, *worker.handler, nullptr);
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
      if (const auto now = worker->call.in_flight().now())
        list.push_back({worker->name, now->event_id, shared_->plan->topics()[now->topic].topic->name, now->partition, now->offset,
                        now->since_ms});
  return list;
}

std::vector<std::string> PluginHandlers::stuck() const {
  const std::int64_t now_ms = shared_->ports.clock.steady_ms();
  std::vector<std::string> sentences;
  for (const auto* group : {&workers_, &inside_})
    for (const auto& worker : *group)
      if (const auto now = worker->call.in_flight().now()) sentences.push_back(where(*worker, *now, now_ms));
  if (sentences.empty()) sentences.push_back("a handler is between two events of a batch");
  return sentences;
}

std::string PluginHandlers::where(const Worker& worker, const InFlight::Now& now, std::int64_t now_ms) const {
  return "handler " + worker.name + " has been in event " + now.event_id.text() + " (" + shared_->plan->topics()[now.topic].topic->name +
         "/" + std::to_string(now.partition) + "@" + std::to_string(now.offset) + ") for " + std::to_string(now_ms - now.since_ms) + " ms";
}

void PluginHandlers::watch() {
  const std::int64_t now_ms = shared_->ports.clock.steady_ms();
  const std::lock_guard lock(mutex_);
  for (const auto* group : {&workers_, &inside_})
    for (const auto& worker : *group) watch_one(*worker, now_ms);
}

void PluginHandlers::watch_one(Worker& worker, std::int64_t now_ms) {
  const auto now = worker.call.in_flight().now();
  const FunctionManifest& manifest = shared_->plan->manifest();
  if (!now || now_ms - now->since_ms <= manifest.timeout_ms || worker.reported == now->number) return;
  worker.reported = now->number;
  shared_->ports.probe.log(Probe::Level::kError,
                           where(worker, *now, now_ms) + ", timeout_ms = " + std::to_string(manifest.timeout_ms) + " in " + manifest.file +
                               "; its key waits, and this thread is lost until it returns",
                           nullptr);
}

}  // namespace gofuture
