#include "kafka/ends_reader.hpp"

#include <utility>

#include "base/thread_name.hpp"
#include "kafka/start_offsets.hpp"

namespace gofuture::kafka {
namespace {

constexpr int kAskMs = 5'000;

}  // namespace

EndsReader::~EndsReader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void EndsReader::ask(std::vector<Where> partitions) {
  {
    const std::lock_guard lock(mutex_);
    question_ = std::move(partitions);
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_all();
}

void EndsReader::run() {
  name_this_thread("ends-reader");
  for (;;) {
    std::vector<Where> question;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || question_.has_value(); });
      if (stopping_) return;
      question = *std::exchange(question_, std::nullopt);
    }
    auto ends = next_offsets(client_, question, kAskMs);
    tell_(ends ? std::optional(std::move(*ends)) : std::nullopt);
  }
}

}  // namespace gofuture::kafka
