// Record: one message as it came from (or would go to) a Kafka topic: bytes and headers, no meaning yet.
//
// The bytes belong to whoever fetched them: a Record holds them alive through its `hold`, and gives them back when it is
// destroyed. Everything in it that is a string_view points into that memory. detach() copies the bytes into memory of the
// record's own: a 300 B message can pin a whole fetch buffer, so an event that has to wait is copied.
// Threads: one owner at a time; a record may be destroyed on another thread than it was made on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gofuture {

struct Header {
  std::string_view name;
  std::optional<std::string_view> value;  // Kafka knows null values
};

// Keeps a record's bytes alive and can list its headers. Implemented where the bytes come from.
class RecordHold {
 public:
  virtual ~RecordHold() = default;
  virtual void headers(std::vector<Header>& into) const = 0;

  // How a Record lets go of its hold. The default deletes; a source that pools its holds overrides it.
  virtual void release() { delete this; }
};

class HoldPointer {
 public:
  HoldPointer() = default;
  explicit HoldPointer(RecordHold* hold) : hold_(hold) {}
  HoldPointer(HoldPointer&& other) noexcept : hold_(std::exchange(other.hold_, nullptr)) {}
  HoldPointer& operator=(HoldPointer&& other) noexcept {
    if (this != &other) {
      reset();
      hold_ = std::exchange(other.hold_, nullptr);
    }
    return *this;
  }
  ~HoldPointer() { reset(); }
  RecordHold* operator->() const { return hold_; }
  explicit operator bool() const { return hold_ != nullptr; }

 private:
  void reset() {
    if (hold_ != nullptr) std::exchange(hold_, nullptr)->release();
  }
  RecordHold* hold_ = nullptr;
};

struct Record {
  std::uint16_t topic = 0;         // index into the function's list of topics
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;   // the broker's or producer's record timestamp
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  HoldPointer hold;

  std::vector<Header> headers() const {
    std::vector<Header> list;
    if (hold) hold->headers(list);
    return list;
  }
  // Key, value and a flat charge for headers and bookkeeping: what back-pressure counts.
  std::size_t bytes() const { return (key ? key->size() : 0) + (value ? value->size() : 0) + 256; }
};

// The same record with bytes of its own. `headers` are record.headers(), which whoever calls has at hand.
Record copy_of(const Record& record, const std::vector<Header>& headers);

// A record from parts: what tests and the simulator make.
struct OwnedRecord {
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};
Record make_record(std::uint16_t topic, std::int32_t partition, std::int64_t offset, std::int64_t timestamp_ms,
                   const OwnedRecord& content);

}  // namespace gofuture
