#include "kafka/hold_pool.hpp"

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

  Record record;
  record.partition = message->partition;
  record.offset = message->offset;
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  record.timestamp_ms = rd_kafka_message_timestamp(message.get(), &type);
  if (message->key != nullptr) record.key.emplace(static_cast<const char*>(message->key), message->key_len);
  if (message->payload != nullptr) record.value.emplace(static_cast<const char*>(message->payload), message->len);
  hold->message = std::move(message);
  record.hold = HoldPointer(hold);
  return record;
}

// Headers that librdkafka cannot parse are none: the envelope then says what is missing, and the record is corrupted.
void HoldPool::Hold::headers(std::vector<Header>& into) const {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(message.get(), &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  into.reserve(into.size() + rd_kafka_header_cnt(list));
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    Header header{name, std::nullopt};
    if (value != nullptr) header.value.emplace(static_cast<const char*>(value), size);
    into.push_back(header);
  }
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
