// The store contract over the fake store.
#include "contract/store_contract.hpp"
#include "support/fake_journal.hpp"
#include "support/fake_store.hpp"

namespace gofuture::test {
namespace {

class FakeStoreFixture : public StoreFixture {
 public:
  explicit FakeStoreFixture(bool decides) : decides_(decides) {}

  std::unique_ptr<Store> make_store(const StoreSetup& setup, Answers& answers) override {
    FakeStore::Options options;
    options.epoch = setup.epoch;
    options.inside = setup.inside;
    options.decides = decides_;
    return std::make_unique<FakeStore>(database_, *setup.plan, options, answers, at_once_);
  }

  std::unique_ptr<Journal> make_journal(const std::string& function) override { return std::make_unique<FakeJournal>(database_, function); }

  std::vector<OutboxRow> outbox() override { return database_.outbox; }
  std::optional<InboxRow> inbox(const std::string& function, const Uuid& event_id) override {
    const auto found = database_.inbox.find({function, event_id});
    return found == database_.inbox.end() ? std::nullopt : std::optional(found->second);
  }
  std::size_t inbox_rows(const std::string& function) override {
    std::size_t rows = 0;
    for (const auto& [place, row] : database_.inbox) rows += place.first == function ? 1 : 0;
    return rows;
  }
  std::optional<StoredKey> key(const std::string& function, const std::string& state_key) override {
    const auto found = database_.keys.find({function, state_key});
    return found == database_.keys.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<DeadLetter> dead_letters(const std::string& function) override {
    std::vector<DeadLetter> letters;
    for (const auto& [place, letter] : database_.dead_letters)
      if (std::get<0>(place) == function) letters.push_back(letter);
    return letters;
  }
  std::vector<TimerRow> timers(const std::string& function) override {
    std::vector<TimerRow> rows;
    for (const auto& [place, row] : database_.timers) {
      if (std::get<0>(place) != function) continue;
      rows.push_back(row);
      rows.back().state_key = std::get<1>(place);
      rows.back().name = std::get<2>(place);
    }
    std::sort(rows.begin(), rows.end(), [](const TimerRow& a, const TimerRow& b) { return a.number < b.number; });
    return rows;
  }
  void pass_time(std::int64_t ms) override { database_.now_us += ms * 1000; }
  std::vector<ParkedRow> parked(const std::string& function) override {
    std::vector<ParkedRow> rows;
    for (const auto& [place, row] : database_.parked)
      if (place.first == function) rows.push_back(row);
    return rows;
  }
  std::int64_t now_us() override { return database_.now_us; }

  void make_due(const std::string& function, const std::string& state_key) override {
    for (auto& [place, row] : database_.parked) {
      if (place.first != function || row.state_key != state_key) continue;
      row.due_us = database_.now_us;
      return;
    }
  }
  int release_key(const std::string& function, const std::string& state_key) override { return database_.release_key(function, state_key); }
  void set_floor(const std::string& function, std::int64_t epoch) override { database_.floors[function] = epoch; }
  void drop_inbox_day_of(const Uuid& event_id) override {
    const std::int64_t day = *event_id.unix_ms() / 86'400'000;
    database_.dropped_days.insert(day);
    std::erase_if(database_.inbox, [&](const auto& row) { return row.first.second.unix_ms().value_or(-1) / 86'400'000 == day; });
  }
  bool lose_next_commit(Store& store) override { return fail_once(store, FakeStore::Fault::kBefore); }
  bool lose_answer_of_next_commit(Store& store) override { return fail_once(store, FakeStore::Fault::kAfter); }

 private:
  static bool fail_once(Store& store, FakeStore::Fault fault) {
    dynamic_cast<FakeStore&>(store).fault_of_commit = [left = 1, fault](const Batch&) mutable {
      return left-- > 0 ? fault : FakeStore::Fault::kNone;
    };
    return true;
  }

  const bool decides_;
  FakeDatabase database_;
  AtOnce at_once_;
};

INSTANTIATE_TEST_SUITE_P(
    InMemory, StoreContract,
    testing::Values(StoreFixtureMaker{"FakeStore", [] { return std::make_unique<FakeStoreFixture>(false); }},
                    StoreFixtureMaker{"FakeStoreThatDecides", [] { return std::make_unique<FakeStoreFixture>(true); }}),
    store_name);

}  // namespace
}  // namespace gofuture::test
