// History: everything that was ever produced, with what must become of it. The checkers compare the database with it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/uuid.hpp"
#include "pipeline/io.hpp"
#include "simulation/random.hpp"
#include "simulation/scenario.hpp"
#include "support/counting_function.hpp"
#include "support/fake_source.hpp"

namespace gofuture::simulation {

struct Produced {
  enum class Fate {
    kEffect,   // counted and emitted
    kSkip,     // the function skips it
    kDead,     // the function rejects it, the database refuses it
    kCorrupt,  // nobody can read it, or it breaks its schema, or its clock is days ahead
    kForeign,  // not subscribed: no trace of it
  };
  TopicPartition at;
  std::int64_t offset = 0;
  Fate fate = Fate::kEffect;
  Uuid event_id;
  Digest digest;
  std::string ce_id;             // empty: it has none
  std::string key;               // state key
  std::uint32_t emissions = 1;
  std::uint32_t attempts = 1;    // until its end
  bool later = false;            // and perhaps more, while a dependency is down: beside others that succeed, `later` counts
  std::int64_t sent_us = 0;      // when its sender committed it; in the log it may stand later
  std::int64_t timer_ms = 0;     // > 0: it sets a timer, which is counted in its turn
  bool poison = false;           // its effects cannot be written
  std::int64_t observed_us = 0;
  OwnedRecord content;
};

class History {
 public:
  // Makes the next record of the scenario, as of that time, and appends it to the log.
  const Produced& produce(const Scenario& scenario, Random& random, test::FakeLog& log, std::int64_t unix_ms);

  const std::vector<Produced>& all() const { return all_; }
  const Produced* at(TopicPartition at, std::int64_t offset) const;
  // The records of each event id, in the order in which they were produced.
  const std::map<Uuid, std::vector<std::size_t>>& by_id() const { return by_id_; }
  bool is_poison(std::string_view ce_id) const;

 private:
  Produced fresh(const Scenario& scenario, Random& random, std::int64_t unix_ms);
  Produced garbage(const Scenario& scenario, Random& random, std::int64_t unix_ms);
  void finish(Produced& produced, const Scenario& scenario) const;

  std::vector<Produced> all_;
  std::map<std::pair<TopicPartition, std::int64_t>, std::size_t> by_place_;
  std::map<Uuid, std::vector<std::size_t>> by_id_;
  std::map<std::string, bool, std::less<>> poison_;
  std::uint64_t numbers_ = 0;
};

}  // namespace gofuture::simulation
