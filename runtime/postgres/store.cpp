#include "postgres/store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "postgres/committer.hpp"
#include "postgres/migrate.hpp"

namespace gofuture {
namespace {

// Kafka's bursts trickle in within a few milliseconds. Behind a transaction that lasts long a second one begins after all.
constexpr std::int64_t kGatherMs = 4, kBehindMs = 25;

}  // namespace

struct PostgresStore::Impl {
  StoreIdentity identity;
  WorkQueue to_commit, to_load;
  std::vector<std::unique_ptr<Committer>> threads;  // last: they use the rest

  ~Impl() {
    to_commit.close();
    to_load.close();
    threads.clear();
  }
};

PostgresStore::PostgresStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresStore::~PostgresStore() = default;

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(PostgresStoreOptions options, Answers& answers, Probe& probe) {
  const std::string name = "gofuture store " + options.plan->manifest().name;
  if (auto schema = check_schema(options.conninfo); !schema) return schema.error().within(name);
  auto impl = std::make_unique<Impl>();
  impl->identity = {options.function_id, options.epoch, options.plan, options.inside, options.relay_slot, options.instance, options.group};
  for (int i = 1; i <= std::max(1, options.committers); ++i)
    impl->threads.push_back(std::make_unique<Committer>(Committer::Task::kCommit, impl->identity, options.conninfo, impl->to_commit, answers,
                                                        probe, name + " " + std::to_string(i)));
  impl->threads.push_back(std::make_unique<Committer>(Committer::Task::kLoad, impl->identity, options.conninfo, impl->to_load, answers, probe,
                                                      name + " loader"));
  return std::unique_ptr<PostgresStore>(new PostgresStore(std::move(impl)));
}

StoreTraits PostgresStore::traits() const {
  StoreTraits traits;
  traits.parks = true;
  traits.inside = impl_->identity.inside != nullptr;
  traits.commits_in_flight = static_cast<int>(impl_->threads.size()) - 1;  // all but the loader
  traits.gather_ms = kGatherMs;
  traits.behind_ms = kBehindMs;
  return traits;
}

void PostgresStore::load(BatchPtr batch) { impl_->to_load.push({std::move(batch), nullptr}); }

void PostgresStore::claim(const ClaimRequest& request) { impl_->to_load.push({nullptr, std::make_unique<ClaimRequest>(request)}); }

void PostgresStore::commit(BatchPtr batch) { impl_->to_commit.push({std::move(batch), nullptr}); }

}  // namespace gofuture
