#include "stream/store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "stream/committer.hpp"

namespace gofuture {

class StreamStore::Worker {
 public:
  Worker(StreamStoreOptions options, Answers& answers, kafka::Say say)
      : options_(std::move(options)),
        answers_(answers),
        committer_(options_.plan, options_.group, *options_.transactions, *options_.changelog, std::move(say)),
        thread_([this] { run(); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    options_.changelog->stop();
    thread_.join();
  }

  void load(BatchPtr batch) { queue({std::move(batch), nullptr, false}); }
  void commit(BatchPtr batch) { queue({std::move(batch), options_.membership(), true}); }

 private:
  struct Job {
    BatchPtr batch;
    kafka::MembershipPtr member;
    bool commits;
  };

  void queue(Job job) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(job));
    }
    wake_.notify_all();
  }

  void run() {
    while (true) {
      (void)committer_.open();  // at once, not with the next batch: what is open keeps this and other owners from beginning
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      Job job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      if (job.commits) {
        answers_.post(committer_.commit(std::move(job.batch), job.member));
        continue;
      }
      std::optional<std::string> unavailable;
      if (auto loaded = committer_.load(*job.batch); !loaded) unavailable = loaded.error().message();
      answers_.post(Loaded{std::move(job.batch), std::move(unavailable)});
    }
  }

  const StreamStoreOptions options_;
  Answers& answers_;
  StreamCommitter committer_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<StreamStore>> StreamStore::open(StreamStoreOptions options, Answers& answers, kafka::Say say) {
  const Plan& plan = *options.plan;
  if (plan.stateful && plan.topics().size() != 1)
    return Error("function " + plan.manifest().name + " keeps state and reads " + std::to_string(plan.topics().size()) +
                 " topics: in mode \"kafka\" state lives with the partition that its key comes from, so it may read one topic. "
                 "Split it, or use mode = \"postgres\"");
  if (plan.stateful && plan.manifest().subscriptions.front().key_from != Subscription::KeyFrom::kRecordKey)
    return Error("function " + plan.manifest().name + " keeps state, so in mode \"kafka\" its state_key must be \"key\": "
                 "only the record's key stays in one partition");
  return std::unique_ptr<StreamStore>(new StreamStore(std::make_unique<Worker>(std::move(options), answers, std::move(say))));
}

StreamStore::StreamStore(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
StreamStore::~StreamStore() = default;

StoreTraits StreamStore::traits() const { return {.keyed = true, .owns_offsets = true, .commits_in_flight = 1}; }
void StreamStore::load(BatchPtr batch) { worker_->load(std::move(batch)); }
void StreamStore::commit(BatchPtr batch) { worker_->commit(std::move(batch)); }

}  // namespace gofuture
