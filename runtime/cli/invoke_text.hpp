// What `gofuture invoke` tells of the one event of a batch that was handled: as text for people, as one JSON document for scripts.
#pragma once

#include <string>
#include <vector>

#include "pipeline/batch.hpp"
#include "pipeline/io.hpp"

namespace gofuture::cli {

struct LogLine {
  Probe::Level level;
  std::string sentence;
};

struct InvokeReport {
  std::string function, version;
  std::vector<LogLine> log;
};

std::string invoke_text(const InvokeReport& report, const Batch& batch);
std::string invoke_json(const InvokeReport& report, const Batch& batch);

}  // namespace gofuture::cli
