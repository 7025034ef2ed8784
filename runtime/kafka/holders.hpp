// Holders: one line per librdkafka handle, so that nothing of it is ever freed by hand. Included only inside
// runtime/kafka: no header that others see shows a type of librdkafka.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace gofuture::kafka {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};
template <class T, auto destroy>
using Holder = std::unique_ptr<T, Destroy<destroy>>;

// A consumer is never closed by librdkafka's own close(): it can hang, and we have drained, committed and unassigned
// before.
inline void destroy_without_close(rd_kafka_t* handle) {
  rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using Conf = Holder<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using Consumer = Holder<rd_kafka_t, destroy_without_close>;
using Producer = Holder<rd_kafka_t, rd_kafka_destroy>;
using Queue = Holder<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Reply = Holder<rd_kafka_event_t, rd_kafka_event_destroy>;
using Message = Holder<rd_kafka_message_t, rd_kafka_message_destroy>;
using Partitions = Holder<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using RdError = Holder<rd_kafka_error_t, rd_kafka_error_destroy>;
using TopicHandle = Holder<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using Headers = Holder<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using Metadata = Holder<const struct rd_kafka_metadata, rd_kafka_metadata_destroy>;
using AdminOptions = Holder<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using NewTopic = Holder<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using NewPartitions = Holder<rd_kafka_NewPartitions_t, rd_kafka_NewPartitions_destroy>;
using ConfigResource = Holder<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;

}  // namespace gofuture::kafka
