// A cluster in memory, as transactions see it: what was committed, the positions of the group with its generation, and producers
// that fence their predecessors. FakeTransactions is one replica's producer on it; a test makes any of its steps go wrong.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kafka/changelog.hpp"
#include "kafka/transactions.hpp"

namespace gofuture::test {

struct FakeCluster {
  struct Written {
    std::string topic, key;
    std::int32_t partition = -1;
    std::optional<std::string> value;
  };
  std::vector<Written> records;                // committed, in the order of their commits
  kafka::Offsets positions;                    // of the group
  int generation = 1;                          // of the group
  std::map<std::string, int> epochs;           // by transactional id

  std::vector<std::string> values_of(const std::string& topic) const {
    std::vector<std::string> list;
    for (const Written& record : records)
      if (record.topic == topic) list.push_back(record.value.value_or("(null)"));
    return list;
  }
  kafka::MembershipPtr member_of_now() const { return member_of(generation); }
  static kafka::MembershipPtr member_of(int generation) {
    auto number = std::make_shared<int>(generation);
    return {number, reinterpret_cast<const kafka::Membership*>(number.get())};  // opaque to all but the fake below
  }
};

class FakeTransactions : public kafka::Transactions {
 public:
  using Kind = kafka::Step::Kind;
  enum class Fault { kNone, kFails, kBreaks, kBreaksAfter };  // after: done, but the answer is lost

  FakeTransactions(FakeCluster& cluster, std::string id) : cluster_(cluster), id_(std::move(id)) {}

  Result<Done> open() override {
    steps.push_back("open");
    if (fault_of && fault_of("open") != Fault::kNone) return Error("no broker answers");
    epoch_ = ++cluster_.epochs[id_];
    open_ = false;
    pending_.clear();
    positions_.clear();
    return ok();
  }
  kafka::Step begin() override {
    EXPECT_FALSE(open_) << "a transaction begins before the one before it has ended";
    return step("begin", [&] {
      open_ = true;
      pending_.clear();
      positions_.clear();
    });
  }
  kafka::Step produce(const OutgoingRecord& record) override {
    if (refuses && refuses(record)) return {Kind::kRefused, "a record cannot be produced to " + std::string(record.topic)};
    return step("produce", [&] {
      pending_.push_back({std::string(record.topic), std::string(record.key.value_or("")), record.partition,
                          record.value ? std::optional<std::string>(*record.value) : std::nullopt});
    });
  }
  kafka::Step add_positions(const kafka::Offsets& positions, const kafka::Membership& member) override {
    if (reinterpret_cast<const int&>(member) != cluster_.generation) {
      steps.push_back("fenced");
      return {Kind::kFailed, "Broker: Specified group generation id is not valid"};
    }
    return step("positions", [&] { positions_ = positions; });
  }
  kafka::Step commit() override {
    return step("commit", [&] {
      for (auto& record : pending_) cluster_.records.push_back(std::move(record));
      for (const auto& [at, offset] : positions_) {
        EXPECT_GE(offset, cluster_.positions[at]) << "a committed position goes back";
        cluster_.positions[at] = offset;
      }
      open_ = false;
      pending_.clear();
    });
  }
  kafka::Step abort() override {
    return step("abort", [&] {
      pending_.clear();
      open_ = false;
    });
  }
  Result<kafka::Offsets> committed(const std::vector<kafka::Where>& partitions) override {
    steps.push_back("committed");
    if (fault_of && fault_of("committed") != Fault::kNone) return Error("the coordinator does not answer");
    kafka::Offsets found;
    for (const auto& at : partitions)
      if (const auto one = cluster_.positions.find(at); one != cluster_.positions.end()) found.insert(*one);
    return found;
  }

  std::function<Fault(const std::string& step)> fault_of;
  std::function<bool(const OutgoingRecord&)> refuses;
  std::vector<std::string> steps;

 private:
  template <class Act>
  kafka::Step step(const std::string& name, Act act) {
    steps.push_back(name);
    if (epoch_ == 0 || epoch_ != cluster_.epochs[id_]) return {Kind::kBroken, "a newer producer has our name"};
    const Fault fault = fault_of ? fault_of(name) : Fault::kNone;
    if (fault == Fault::kNone || fault == Fault::kBreaksAfter) act();
    if (fault == Fault::kFails) return {Kind::kFailed, name + " failed"};
    if (fault == Fault::kNone) return {};
    epoch_ = 0;
    return {Kind::kBroken, "the answer to " + name + " was lost"};
  }

  FakeCluster& cluster_;
  const std::string id_;
  int epoch_ = 0;
  bool open_ = false;  // a transaction is
  std::vector<FakeCluster::Written> pending_;
  kafka::Offsets positions_;
};

class FakeChangelog : public Changelog {
 public:
  FakeChangelog(FakeCluster& cluster, std::string topic) : cluster_(cluster), topic_(std::move(topic)) {}
  Result<Done> read(const std::set<std::int32_t>& partitions, const Take& take) override {
    reads.push_back(partitions);
    for (const auto& record : cluster_.records)
      if (record.topic == topic_ && partitions.contains(record.partition)) take(record.partition, record.key, record.value);
    if (unreadable) return Error("the changelog stands still");
    return ok();
  }
  Result<std::set<std::int32_t>> written(std::int32_t count) override {
    std::set<std::int32_t> list;
    for (const auto& record : cluster_.records)
      if (record.topic == topic_ && record.partition < count) list.insert(record.partition);
    return list;
  }
  std::vector<std::set<std::int32_t>> reads;
  bool unreadable = false;

 private:
  FakeCluster& cluster_;
  const std::string topic_;
};

}  // namespace gofuture::test
