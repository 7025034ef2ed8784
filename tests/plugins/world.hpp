// What the plugin tests share: a small catalogue, a manifest that fits the identity library, batches built by hand, and fakes of
// the ports that handlers use.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/io.hpp"
#include "pipeline/plan.hpp"
#include "pipeline/silent_probe.hpp"
#include "plugin/handlers.hpp"
#include "plugin/library.hpp"

namespace gofuture::plugin_world {

inline std::string library_path(const std::string& name) { return std::string(GOFUTURE_TEST_PLUGIN_DIR) + "/" + name + ".so"; }

inline Catalogue catalogue() {
  Catalogue made;
  Topic bookings, payments;
  bookings.name = "booking.events";
  bookings.key = "region_id";
  payments.name = "payments.status";
  payments.key = "booking_id";
  payments.max_bytes = 400;
  made.topics = {bookings, payments};
  EventType created, initiated, canceled;
  created.name = "BookingCreated";
  created.topic = bookings.name;
  created.key = "/region_id";
  created.subject = "/booking_id";
  created.schema_file = "schemas/BookingCreated.json";
  created.schema = R"({"type": "object"})";
  canceled = created;
  canceled.name = "BookingCanceled";
  initiated.name = "PaymentInitiated";
  initiated.topic = payments.name;
  initiated.key = "/booking_id";
  initiated.subject = "/booking_id";
  initiated.schema_file = "schemas/PaymentInitiated.json";
  initiated.schema = R"({"type": "object", "properties": {"booking_id": {"type": "string"}}})";
  made.events = {created, canceled, initiated};
  return made;
}

inline FunctionManifest manifest() {
  FunctionManifest made;
  made.file = "manifests/identity.toml";
  made.name = made.library = "identity";
  Subscription bookings;
  bookings.topic = "booking.events";
  bookings.types = {"BookingCreated"};
  made.subscriptions = {bookings};
  made.emits = {{"PaymentInitiated", "payments.status"}};
  made.timeout_ms = 1'000;
  return made;
}

inline std::shared_ptr<const Plan> plan(const FunctionManifest& manifest) {
  auto made = Plan::make(manifest, std::make_shared<const Catalogue>(catalogue()));
  if (!made) ADD_FAILURE() << made.error().message();
  return made ? *made : nullptr;
}

class ManualClock : public Clock {
 public:
  std::int64_t steady_ms() override { return steady_; }
  std::int64_t unix_ms() override { return 1'790'000'000'000 + steady_; }
  std::atomic<std::int64_t> steady_ = 5'000;
};

class FakeProbe : public SilentProbe {
 public:
  void log(Level level, std::string_view sentence, const Event* about) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string(sentence), about != nullptr ? about->record.offset : -1});
  }

  struct Line {
    Level level;
    std::string sentence;
    std::int64_t offset;  // of the event that it is about; -1: none
  };
  std::vector<Line> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<std::string> sentences() {
    std::vector<std::string> all;
    for (const Line& line : lines()) all.push_back(line.sentence);
    return all;
  }

 private:
  std::mutex mutex_;
  std::vector<Line> lines_;
};

class FakeAnswers : public Answers {
 public:
  void post(Answer answer) override {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    arrived_.notify_all();
  }
  // The next answer's batch; fails the test when none comes in ten seconds.
  BatchPtr next() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return !answers_.empty(); })) {
      ADD_FAILURE() << "no answer came";
      return std::make_unique<Batch>();
    }
    BatchPtr batch = std::move(std::get<Handled>(answers_.front()).batch);
    answers_.erase(answers_.begin());
    return batch;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Answer> answers_;
};

// A batch of BookingCreated events: (key, data) each, offsets 0, 1, ...
inline BatchPtr batch(const Plan& plan, const std::vector<std::pair<std::string, std::string>>& events) {
  auto made = std::make_unique<Batch>();
  std::int64_t offset = 0;
  for (const auto& [key, data] : events) {
    auto event = std::make_unique<Event>();
    OwnedRecord content;
    content.key = key;
    content.value = data;
    const Uuid id = Uuid::v5(kPositionSpace, std::to_string(offset));
    content.headers = {{"ce_specversion", "1.0"}, {"ce_id", id.text()}, {"ce_source", "test"}, {"ce_type", "BookingCreated"},
                       {"ce_subject", "b-1"}, {"content-type", "application/json"}};
    event->record = make_record(0, 3, offset++, 1'790'000'000'000, std::move(content));
    auto envelope = read_envelope(event->record);
    if (!envelope) ADD_FAILURE() << envelope.error().message();
    event->envelope = std::move(*envelope);
    event->event_id = id;
    event->type = plan.topics()[0].handled.begin()->second->type->name;
    event->state_key = key;
    std::uint32_t slot = 0;
    while (slot < made->slots.size() && made->slots[slot].key != key) ++slot;
    if (slot == made->slots.size()) {
      made->slots.emplace_back();
      made->slots.back().key = key;
    }
    event->slot = slot;
    made->events.push_back(std::move(event));
  }
  return made;
}

inline std::vector<Outcome> outcomes(const Batch& batch) {
  std::vector<Outcome> all;
  for (const EventPtr& event : batch.events) all.push_back(event->outcome);
  return all;
}

// One loaded library behind PluginHandlers, with fakes around it.
struct World {
  explicit World(const std::string& library, FunctionManifest of = manifest(), PluginHandlers::Options options = {1, 0, 42}, Lookup* lookup = nullptr)
      : made(plan(of)) {
    auto opened = Library::open(library_path(library), of);
    if (!opened) {
      ADD_FAILURE() << opened.error().message();
      return;
    }
    loaded = *opened;
    auto created = PluginHandlers::make(loaded, made, &answers, clock, probe, lookup, options);
    if (!created) ADD_FAILURE() << created.error().message();
    if (created) handlers = std::move(*created);
  }

  BatchPtr handle(const std::vector<std::pair<std::string, std::string>>& events) { return handle(batch(*made, events)); }
  BatchPtr handle(BatchPtr given) {
    handlers->handle(std::move(given));
    return answers.next();
  }

  std::shared_ptr<const Plan> made;
  ManualClock clock;
  FakeProbe probe;
  FakeAnswers answers;
  std::shared_ptr<Library> loaded;
  std::unique_ptr<PluginHandlers> handlers;
};

}  // namespace gofuture::plugin_world
