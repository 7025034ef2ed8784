// A probe that sees nothing: what overrides only what it wants to see begins here.
#pragma once

#include "pipeline/io.hpp"

namespace gofuture {

class SilentProbe : public Probe {
 public:
  void log(Level, std::string_view, const Event*) override {}
  void done(const Event&) override {}
  void parked(const Event&) override {}
  void breaker(std::string_view, bool) override {}
  void passed_over(std::size_t, bool) override {}
  void batch_handled(std::size_t, double) override {}
  void batch_committed(std::size_t, CommitStatus, double) override {}
  void gap(const TopicPartition&, std::int64_t, std::int64_t) override {}
  void lag(const TopicPartition&, std::int64_t) override {}
  void gauges(const Gauges&) override {}
};

}  // namespace gofuture
