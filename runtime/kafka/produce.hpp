// produce(): hands one record to librdkafka. Internal to runtime/kafka.
#pragma once

#include <optional>
#include <string_view>

#include "kafka/holders.hpp"
#include "kafka/topic_handles.hpp"

namespace gofuture::kafka {

// `record` is an OutgoingRecord, or whatever owns the same members. Key and value are borrowed until its report comes, unless `flags` has
// RD_KAFKA_MSG_F_COPY; `opaque` comes back with the report. What is not taken (a full queue, say) changes nothing.
template <class Record>
rd_kafka_resp_err_t produce(rd_kafka_t* producer, TopicHandles& topics, const Record& record, void* opaque, int flags = 0) {
  rd_kafka_topic_t* const topic = topics.of(producer, record.topic);
  if (topic == nullptr) return rd_kafka_last_error();
  Headers headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers)
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  rd_kafka_vu_t fields[8] = {};
  std::size_t count = 0;
  const auto field = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
    fields[count].vtype = type;
    return fields[count++];
  };
  const auto bytes = [&](rd_kafka_vtype_t type, std::string_view text) {
    auto& one = field(type);
    one.u.mem.ptr = const_cast<char*>(text.data());
    one.u.mem.size = text.size();
  };
  field(RD_KAFKA_VTYPE_RKT).u.rkt = topic;
  field(RD_KAFKA_VTYPE_PARTITION).u.i32 = record.partition < 0 ? RD_KAFKA_PARTITION_UA : record.partition;
  field(RD_KAFKA_VTYPE_MSGFLAGS).u.i = flags;
  field(RD_KAFKA_VTYPE_OPAQUE).u.ptr = opaque;
  field(RD_KAFKA_VTYPE_HEADERS).u.headers = headers.get();
  if (record.value) bytes(RD_KAFKA_VTYPE_VALUE, *record.value);
  if (record.key) bytes(RD_KAFKA_VTYPE_KEY, *record.key);
  if (record.timestamp_ms > 0) field(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms;
  const RdError error(rd_kafka_produceva(producer, fields, count));
  if (error) return rd_kafka_error_code(error.get());
  headers.release();  // the message owns them now
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace gofuture::kafka
