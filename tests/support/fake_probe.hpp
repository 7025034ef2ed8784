// FakeProbe: remembers what a pipeline let be seen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/io.hpp"

namespace gofuture::test {

class FakeProbe : public Probe {
 public:
  struct Line {
    Level level;
    std::string sentence;
    std::string about;  // ce_id, or "topic/partition/offset" where there is none
  };
  struct DoneEvent {
    std::string ce_id;
    TopicPartition at;
    std::int64_t offset;
    Outcome outcome;
    FailureClass failure;
    Verdict verdict;
    std::string message;
    std::uint32_t attempt;
  };
  struct ParkedEvent {
    std::string ce_id;
    Outcome outcome;
    std::uint32_t attempt;
  };
  struct Gap {
    TopicPartition at;
    std::int64_t from, to;
  };

  void log(Level level, std::string_view sentence, const Event* about) override {
    lines.push_back({level, std::string(sentence), about ? place_of(*about) : ""});
  }
  void done(const Event& event) override {
    if (on_done) on_done(event);
    finished.push_back({std::string(event.envelope.id), {event.record.topic, event.record.partition}, event.record.offset,
                        event.outcome, event.failure, event.verdict, event.message, event.attempt});
  }
  void parked(const Event& event) override { parked_events.push_back({std::string(event.envelope.id), event.outcome, event.attempt}); }
  void breaker(std::string_view dependency, bool open) override { breakers.emplace_back(std::string(dependency), open); }
  void passed_over(std::size_t events, bool unknown_type) override { (unknown_type ? unknown : filtered) += events; }
  void batch_handled(std::size_t events, double) override { handled.push_back(events); }
  void batch_committed(std::size_t events, CommitStatus status, double) override { committed.emplace_back(events, status); }
  void gap(const TopicPartition& at, std::int64_t from, std::int64_t to) override { gaps.push_back({at, from, to}); }
  void lag(const TopicPartition&, std::int64_t) override {}
  void gauges(const Gauges& gauges) override { last_gauges = gauges; }

  const DoneEvent* find_done(std::string_view ce_id) const {
    const auto found = std::find_if(finished.begin(), finished.end(), [&](const DoneEvent& d) { return d.ce_id == ce_id; });
    return found == finished.end() ? nullptr : &*found;
  }
  std::size_t said(Level at_least, std::string_view part) const {
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const Line& line) {
      return line.level >= at_least && line.sentence.find(part) != std::string::npos;
    }));
  }

  std::function<void(const Event&)> on_done;
  std::vector<Line> lines;
  std::vector<DoneEvent> finished;
  std::vector<ParkedEvent> parked_events;
  std::vector<std::pair<std::string, bool>> breakers;  // opened and closed, in order
  std::vector<Gap> gaps;
  std::vector<std::size_t> handled;
  std::vector<std::pair<std::size_t, CommitStatus>> committed;
  std::size_t filtered = 0, unknown = 0;
  Gauges last_gauges;

 private:
  static std::string place_of(const Event& event) {
    if (!event.envelope.id.empty()) return std::string(event.envelope.id);
    return std::to_string(event.record.topic) + "/" + std::to_string(event.record.partition) + "/" + std::to_string(event.record.offset);
  }
};

}  // namespace gofuture::test
