// TopicHandles: librdkafka's handles of the topics that a producer sends to, each made with its first record. Sent to by name alone, a
// topic that is new to the producer is asked for with the client's next tick, up to a second later; making a handle asks at once.
//
// One thread at a time; cleared or destroyed before its producer is.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "kafka/holders.hpp"

namespace gofuture::kafka {

class TopicHandles {
 public:
  // Null: rd_kafka_last_error() says why there is none.
  rd_kafka_topic_t* of(rd_kafka_t* producer, std::string_view topic) {
    auto known = handles_.find(topic);
    if (known == handles_.end()) {
      std::string name(topic);
      TopicHandle made(rd_kafka_topic_new(producer, name.c_str(), nullptr));
      if (!made) return nullptr;
      known = handles_.emplace(std::move(name), std::move(made)).first;
    }
    return known->second.get();
  }
  void clear() { handles_.clear(); }

 private:
  std::map<std::string, TopicHandle, std::less<>> handles_;
};

}  // namespace gofuture::kafka
