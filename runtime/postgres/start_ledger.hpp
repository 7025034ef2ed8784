// PostgresStartLedger: where a function's partitions were first read from, in gofuture.start_offsets. A connection per call:
// assignments are rare, and an idle connection is not worth keeping for them. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "pipeline/io.hpp"

namespace gofuture {

class PostgresStartLedger : public StartLedger {
 public:
  PostgresStartLedger(std::string conninfo, std::int32_t function_id) : conninfo_(std::move(conninfo)), function_id_(function_id) {}

  Result<std::map<std::pair<std::string, std::int32_t>, Entry>> recorded() override;
  // The first offset that was recorded stands; `started` never goes back.
  Result<Done> record(const std::map<std::pair<std::string, std::int32_t>, Entry>& entries) override;

 private:
  std::string conninfo_;
  std::int32_t function_id_;
};

}  // namespace gofuture
