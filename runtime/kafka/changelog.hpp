// Changelog: where the state of a function in `kafka` mode lives: a compacted topic "<function>-changelog" with the partitions of
// its input; a record is the whole state of one key, null: the key has none any more.
//
//   changelog.read({0, 3}, [&](std::int32_t partition, std::string_view key, std::optional<std::string_view> state) { … });
//
// ChangelogReader reads up to the high watermark, as a handle that sees open transactions tells it, but only what was committed:
// were it content with the last stable offset, an open transaction of a predecessor could hide state that was committed behind it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kafka/options.hpp"

namespace gofuture {

std::string changelog_topic(std::string_view function);

class Changelog {
 public:
  using Take = std::function<void(std::int32_t partition, std::string_view key, std::optional<std::string_view> state)>;
  virtual ~Changelog() = default;
  // Everything that was committed to these partitions before the call, each partition in order. Blocks. After an error what was
  // taken is a part only.
  virtual Result<Done> read(const std::set<std::int32_t>& partitions, const Take& take) = 0;
  // Which of the first `count` partitions hold anything.
  virtual Result<std::set<std::int32_t>> written(std::int32_t count) = 0;
  // A read that blocks ends with an error, and so does every later one. Any thread.
  virtual void stop() {}
};

struct ChangelogOptions {
  std::string brokers;
  std::map<std::string, std::string> properties;  // through the allow-list
  std::string topic;
  int patience_ms = 30'000;  // without any progress: longer than a transaction may stay open
};

class ChangelogReader : public Changelog {
 public:
  ChangelogReader(ChangelogOptions options, kafka::Say say);
  ~ChangelogReader() override;
  Result<Done> read(const std::set<std::int32_t>& partitions, const Take& take) override;
  Result<std::set<std::int32_t>> written(std::int32_t count) override;
  void stop() override { stopped_ = true; }

 private:
  struct Speech;
  struct Part {
    std::int32_t partition;
    std::int64_t first, next;  // offsets; open transactions included
  };
  Result<std::vector<Part>> filled(const std::set<std::int32_t>& partitions);  // the others are empty
  const ChangelogOptions options_;
  std::unique_ptr<Speech> speech_;
  std::atomic<bool> stopped_{false};
};

}  // namespace gofuture
