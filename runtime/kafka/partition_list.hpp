// Partitions as librdkafka takes them.
#pragma once

#include "kafka/holders.hpp"
#include "kafka/offsets.hpp"

namespace gofuture::kafka {

inline Partitions list_of(const Offsets& all) {
  Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(all.size())));
  for (const auto& [at, offset] : all) rd_kafka_topic_partition_list_add(list.get(), at.first.c_str(), at.second)->offset = offset;
  return list;
}

// Each without an offset.
template <class Wheres>
Partitions list_of(const Wheres& all) {
  Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(all.size())));
  for (const Where& at : all) rd_kafka_topic_partition_list_add(list.get(), at.first.c_str(), at.second);
  return list;
}

}  // namespace gofuture::kafka
