// How far consumer groups are, asked from outside: what each has committed, where its topics end, who its members are. For people
// (`gofuture lag`, `doctor`, `top`); the runtime never asks.
//
//   auto groups = read_groups({.brokers = …}, {{"refund_payment", {"payments.status", "booking.events"}}}, say);
//   for (auto& group : *groups) group.lag();
//
// Blocks, at most `request_ms` per question (three of them); any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/offsets.hpp"
#include "kafka/options.hpp"

namespace gofuture {

struct GroupQuestion {
  std::string group;
  std::vector<std::string> topics;
};

struct GroupPosition {
  std::optional<std::int64_t> committed;   // nothing: the group has not begun this partition
  std::int64_t first = 0, next = 0;        // of the log: its first offset, and the high watermark
  std::int64_t lag() const { return committed && next > *committed ? next - *committed : 0; }
};
struct GroupMember {
  std::string id, instance, host;          // instance: the static member's name, which is the runtime's GOFUTURE_INSTANCE
  std::int32_t partitions = 0;
};
struct GroupProgress {
  std::string group, state;                // "stable", "empty", …, as Kafka says; "dead": it has never been
  std::vector<GroupMember> members;
  std::map<kafka::Where, GroupPosition> positions;
  std::int64_t lag() const;
};

struct GroupsOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  int request_ms = 10'000;
};

// One answer per question, in their order.
Result<std::vector<GroupProgress>> read_groups(const GroupsOptions& options, const std::vector<GroupQuestion>& questions, kafka::Say say);

}  // namespace gofuture
