#include "kafka/hold_pool.hpp"

#include "kafka/message_view.hpp"

namespace gofuture::kafka {

Record HoldPool::make(Message message) {
  if (free_.empty()) {
    for (auto* hold = returned_.exchange(nullptr, std::memory_order_acquire); hold != nullptr; hold = hold->next)
      free_.push_back(hold);
    if (free_.empty()) free_.push_back(&holds_.emplace_back(*this));
  }
  auto* hold = free_.back();
  free_.pop_back();
  ++made_;

  Record record = view_of(*message);
  hold->message = std::move(message);
  record.hold = HoldPointer(hold);
  return record;
}

void HoldPool::Hold::headers(std::vector<Header>& into) const {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(message.get(), &list) == RD_KAFKA_RESP_ERR_NO_ERROR) list_headers(list, into);
}

void HoldPool::Hold::release() {
  auto& home = home_;
  message.reset();
  next = home.returned_.load(std::memory_order_relaxed);
  while (!home.returned_.compare_exchange_weak(next, this, std::memory_order_release, std::memory_order_relaxed)) {
  }
  home.released_.fetch_add(1, std::memory_order_release);
}

}  // namespace gofuture::kafka
