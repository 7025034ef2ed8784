// The contract of every transactional store, as one suite: it runs over the FakeStore (so the simulator stands on a model that
// behaves) and over PostgresStore (so the model is true).
//
// In a test program of its own:
//   #include "contract/store_contract.hpp"
//   INSTANTIATE_TEST_SUITE_P(PostgresStore, StoreContract, testing::Values(StoreFixtureMaker{"PostgresStore", [] { … }}),
//                            store_name);
// It links gofuture_test_support and the store's library.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/replica.hpp"
#include "contract/store_fixture.hpp"

namespace gofuture::test {

using testing::ElementsAre;
using testing::IsEmpty;

class StoreContract : public testing::TestWithParam<StoreFixtureMaker> {
 protected:
  void SetUp() override {
    fixture = GetParam().make();
    ASSERT_NE(fixture, nullptr);
  }

  // A replica of a function with the plan of this test. Several may live at once: they share the database.
  std::unique_ptr<Replica> replica(const ReplicaOptions& options = {}) { return std::make_unique<Replica>(*fixture, options); }

  std::vector<std::string> outbox_causes() {  // ce_id of what caused each outbox row
    std::vector<std::string> causes;
    for (const OutboxRow& row : fixture->outbox()) causes.push_back(read_counted(row.payload).cause);
    return causes;
  }
  std::vector<std::int64_t> outbox_counts() {
    std::vector<std::int64_t> counts;
    for (const OutboxRow& row : fixture->outbox()) counts.push_back(read_counted(row.payload).count);
    return counts;
  }
  std::int64_t counted(const std::string& key) {  // what the key's state says
    const auto row = fixture->key("counter", key);
    return row ? Count::read(row->state).events : 0;
  }
  std::vector<std::string> parked_ids() {
    std::vector<std::string> ids;
    for (const ParkedRow& row : fixture->parked("counter")) ids.push_back(row.event_id.text());
    return ids;
  }
  int parked_of_key(const std::string& key) {  // as its row says; 0 without a row
    const auto row = fixture->key("counter", key);
    return row ? row->parked : 0;
  }
  void expect_nothing_written() {
    EXPECT_TRUE(fixture->outbox().empty());
    EXPECT_EQ(fixture->inbox_rows("counter"), 0U);
    EXPECT_TRUE(fixture->dead_letters("counter").empty());
  }

  std::unique_ptr<StoreFixture> fixture;
};

inline std::string store_name(const testing::TestParamInfo<StoreFixtureMaker>& info) { return info.param.name; }
inline std::string text_of(std::uint64_t number) { return test_id(number).text(); }

}  // namespace gofuture::test

#include "contract/dead_letters.hpp"  // NOLINT: the tests themselves, after what they stand on
#include "contract/effects.hpp"       // NOLINT
#include "contract/fence.hpp"         // NOLINT
#include "contract/inside.hpp"        // NOLINT
#include "contract/journal.hpp"       // NOLINT
#include "contract/newest.hpp"        // NOLINT
#include "contract/parking.hpp"       // NOLINT
#include "contract/races.hpp"         // NOLINT
#include "contract/timers.hpp"        // NOLINT
