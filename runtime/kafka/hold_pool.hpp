// HoldPool: the holds of a source's records. A hold owns one librdkafka message, so the record's key and value are
// views into the fetch buffer and nothing is copied. release() frees the message on whatever thread the record dies and
// pushes the hold onto a lock-free stack; the polling thread takes the whole stack at once, so there is no ABA and no
// allocation per record.
//
// Owned by the source; make() on its thread only. outstanding() must be 0 before the consumer is destroyed: a message
// keeps pointers into its client.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

#include "event/record.hpp"
#include "kafka/holders.hpp"

namespace gofuture::kafka {

class HoldPool {
 public:
  HoldPool() = default;
  HoldPool(const HoldPool&) = delete;
  HoldPool& operator=(const HoldPool&) = delete;

  // A record over `message`; topic is left to the caller.
  Record make(Message message);
  std::int64_t outstanding() const { return made_ - released_.load(std::memory_order_acquire); }

 private:
  class Hold : public RecordHold {
   public:
    explicit Hold(HoldPool& home) : home_(home) {}
    void headers(std::vector<Header>& into) const override;
    void release() override;
    Message message;
    Hold* next = nullptr;

   private:
    HoldPool& home_;
  };

  std::deque<Hold> holds_;                // stable addresses; grows to the largest number in use
  std::vector<Hold*> free_;               // polling thread
  std::atomic<Hold*> returned_{nullptr};  // any thread pushes, the polling thread takes all
  std::int64_t made_ = 0;                 // polling thread
  std::atomic<std::int64_t> released_{0};
};

}  // namespace gofuture::kafka
