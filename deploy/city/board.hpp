// Board: what the rides of this run look like from outside: every ride's stage, as told by the topics alone, the time from
// BookingCreated to DriverAssigned by the records' own timestamps, and who is still to be told something. One thread (the run's loop).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kafka.hpp"

namespace city {

enum class Stage { kOrdered, kCreated, kPaying, kPaid, kSearching, kAssigned, kArrived, kRiding, kMoneyBack, kCompleted, kCanceled };
constexpr std::array<std::string_view, 11> kStages{"ordered", "created", "paying", "paid", "searching", "assigned", "arrived", "riding", "money back", "completed", "canceled"};

struct Percentiles {
  std::int64_t p50_ms = 0, p99_ms = 0;
};

class Board {
 public:
  explicit Board(const std::string& run) : prefix_("b-" + run + "-") {}
  void ordered(const std::string& booking_id, std::int64_t amount_minor);
  void seen(const Event& event);  // any event but a position; others' bookings are left out

  std::int64_t at(Stage stage) const { return counts_[static_cast<std::size_t>(stage)]; }
  std::int64_t rides() const { return static_cast<std::int64_t>(rides_.size()); }
  std::int64_t ended() const { return at(Stage::kCompleted) + at(Stage::kCanceled); }
  std::int64_t events() const { return events_; }
  std::int64_t told() const { return told_; }  // messages that were sent
  std::int64_t untold() const { return static_cast<std::int64_t>(messages_.size()) - told_; }
  Percentiles assigned_after() const;
  // Rides that have not ended: "b-…-000017 searching".
  std::vector<std::string> open(std::size_t most) const;

 private:
  struct Ride {
    std::uint32_t types = 0;
    std::int64_t created_ms = 0;
    std::int64_t amount_minor = 0;    // what its rider was told
    std::int64_t fare_minor = 0;      // the final one
    std::int64_t refunded_minor = 0;
    std::vector<std::string> refunds;  // ids: the same event may come twice
    Stage stage = Stage::kOrdered;
  };
  static Stage stage_of(const Ride& ride);
  void hear_message(const Event& event);
  std::string prefix_;
  std::unordered_map<std::string, Ride> rides_;
  std::array<std::int64_t, kStages.size()> counts_{};
  std::vector<std::int64_t> waits_ms_;
  std::unordered_map<std::string, bool> messages_;  // by id: sent?
  std::int64_t events_ = 0, told_ = 0;
};

}  // namespace city
