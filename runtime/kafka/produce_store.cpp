#include "kafka/produce_store.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "kafka/emission_record.hpp"
#include "pipeline/dead_letter.hpp"

namespace gofuture {
namespace {

// A batch on its way: answered when nothing of it is waited for any more. The first trouble is told.
struct Pending {
  BatchPtr batch;
  std::atomic<std::size_t> waiting{0};  // records without an answer, those too that are still to be sent, and the sender itself
  std::optional<std::string> trouble;   // with the mutex
};

}  // namespace

class ProduceStore::Sender : public Sink::Acks {
 public:
  Sender(ProduceStoreOptions options, Answers& answers) : options_(std::move(options)), answers_(answers) {}
  ~Sender() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (sink_) sink_->stop();  // a send that blocks ends
    if (thread_.joinable()) thread_.join();
    sink_.reset();  // no acknowledgement comes after this
  }

  Result<Done> start(kafka::Say say) {
    auto sink = KafkaSink::open(options_.sink, *this, std::move(say));
    if (!sink) return sink.error();
    sink_ = std::move(*sink);
    thread_ = std::thread([this] { run(); });
    return ok();
  }

  void queue(BatchPtr batch) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(batch));
    }
    wake_.notify_all();
  }
  void loaded(BatchPtr batch) { answers_.post(Loaded{std::move(batch), std::nullopt}); }
  KafkaSink& sink() { return *sink_; }

  void acked(std::uint64_t token, const std::optional<std::string>& error) override {
    settle(*reinterpret_cast<Pending*>(token), error);
  }

 private:
  void run() {
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      auto batch = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      produce(std::move(batch));
    }
  }

  void produce(BatchPtr batch) {
    auto owned = std::make_unique<Pending>();
    owned->batch = std::move(batch);
    Pending* pending = nullptr;
    {
      const std::lock_guard lock(mutex_);
      pending = pending_.emplace_back(std::move(owned)).get();
    }
    // The events do not change while they are here: the pipeline has handed the batch over.
    const auto& all = *pending->batch;
    const auto& name = options_.plan->manifest().name;
    const auto dead = [](const EventPtr& event) { return event->outcome == Outcome::kReject; };
    pending->waiting = 1 + all.emissions.size() + static_cast<std::size_t>(std::count_if(all.events.begin(), all.events.end(), dead));
    std::optional<std::string> trouble;
    const auto send = [&](const auto& make) {
      if (!trouble) {
        auto sent = sink_->send(make().record(), reinterpret_cast<std::uint64_t>(pending));
        if (sent) return;
        trouble = sent.error().message();
      }
      settle(*pending, trouble);  // not sent
    };
    for (const auto& emission : all.emissions) send([&] { return EmissionRecord(all, emission, options_.plan->source()); });
    for (const auto& event : all.events)
      if (dead(event))
        send([&] {
          return DeadLetterRecord(dead_letter_of(*event, {.topic = options_.plan->topics()[event->record.topic].topic->name,
                                                          .function = name,
                                                          .group = options_.group}));
        });
    settle(*pending, std::nullopt);
  }

  void settle(Pending& pending, const std::optional<std::string>& error) {
    if (error) {
      const std::lock_guard lock(mutex_);
      if (!pending.trouble) pending.trouble = error;
    }
    if (--pending.waiting > 0) return;  // from here on nobody else knows of it
    std::unique_ptr<Pending> ended;
    {
      const std::lock_guard lock(mutex_);
      const auto found =
          std::find_if(pending_.begin(), pending_.end(), [&](const auto& one) { return one.get() == &pending; });
      ended = std::move(*found);
      pending_.erase(found);
      if (stopping_) return;  // not known to be produced: nobody may take it for committed
    }
    Committed answer{std::move(ended->batch), CommitStatus::kCommitted, {}};
    if (ended->trouble) {
      answer.status = CommitStatus::kRefused;
      answer.message = *ended->trouble;
    }
    answers_.post(std::move(answer));
  }

  const ProduceStoreOptions options_;
  Answers& answers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<BatchPtr> queue_;
  std::deque<std::unique_ptr<Pending>> pending_;
  bool stopping_ = false;
  std::unique_ptr<KafkaSink> sink_;
  std::thread thread_;
};

Result<std::unique_ptr<ProduceStore>> ProduceStore::open(ProduceStoreOptions options, Answers& answers,
                                                         kafka::Say say) {
  auto sender = std::make_unique<Sender>(std::move(options), answers);
  if (auto started = sender->start(std::move(say)); !started) return started.error();
  return std::unique_ptr<ProduceStore>(new ProduceStore(std::move(sender)));
}

ProduceStore::ProduceStore(std::unique_ptr<Sender> sender) : sender_(std::move(sender)) {}
ProduceStore::~ProduceStore() = default;

StoreTraits ProduceStore::traits() const {
  return {.keyed = false, .inside = false, .owns_offsets = false, .commits_in_flight = 4};
}
void ProduceStore::load(BatchPtr batch) {
  sender_->loaded(std::move(batch));
}
void ProduceStore::commit(BatchPtr batch) {
  sender_->queue(std::move(batch));
}
KafkaSink& ProduceStore::sink() {
  return sender_->sink();
}

}  // namespace gofuture
