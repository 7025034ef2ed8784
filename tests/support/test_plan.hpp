// A small world for tests, without files: topics "trips.in", "fares.in" (in) and "counts.out" (out); types TripTaken (also
// spelled TripTook) and FarePaid, TripIgnored which nobody subscribes to, and Counted, which the function emits.
//
//   auto plan = test_plan({.batch_max = 4});
//   Record record = trip(7, "k1").at(0, 3, 41);                    // TripTaken, id of number 7, topic 0, partition 3, offset 41
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "manifest/manifest.hpp"
#include "pipeline/plan.hpp"

namespace gofuture::test {

struct PlanOptions {
  std::string function = "counter";
  Subscription::KeyFrom key_from = Subscription::KeyFrom::kRecordKey;
  std::optional<Fence> fence = {};
  bool sql = false;
  bool http = false;
  bool stateful = true;
  bool timers = false;
  std::int32_t batch_max = 8;
  std::int32_t concurrency = 2;
  std::int64_t bytes_max = 1 << 20;
  std::int32_t hops_max = 64;
  std::int64_t timeout_ms = 30'000;
  Retry retry = {};
};

inline constexpr std::uint16_t kTrips = 0, kFares = 1;  // topic numbers in records

std::shared_ptr<const Catalogue> test_catalogue();
FunctionManifest test_manifest(const PlanOptions& options = {});
std::shared_ptr<const Plan> test_plan(const PlanOptions& options = {});

}  // namespace gofuture::test
