// FakeStore: the store port of one function on one replica, over a FakeDatabase that others may share.
//
// Faults are asked for at every transaction: nothing, a connection that breaks before the commit arrives, or one that breaks
// after it was applied, so that the answer is lost and nobody here knows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "support/courier.hpp"
#include "support/fake_database.hpp"

namespace gofuture::test {

class FakeStore : public Store {
 public:
  enum class Fault { kNone, kBefore, kAfter };
  struct Options {
    std::int64_t epoch = 1;
    Inside* inside = nullptr;  // sql = true: handlers run in the transaction
    bool parks = true;         // false: as a store without parked rows
    int commits_in_flight = 2;
    std::int64_t gather_ms = 0, behind_ms = 0;
    FakeDatabase::Plant plant = FakeDatabase::Plant::kNone;
    bool decides = false;      // as FakeDatabase::Request says
  };

  FakeStore(FakeDatabase& database, const Plan& plan, Options options, Answers& answers, Courier& courier)
      : database_(database), plan_(plan), options_(options), answers_(answers), courier_(courier) {}

  StoreTraits traits() const override;
  void load(BatchPtr batch) override;
  void commit(BatchPtr batch) override;
  void claim(const ClaimRequest& limits) override;

  std::function<Fault(const Batch&)> fault_of_commit;
  std::function<bool(const Batch&)> fault_of_load;  // true: unavailable
  std::function<bool()> fault_of_claim;             // true: unavailable
  std::function<std::optional<std::string>(const Event&)> refuses;
  int loads = 0, commits = 0, claims = 0;

 private:
  Committed transact(BatchPtr batch);

  FakeDatabase& database_;
  const Plan& plan_;
  Options options_;
  Answers& answers_;
  Courier& courier_;
};

}  // namespace gofuture::test
